using System.Reflection;
using System.Text.Json;
using Xunit.Sdk;

namespace Euterpe.Testing;

/// <summary>
/// The cases of an oracle as rows of a theory (one string: the case's name for <see cref="Fixture.Open"/>), and at the same time the
/// claim that this test knows what to do with them. <c>[Cases("transformers", "config.model_type=clap")]</c> takes one kind only; the kind
/// is read from the case's files, never from its folder's name. Conditions, joined by " and ":
/// <c>file=PATH</c> (the case has it), <c>tensor=NAME</c> (io.safetensors has it), <c>case.KEY=TEXT</c>, <c>config.KEY=TEXT</c>
/// (checkpoint/config.json); <c>!=</c> negates, <c>^=</c> asks for a beginning (of the value, or of any tensor's name).
/// A case that no claim takes is a failure of tests/Rooms.Tests.
/// </summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class CasesAttribute(string oracle, string? where = null) : DataAttribute
{
    public string Oracle { get; } = oracle;

    public string? Where { get; } = where;

    public override IEnumerable<object[]> GetData(MethodInfo testMethod)
    {
        object[][] rows = [.. Fixture.Names(Oracle).Where(name => Matches(name, Where)).Select(name => new object[] { name })];
        return rows.Length > 0 ? rows
            : throw new XunitException($"No case of {Oracle} in {Fixture.Root} is of the kind \"{Where}\" that {testMethod.Name} claims.");
    }

    /// <summary>Whether a case is of the kind that a claim's condition describes; null takes every case.</summary>
    public static bool Matches(string name, string? where)
    {
        Fixture fixture = Fixture.Open(name);
        return where is null || where.Split(" and ", StringSplitOptions.TrimEntries).All(condition => Holds(fixture, condition));
    }

    private static bool Holds(Fixture fixture, string condition)
    {
        int equals = condition.IndexOf('=');
        if (equals < 2)
        {
            throw new ArgumentException($"The condition \"{condition}\" is none of file=, tensor=, case.KEY=, config.KEY=, with = or != or ^=.");
        }
        char before = condition[equals - 1];
        bool negated = before == '!', starts = before == '^';
        string subject = condition[..(negated || starts ? equals - 1 : equals)], value = condition[(equals + 1)..];
        return negated != (subject switch
        {
            "file" => fixture.HasFile(value),
            "tensor" => fixture.HasFile("io.safetensors") && (starts
                ? fixture.Io.Names.Any(each => each.StartsWith(value, StringComparison.Ordinal)) : fixture.Has(value)),
            _ when subject.StartsWith("case.", StringComparison.Ordinal) => Agrees(fixture.Case, subject[5..], value, starts),
            _ when subject.StartsWith("config.", StringComparison.Ordinal) => fixture.HasFile("checkpoint/config.json")
                && Agrees(fixture.Json("checkpoint/config.json"), subject[7..], value, starts),
            _ => throw new ArgumentException($"The condition \"{condition}\" has an unknown subject."),
        });
    }

    private static bool Agrees(JsonElement json, string key, string value, bool starts) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(key, out JsonElement found)
        && (starts ? found.ToString().StartsWith(value, StringComparison.Ordinal) : found.ToString() == value);
}
