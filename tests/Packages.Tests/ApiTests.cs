using System.Reflection;
using Euterpe.ApiReference;
using Euterpe.Testing;

namespace Euterpe.Packages.Tests;

/// <summary>What is public is chosen, said, and written down.</summary>
public sealed class ApiTests
{
    private static readonly IReadOnlyList<Assembly> Rooms = Reference.Rooms();

    private static readonly Reference Api = new(Rooms);

    [Fact]
    public void Everything_promised_says_what_it_is()
    {
        IReadOnlyList<string> gaps = Api.Gaps();
        Assert.True(gaps.Count == 0, $"{gaps.Count} public members have no summary:\n{string.Join('\n', gaps)}");
    }

    [Fact]
    public void Only_the_errors_of_the_kernels_are_promised()
    {
        string[] promised = [.. Api.Promised.Where(type => type.Assembly.GetName().Name == "Euterpe.Numerics").Select(type => type.Name)];
        string[] wrong = [.. promised.Where(name => !name.EndsWith("Exception", StringComparison.Ordinal))];
        Assert.True(promised.Length > wrong.Length);
        Assert.True(wrong.Length == 0, $"Public types of Numerics are [Experimental(\"EUTERPE001\")], or internal: {string.Join(", ", wrong)}.");
    }

    /// <summary>Who uses what is promised never meets what is not.</summary>
    [Fact]
    public void Nothing_promised_names_what_is_experimental()
    {
        var wrong = new List<string>();
        foreach (Type type in Api.Promised)
        {
            IEnumerable<(MemberInfo, IEnumerable<Type>)> members = Reference.Members(type).Select(member => (member, Named(member)))
                .Append((type, type.GetInterfaces().Where(each => each.IsVisible).Concat(type.BaseType is { } parent ? [parent] : [])));
            foreach ((MemberInfo member, IEnumerable<Type> named) in members)
            {
                wrong.AddRange(named.SelectMany(Parts).Where(part => Rooms.Contains(part.Assembly) && Reference.IsExperimental(part))
                    .Select(part => $"{MemberId.Of(member)} names {part.Name}"));
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public void The_reference_is_what_the_comments_say()
    {
        string folder = Path.Combine(Fixture.Repository, "docs/api");
        IReadOnlyDictionary<string, string> pages = Api.Pages();
        string Found(string name) => File.Exists(Path.Combine(folder, name)) ? File.ReadAllText(Path.Combine(folder, name)) : "";
        string[] stale = [.. pages.Where(page => Found(page.Key) != page.Value).Select(page => page.Key),
            .. Directory.GetFiles(folder).Select(path => Path.GetFileName(path)).Where(name => !pages.ContainsKey(name))];
        Assert.True(stale.Length == 0, $"Not what the code says: {string.Join(", ", stale)}. Hint: tools/shell/public-api.sh --update writes them.");
        Assert.True(pages.Values.Sum(text => text.Length) < 1 << 20);
    }

    private static IEnumerable<Type> Named(MemberInfo member) => member switch
    {
        FieldInfo field => [field.FieldType],
        PropertyInfo property => [property.PropertyType, .. property.GetIndexParameters().Select(each => each.ParameterType)],
        MethodInfo method => [method.ReturnType, .. method.GetParameters().Select(each => each.ParameterType)],
        ConstructorInfo constructor => constructor.GetParameters().Select(each => each.ParameterType),
        _ => [],
    };

    private static IEnumerable<Type> Parts(Type type) => type.HasElementType ? Parts(type.GetElementType()!)
        : type.GetGenericArguments().SelectMany(Parts).Prepend(type.IsGenericType ? type.GetGenericTypeDefinition() : type);
}
