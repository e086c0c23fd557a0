using System.Reflection;
using System.Text;

namespace Euterpe.ApiReference;

/// <summary>The names under which the compiler files XML comments (C# specification, annex D.4).</summary>
public static class MemberId
{
    /// <summary>Such as <c>M:Euterpe.Signals.Stft.Power(System.ReadOnlySpan{System.Single},System.Threading.CancellationToken)</c>.</summary>
    public static string Of(MemberInfo member) => member switch
    {
        Type type => "T:" + Plain(type),
        FieldInfo field => $"F:{Plain(field.DeclaringType!)}.{field.Name}",
        EventInfo happening => $"E:{Plain(happening.DeclaringType!)}.{happening.Name}",
        PropertyInfo property => $"P:{Plain(property.DeclaringType!)}.{property.Name.Replace('.', '#')}{Parameters(property.GetIndexParameters())}",
        ConstructorInfo made => $"M:{Plain(made.DeclaringType!)}.{made.Name.Replace('.', '#')}{Parameters(made.GetParameters())}",
        MethodInfo method => Method(method),
        _ => throw new ArgumentException($"{member} has no comments."),
    };

    private static string Method(MethodInfo method)
    {
        string arity = method.IsGenericMethodDefinition ? "``" + method.GetGenericArguments().Length : "";
        string returns = method.Name is "op_Implicit" or "op_Explicit" ? "~" + Named(method.ReturnType) : "";
        return $"M:{Plain(method.DeclaringType!)}.{method.Name.Replace('.', '#')}{arity}{Parameters(method.GetParameters())}{returns}";
    }

    private static string Parameters(ParameterInfo[] parameters) =>
        parameters.Length == 0 ? "" : $"({string.Join(',', parameters.Select(parameter => Named(parameter.ParameterType)))})";

    private static string Plain(Type type) => (type.FullName ?? type.Name).Replace('+', '.');

    private static string Named(Type type)
    {
        if (type.IsByRef)
            return Named(type.GetElementType()!) + "@";
        if (type.IsPointer)
            return Named(type.GetElementType()!) + "*";
        if (type.IsArray)
        {
            string rank = type.GetArrayRank() == 1 ? "" : string.Join(',', Enumerable.Repeat("0:", type.GetArrayRank()));
            return $"{Named(type.GetElementType()!)}[{rank}]";
        }

        if (type.IsGenericParameter)
            return (type.DeclaringMethod is null ? "`" : "``") + type.GenericParameterPosition;
        if (!type.IsGenericType)
            return Plain(type);

        // Arguments stand at the type that they belong to: Outer{A}.Inner{B}.
        Type[] arguments = type.GetGenericArguments();
        string name = Plain(type.GetGenericTypeDefinition());
        var text = new StringBuilder();
        int used = 0;
        foreach (string part in name.Split('.'))
        {
            int tick = part.IndexOf('`', StringComparison.Ordinal);
            text.Append(text.Length > 0 ? "." : "").Append(tick < 0 ? part : part[..tick]);
            if (tick >= 0)
            {
                int count = int.Parse(part.AsSpan(tick + 1), System.Globalization.CultureInfo.InvariantCulture);
                text.Append('{').AppendJoin(',', arguments.Skip(used).Take(count).Select(Named)).Append('}');
                used += count;
            }
        }

        return text.ToString();
    }
}
