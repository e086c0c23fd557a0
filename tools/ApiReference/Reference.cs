using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace Euterpe.ApiReference;

/// <summary>Everything public of the rooms as Markdown: a page a namespace, and one that names what is experimental.</summary>
public sealed class Reference
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<string, string> s_about = new()
    {
        ["Euterpe.Integrations"] = "models as embedding generators of Microsoft.Extensions.AI",
        ["Euterpe.Models"] = "models and what they can do, as plain values",
        ["Euterpe.Models.Signature"] = "the built-in embedder, which needs no download",
        ["Euterpe.Numerics"] = "the errors that Euterpe throws; kernels are experimental",
        ["Euterpe.Search"] = "the catalogue and the exact search over its vectors",
        ["Euterpe.Signals"] = "sound: resampling, spectra, mel, chroma, rhythm",
        ["Euterpe.Signals.Files"] = "sound files",
        ["Euterpe.Tasks"] = "what a person asks for: options in, result out",
        ["Euterpe.Tokens"] = "text tokenizers",
    };

    private readonly Type[] _types;
    private readonly Comments _comments;

    /// <param name="rooms">The assemblies; each has its documentation file beside it.</param>
    public Reference(IReadOnlyList<Assembly> rooms)
    {
        _types = [.. rooms.SelectMany(room => room.GetExportedTypes())
            .OrderBy(type => type.Namespace, StringComparer.Ordinal).ThenBy(Signatures.Name, StringComparer.Ordinal)];
        Dictionary<string, string> places = Promised.ToDictionary(type => MemberId.Of(type), type => $"{type.Namespace}.md#{Anchor(type)}");
        _comments = new Comments(rooms.Select(room => Path.ChangeExtension(room.Location, ".xml")), id => places.GetValueOrDefault(id));
    }

    /// <summary>Public types that are not marked experimental, by themselves, by what they are nested in, or by their whole room.</summary>
    public IEnumerable<Type> Promised => _types.Where(type => !IsExperimental(type));

    /// <summary>Every room that lies beside this program.</summary>
    public static IReadOnlyList<Assembly> Rooms() => [.. Directory.EnumerateFiles(AppContext.BaseDirectory, "Euterpe.*.dll")
        .Order(StringComparer.Ordinal)
        .Where(path => File.Exists(Path.ChangeExtension(path, ".xml"))).Select(Assembly.LoadFrom)];

    public static bool IsExperimental(Type type) => IsMarked(type) || type.Assembly.IsDefined(typeof(ExperimentalAttribute))
        || (type.DeclaringType is { } outer && IsExperimental(outer));

    /// <summary>What users may call of a type: declared in it, not written by the compiler, not experimental.</summary>
    public static IReadOnlyList<MemberInfo> Members(Type type)
    {
        bool record = Signatures.IsRecord(type);
        return [.. type.GetMembers(Declared).Where(member => member switch
        {
            _ when IsMarked(member) => false,
            Type => false,
            FieldInfo field => !field.IsSpecialName,
            PropertyInfo property => !(record && property.Name == "EqualityContract"),
            ConstructorInfo constructor => !(constructor.GetParameters().Length == 0 && type.IsValueType),
            MethodInfo method => !typeof(Delegate).IsAssignableFrom(type)
                && (!method.IsSpecialName || method.Name.StartsWith("op_", StringComparison.Ordinal))
                && !IsWritten(method) && !method.Name.Contains('<', StringComparison.Ordinal)
                && !(method.Name == "GetHashCode" || (record && method.Name == "Deconstruct")),
            _ => true,
        }).OrderBy(Kind).ThenBy(member => member is FieldInfo && type.IsEnum ? member.MetadataToken : int.MaxValue)
            .ThenBy(member => member.Name, StringComparer.Ordinal).ThenBy(MemberId.Of, StringComparer.Ordinal)];
    }

    /// <summary>What is promised and has no summary, by the ids of the members.</summary>
    public IReadOnlyList<string> Gaps() => [.. Promised
        .SelectMany(type => Shown(type).Prepend<MemberInfo>(type)).Where(member => !IsSaid(member)).Select(MemberId.Of)];

    /// <summary>File names and texts.</summary>
    public IReadOnlyDictionary<string, string> Pages()
    {
        var pages = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var index = new StringBuilder("# The API\n\nEverything public that Euterpe promises to keep, from the comments in the code\n"
            + "(`dotnet run --project tools/ApiReference` writes it).\n"
            + "[The tour](../tour.md) shows it at work.\n\n| namespace | |\n|---|---|\n");
        foreach (IGrouping<string?, Type> space in Promised.GroupBy(type => type.Namespace))
        {
            pages[space.Key + ".md"] = Page(space.Key!, [.. space]);
            index.Append(CultureInfo.InvariantCulture, $"| [{space.Key}]({space.Key}.md) | {s_about.GetValueOrDefault(space.Key!, "")} |\n");
        }

        index.Append("\nWhat is [experimental](experimental.md) is public too: it may change in any version, and using it takes\n"
            + "`#pragma warning disable EUTERPE001` or `<NoWarn>EUTERPE001</NoWarn>`.\n");
        pages["README.md"] = index.ToString();
        pages["experimental.md"] = Experimental();
        return pages;
    }

    private static bool IsMarked(MemberInfo member) => member.IsDefined(typeof(ExperimentalAttribute), false);

    private static bool IsWritten(MethodInfo method) => method.IsDefined(typeof(CompilerGeneratedAttribute), false);

    private static int Kind(MemberInfo member) => member switch
    {
        ConstructorInfo => 0,
        FieldInfo => 1,
        PropertyInfo => 2,
        EventInfo => 3,
        _ => 4,
    };

    private static string Anchor(Type type) => new([.. Signatures.Name(type).ToLowerInvariant()
        .Where(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')]);

    /// <summary>What a page shows: a constructor that takes nothing only where somebody wrote about it.</summary>
    private IEnumerable<MemberInfo> Shown(Type type) => Members(type)
        .Where(member => member is not ConstructorInfo made || made.GetParameters().Length > 0 || _comments.Of(made) is not null);

    private bool IsSaid(MemberInfo member)
    {
        if (_comments.Inherits(member) || (_comments.Of(member) is { } said && (said.Element("summary") is not null
            || (member is not Type && (said.Element("param") is not null || said.Element("returns") is not null)))))
            return true;
        // What a record is declared with is said where the record is.
        return member is PropertyInfo or ConstructorInfo && _comments.Of(member.DeclaringType!)?.Element("summary") is not null
            && Signatures.Primary(member.DeclaringType!) is { } primary
            && (member.Equals(primary) || primary.GetParameters().Any(each => each.Name == member.Name));
    }

    private string Page(string space, IReadOnlyList<Type> types)
    {
        var page = new StringBuilder($"# {space}\n\n");
        foreach (Type type in types)
            page.Append(CultureInfo.InvariantCulture, $"- [{Title(type)}](#{Anchor(type)}): {First(Summary(type))}\n");
        foreach (Type type in types)
        {
            page.Append(CultureInfo.InvariantCulture, $"\n## {Title(type)}\n\n```csharp\n{Signatures.Of(type)}\n```\n\n");
            page.Append(Details(type, "").TrimEnd()).Append('\n');
            string before = "\n";
            ConstructorInfo? primary = Signatures.Primary(type);
            foreach (MemberInfo member in Shown(type))
            {
                // What a record is declared with stands above.
                if (member.Equals(primary) || (member is PropertyInfo && primary?.GetParameters().Any(each => each.Name == member.Name) == true))
                    continue;
                string signature = member switch
                {
                    ConstructorInfo constructor => Signatures.Of(constructor),
                    FieldInfo field => Signatures.Of(field),
                    PropertyInfo property => Signatures.Of(property),
                    MethodInfo method => Signatures.Of(method),
                    _ => member.Name,
                };
                string said = Details(member, "  ");
                if (said.Length > 0)
                    said = "  \n  " + said.TrimEnd().Replace("\n\n", "\n\n  ", StringComparison.Ordinal);
                page.Append(CultureInfo.InvariantCulture, $"{before}- `{signature}`{said}\n");
                before = "";
            }
        }

        return page.ToString();
    }

    private string Experimental()
    {
        var page = new StringBuilder("# Experimental\n\nPublic because Euterpe's rooms stand on one another; it may change in any version.\n"
            + "The code has the comments of the members.\n");
        foreach (IGrouping<string?, Type> space in _types.Where(type => IsExperimental(type) && !type.IsNested).GroupBy(type => type.Namespace))
        {
            page.Append(CultureInfo.InvariantCulture, $"\n## {space.Key}\n\n");
            foreach (Type type in space)
            {
                string said = First(Summary(type));
                page.Append(CultureInfo.InvariantCulture, $"- `{Signatures.Name(type)}`{(said.Length > 0 ? ": " + said : "")}\n");
            }
        }

        return page.ToString();
    }

    private string Summary(MemberInfo member) => _comments.Text(_comments.Of(member)?.Element("summary"));

    private static string Title(Type type) => Signatures.Name(type).Replace("<", "\\<", StringComparison.Ordinal);

    private static string First(string text) => text.Split("\n\n")[0];

    /// <summary>Summary, remarks, parameters, result and errors of a member.</summary>
    private string Details(MemberInfo member, string indent)
    {
        if (_comments.Of(member) is not { } said)
            return "";
        var text = new StringBuilder();
        foreach (string part in (string[])["summary", "remarks"])
        {
            if (_comments.Text(said.Element(part)) is { Length: > 0 } words)
                text.Append(words).Append("\n\n");
        }

        var lines = new List<string>();
        lines.AddRange(said.Elements("param").Select(param => ($"*{param.Attribute("name")?.Value}*", _comments.Text(param)))
            .Where(pair => pair.Item2.Length > 0).Select(pair => $"{pair.Item1}: {pair.Item2}"));
        if (_comments.Text(said.Element("returns")) is { Length: > 0 } returns)
            lines.Add("Returns: " + returns);
        lines.AddRange(said.Elements("exception")
            .Select(error => $"Throws {_comments.Reference(error.Attribute("cref")?.Value ?? "")}: {_comments.Text(error)}"));
        foreach (string line in lines)
            text.Append(indent).Append("- ").Append(line.Replace("\n\n", " ", StringComparison.Ordinal)).Append('\n');
        return indent.Length == 0 ? text.ToString()
            : text.ToString().TrimStart().Replace("\n\n" + indent + "- ", "\n" + indent + "- ", StringComparison.Ordinal);
    }
}
