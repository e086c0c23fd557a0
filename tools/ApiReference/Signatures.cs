using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Euterpe.ApiReference;

/// <summary>Members as somebody would write them in C#, without what follows from the page that they stand on.</summary>
public static class Signatures
{
    private static readonly NullabilityInfoContext s_nullability = new();

    private static readonly Dictionary<Type, string> s_keywords = new()
    {
        [typeof(bool)] = "bool",
        [typeof(byte)] = "byte",
        [typeof(sbyte)] = "sbyte",
        [typeof(short)] = "short",
        [typeof(ushort)] = "ushort",
        [typeof(int)] = "int",
        [typeof(uint)] = "uint",
        [typeof(long)] = "long",
        [typeof(ulong)] = "ulong",
        [typeof(float)] = "float",
        [typeof(double)] = "double",
        [typeof(decimal)] = "decimal",
        [typeof(char)] = "char",
        [typeof(string)] = "string",
        [typeof(object)] = "object",
        [typeof(void)] = "void",
        [typeof(nint)] = "nint",
        [typeof(nuint)] = "nuint",
    };

    /// <summary>A type's name with its outer types and type parameters, without its namespace.</summary>
    public static string Name(Type type)
    {
        string own = type.Name.Split('`')[0];
        Type[] arguments = type.GetGenericArguments();
        int outer = type.DeclaringType?.GetGenericArguments().Length ?? 0;
        if (arguments.Length > outer)
        {
            IEnumerable<string> shown = arguments.Skip(outer).Select(argument => argument.IsGenericParameter ? argument.Name : Shown(argument, null));
            own += $"<{string.Join(", ", shown)}>";
        }

        return type is { IsNested: true, IsGenericParameter: false } ? $"{Name(type.DeclaringType!)}.{own}" : own;
    }

    /// <summary>The line that a type begins with.</summary>
    public static string Of(Type type)
    {
        string kind = type.IsEnum ? "enum" : type.IsInterface ? "interface" : IsRecord(type) ? (type.IsValueType ? "record struct" : "record")
            : type.IsValueType ? (type.IsByRefLike ? "ref struct" : "struct") : "class";
        string before = type.IsValueType ? (type.IsDefined(typeof(IsReadOnlyAttribute), false) ? "readonly " : "")
            : type is { IsAbstract: true, IsSealed: true } ? "static " : type.IsInterface ? ""
            : type.IsAbstract ? "abstract " : type.IsSealed ? "sealed " : "";
        var above = new List<Type>();
        if (type is { IsClass: true, BaseType: { } parent } && parent != typeof(object))
            above.Add(parent);
        if (!type.IsEnum)
        {
            Type[] all = [.. type.GetInterfaces()
                .Where(each => each.IsVisible && !(each.IsGenericType && each.GetGenericTypeDefinition() == typeof(IEquatable<>)))];
            above.AddRange(all.Where(each => !all.Any(other => other != each && other.GetInterfaces().Contains(each))
                && type.BaseType?.GetInterfaces().Contains(each) != true).OrderBy(Name, StringComparer.Ordinal));
        }

        string primary = Primary(type) is { } made ? $"({Parameters(made.GetParameters())})" : "";
        return $"public {before}{kind} {Name(type)}{primary}"
            + (above.Count == 0 ? "" : " : " + string.Join(", ", above.Select(each => Shown(each, null))));
    }

    public static string Of(ConstructorInfo constructor) =>
        $"{constructor.DeclaringType!.Name.Split('`')[0]}({Parameters(constructor.GetParameters())})";

    public static string Of(FieldInfo field) => field.DeclaringType!.IsEnum ? field.Name
        : (field.IsLiteral ? "const " : $"{(field.IsStatic ? "static " : "")}{(field.IsInitOnly ? "readonly " : "")}")
            + $"{Shown(field.FieldType, s_nullability.Create(field), Tuple(field))} {field.Name}"
            + (field.IsLiteral ? " = " + Constant(field.GetRawConstantValue(), field.FieldType) : "");

    public static string Of(PropertyInfo property)
    {
        MethodInfo any = (property.GetMethod ?? property.SetMethod)!;
        string type = Shown(property.PropertyType, s_nullability.Create(property), Tuple(property));
        string name = property.GetIndexParameters() is { Length: > 0 } index ? $"this[{Parameters(index)}]" : property.Name;
        string set = property.SetMethod is not { IsPublic: true } setter ? ""
            : setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) ? " init;" : " set;";
        string required = property.IsDefined(typeof(RequiredMemberAttribute), false) ? "required " : "";
        return $"{Static(any)}{required}{type} {name} {{{(property.GetMethod is { IsPublic: true } ? " get;" : "")}{set} }}";
    }

    public static string Of(MethodInfo method)
    {
        string generic = method.IsGenericMethodDefinition ? $"<{string.Join(", ", method.GetGenericArguments().Select(each => each.Name))}>" : "";
        string type = Shown(method.ReturnType, s_nullability.Create(method.ReturnParameter), Tuple(method.ReturnParameter));
        string name = method.Name switch
        {
            "op_Implicit" => "implicit operator",
            "op_Explicit" => "explicit operator",
            string operation when operation.StartsWith("op_", StringComparison.Ordinal) => "operator " + operation[3..],
            string plain => plain,
        };
        return $"{Static(method)}{type} {name}{generic}({Parameters(method.GetParameters())})";
    }

    /// <summary>Whether a type is a record: what the compiler wrote into it tells.</summary>
    public static bool IsRecord(Type type) => type.GetMethod("<Clone>$") is not null
        || (type.IsValueType && type.GetMethod("PrintMembers", BindingFlags.NonPublic | BindingFlags.Instance) is not null);

    /// <summary>The constructor that a record is declared with: each parameter is a property.</summary>
    public static ConstructorInfo? Primary(Type type) => !IsRecord(type) ? null : type.GetConstructors()
        .Where(each => each.GetParameters() is { Length: > 0 } parameters
            && parameters.All(parameter => type.GetProperty(parameter.Name!)?.PropertyType == parameter.ParameterType))
        .MaxBy(each => each.GetParameters().Length);

    private static string Static(MethodInfo method) => method.IsStatic ? "static " : "";

    private static string Parameters(IEnumerable<ParameterInfo> parameters) => string.Join(", ", parameters.Select(parameter =>
    {
        Type type = parameter.ParameterType;
        bool many = parameter.IsDefined(typeof(ParamArrayAttribute), false) || parameter.IsDefined(typeof(ParamCollectionAttribute), false);
        string before = many ? "params "
            : !type.IsByRef ? "" : parameter.IsOut ? "out " : parameter.IsIn ? "in " : "ref ";
        string shown = Shown(type, s_nullability.Create(parameter), Tuple(parameter));
        string otherwise = parameter.HasDefaultValue ? " = " + Constant(parameter.RawDefaultValue, type) : "";
        return $"{before}{shown} {parameter.Name}{otherwise}";
    }));

    private static string Constant(object? value, Type type) => (Nullable.GetUnderlyingType(type) ?? type) switch
    {
        _ when value is null => type.IsValueType && Nullable.GetUnderlyingType(type) is null ? "default" : "null",
        { IsEnum: true } kind => $"{Name(kind)}.{Enum.GetName(kind, value) ?? value}",
        _ when value is string text => $"\"{text}\"",
        _ when value is bool truth => truth ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static Queue<string?> Tuple(ICustomAttributeProvider where) =>
        new(where.GetCustomAttributes(typeof(TupleElementNamesAttribute), false).Cast<TupleElementNamesAttribute>()
            .FirstOrDefault()?.TransformNames ?? []);

    private static string Shown(Type type, NullabilityInfo? nullability, Queue<string?>? names = null)
    {
        string mark = !type.IsValueType && (nullability?.ReadState == NullabilityState.Nullable) ? "?" : "";
        if (type.IsByRef)
            return Shown(type.GetElementType()!, nullability?.ElementType ?? nullability, names);
        if (type.IsPointer)
            return Shown(type.GetElementType()!, null) + "*";
        if (type.IsArray)
            return $"{Shown(type.GetElementType()!, nullability?.ElementType, names)}[{new string(',', type.GetArrayRank() - 1)}]{mark}";
        if (type.IsGenericParameter)
            return type.Name + mark;
        if (s_keywords.TryGetValue(type, out string? keyword))
            return keyword + mark;
        if (Nullable.GetUnderlyingType(type) is { } inner)
            return Shown(inner, nullability?.GenericTypeArguments.FirstOrDefault(), names) + "?";
        Type[] arguments = type.GetGenericArguments();
        string Argument(int i) => Shown(arguments[i], nullability?.GenericTypeArguments.ElementAtOrDefault(i), names);
        if (type.FullName?.StartsWith("System.ValueTuple`", StringComparison.Ordinal) == true && names is { Count: > 0 })
        {
            string?[] own = [.. arguments.Select(_ => names.Dequeue())];
            return $"({string.Join(", ", arguments.Select((_, i) => own[i] is { } name ? $"{Argument(i)} {name}" : Argument(i)))})";
        }

        string outer = type is { IsNested: true } && type.DeclaringType!.GetGenericArguments().Length == 0 ? Name(type.DeclaringType) + "." : "";
        string inside = arguments.Length == 0 ? "" : $"<{string.Join(", ", arguments.Select((_, i) => Argument(i)))}>";
        return outer + type.Name.Split('`')[0] + inside + mark;
    }
}
