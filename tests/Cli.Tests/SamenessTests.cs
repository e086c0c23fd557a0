using System.Diagnostics;
using System.Text.Json;
using Euterpe.Tasks;
using Euterpe.Testing;
using Xunit.Abstractions;

namespace Euterpe.Cli.Tests;

/// <summary>
/// The proof of sameness: the program in a process of its own for each kind of machine. Each says what it has, and runs every stage at 1, 2 and 3 threads
/// and in batches of 1 and 5; all totals are one.
/// </summary>
public sealed class SamenessTests(ITestOutputHelper output)
{
    // What the variables of .NET 10 leave, where the machine has it all.
    private const string Everything = "512+fma";

    private static readonly Lazy<Child> Plain = new(() => Run(null, null));

    [Fact]
    public void Threads_and_batches_do_not_change_the_bits()
    {
        Child child = Plain.Value;
        if (child.Vectors != Everything)
        {
            output.WriteLine($"This machine has {child.Vectors}: the widest path, {Everything}, was not tried.");
        }

        Assert.True(child.Same, child.Report);
        Assert.Equal(6, child.Runs);
    }

    [Theory]
    [InlineData("DOTNET_EnableAVX512", "256+fma")]
    [InlineData("DOTNET_EnableAVX2", "128")]
    [InlineData("DOTNET_EnableHWIntrinsic", "none")]
    public void Machines_of_every_width_give_the_same_bits(string variable, string expected)
    {
        Child child = Run(variable, "0");
        string has = Plain.Value.Vectors;
        if (has != Everything)
        {
            output.WriteLine($"This machine has {has} to begin with.");
        }

        // A machine that has less than what is asked for shows less, never more.
        bool asExpected = child.Vectors == expected || (has != Everything && child.Vectors == has);
        Assert.True(asExpected, $"With {variable}=0 the process should have {expected}, and has {child.Vectors}.");
        AssertSame(child);
    }

    [Fact]
    public void Another_variant_of_the_system_library_gives_the_same_bits()
    {
        Child child = Run("GLIBC_TUNABLES", "glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4,-AVX512F");
        if (OperatingSystem.IsLinux() && Plain.Value.Vectors.EndsWith("+fma", StringComparison.Ordinal))
        {
            Assert.True(child.SystemLibrary != Plain.Value.SystemLibrary, "The system library did not choose another variant: is it glibc?");
        }

        AssertSame(child);
    }

    [Fact]
    public void Bits_change_only_with_a_new_revision()
    {
        string file = Path.Combine(Fixture.Repository, "tests", "Cli.Tests", "fingerprint.txt");
        var stored = File.ReadLines(file).Where(l => l.Length > 0 && l[0] != '#').Select(l => l.Split(' ')).ToDictionary(p => p[0], p => (int.Parse(p[1]), p[2]));
        var problems = new List<string>();
        foreach (StageFingerprint stage in Plain.Value.Stages)
        {
            string line = $"{stage.Name} {stage.Revision} {stage.Hash}";
            if (!stored.Remove(stage.Name, out (int Revision, string Hash) golden))
            {
                problems.Add($"{stage.Name} is new. Add the line: {line}");
            }
            else if (golden.Hash != stage.Hash && golden.Revision >= stage.Revision)
            {
                problems.Add($"The bits of {stage.Name} changed under revision {stage.Revision}. If that was not meant, find the change. If it was: raise the "
                    + $"stage's revision to {golden.Revision + 1} where it is listed (...Stages.cs), and that of every embedder built on it, so that stored "
                    + $"vectors are not compared with new ones; then store the line: {stage.Name} {golden.Revision + 1} {stage.Hash}");
            }
            else if (golden != (stage.Revision, stage.Hash))
            {
                problems.Add($"{stage.Name} has a new revision. Store the line: {line}");
            }
        }

        problems.AddRange(stored.Keys.Select(name => $"{name} is stored and no stage has this name. Remove its line."));
        Assert.True(problems.Count == 0, $"{file}:\n" + string.Join("\n", problems));
    }

    private static void AssertSame(Child child)
    {
        Child plain = Plain.Value;
        Assert.True(child.Same, child.Report);
        IEnumerable<string> differing = child.Stages.Except(plain.Stages).Select(s => s.Name);
        Assert.True(child.Total == plain.Total, $"{child.Vectors} differs from {plain.Vectors} in: {string.Join(", ", differing)}");
    }

    private static Child Run(string? variable, string? value)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "euterpe.dll"), "doctor", "--fingerprint", "--json"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string name in (string[])["DOTNET_EnableAVX512", "DOTNET_EnableAVX2", "DOTNET_EnableHWIntrinsic", "GLIBC_TUNABLES"])
        {
            start.Environment.Remove(name);
        }

        if (variable is not null)
        {
            start.Environment[variable] = value;
        }

        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(text.Length > 0, $"exit code {process.ExitCode}: {error.Result}");
        JsonElement json = JsonDocument.Parse(text).RootElement;
        JsonElement machine = json.GetProperty("machine");
        return new(
            machine.GetProperty("vectors").GetString()!,
            machine.GetProperty("systemLibrary").GetString()!,
            json.GetProperty("same").GetBoolean(),
            json.GetProperty("runs").GetArrayLength(),
            [.. json.GetProperty("stages").EnumerateArray().Select(s =>
                new StageFingerprint(s.GetProperty("name").GetString()!, s.GetProperty("revision").GetInt32(), s.GetProperty("hash").GetString()!))],
            json.GetProperty("total").GetString()!,
            text);
    }

    private sealed record Child(
        string Vectors, string SystemLibrary, bool Same, int Runs, IReadOnlyList<StageFingerprint> Stages, string Total, string Report);
}
