using System.Diagnostics;
using System.Reflection;
using Euterpe.Testing;

namespace Euterpe.Integrations.Tests;

/// <summary>The example runs, prints what the page says, and the page shows its code.</summary>
public sealed class ExampleTests
{
    private const string Source = "examples/Embeddings/Program.cs";

    [Fact]
    public void The_example_prints_what_the_page_says()
    {
        using var folder = new TemporaryFolder();
        foreach (string name in (string[])["Kalimba_1.ogg", "Kalimba_2.ogg", "bd_808.flac", "bd_haus.flac", "guitar_pick_1.ogg", "guitar_pick_2.ogg"])
            File.Copy(Path.Combine(Fixture.Repository, "samples/recordings", name), folder.File(name));
        string printed = Run(folder.Path);
        Assert.StartsWith("6 vectors of 128 numbers by signature\nMost like Kalimba_1.ogg:\n", printed, StringComparison.Ordinal);
        Assert.Contains($"```text\n{printed}```", Page(), StringComparison.Ordinal);

        foreach (string path in Directory.GetFiles(folder.Path)[2..])
            File.Delete(path);
        string words = Run(folder.Path, Path.Combine(Fixture.Repository, "tests/Fixtures/transformers/clap_plain/checkpoint"), "slow solo cello");
        Assert.Contains("Most like slow solo cello:", words, StringComparison.Ordinal);
        Assert.Equal(7, words.Count(c => c == '\n'));
    }

    [Fact]
    public void The_page_shows_the_example_and_the_services_that_are_compiled()
    {
        string program = File.ReadAllText(Path.Combine(Fixture.Repository, Source));
        Assert.Contains($"```csharp\n{program}```", Page(), StringComparison.Ordinal);
        Assert.InRange(program.Count(c => c == '\n'), 20, 40);

        string compiled = File.ReadAllText(Path.Combine(Fixture.Repository, "tests/Integrations.Tests/PageCode.cs"));
        string[] blocks = Page().Split("```csharp\n")[1..];
        Assert.True(blocks.Length > 1);
        foreach (string block in blocks.Select(each => each.Split("```")[0]).Where(each => each != program))
        {
            string indented = string.Concat(block.TrimEnd('\n').Split('\n').Select(line => line.Length == 0 ? "\n" : $"        {line}\n"));
            Assert.True(compiled.Contains(indented, StringComparison.Ordinal), $"PageCode.cs does not hold this of docs/integrations.md:\n{block}");
        }
    }

    private static string Page() => File.ReadAllText(Path.Combine(Fixture.Repository, "docs/integrations.md"));

    private static string Run(params string[] arguments)
    {
        string configuration = typeof(ExampleTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(each => each.Key == "Configuration").Value!;
        string program = Path.Combine(Fixture.Repository, "examples/Embeddings/bin", configuration, "net10.0/Euterpe.Embeddings.dll");
        using Process process = Process.Start(new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, error.Result);
        return output;
    }
}
