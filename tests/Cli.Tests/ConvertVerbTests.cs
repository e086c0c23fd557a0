using System.Text.Json;
using Euterpe.Tasks.Tests;
using Euterpe.Testing;

namespace Euterpe.Cli.Tests;

/// <summary>The program over files of other projects' layouts, with its own models.</summary>
public sealed class ConvertVerbTests : IDisposable
{
    private readonly SoundFolder _sounds = new();

    public static IEnumerable<object[]> Clap() => CheckpointIndex.All()
        .Where(entry => entry.MustLoad && Directory.Exists(entry.Path) && File.Exists(Path.Combine(entry.Path, "config.json")))
        .SelectMany(entry => Directory.EnumerateFiles(entry.Path, "*.pt")).Select(file => new object[] { Path.GetRelativePath(Fixture.Root, file) });

    public void Dispose() => _sounds.Dispose();

    [Theory]
    [MemberData(nameof(Clap))]
    [Trait("Category", "Parity")]
    public void A_laion_clap_is_shown_converted_and_embeds(string file)
    {
        string original = Path.Combine(Fixture.Root, file), target = Path.Combine(_sounds.Root, "converted");
        (int code, string output, string error) = Run("show", original);
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("LAION CLAP", output, StringComparison.Ordinal);
        Assert.Contains("search by words", output, StringComparison.Ordinal);

        (code, output, error) = Run("convert", original, "-o", target);
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("left out", output, StringComparison.Ordinal);
        Assert.Contains("model.safetensors", output, StringComparison.Ordinal);
        Assert.Equal(1, Run("convert", original, "-o", target).Code);
        (code, output, _) = Run("convert", original, "-o", target, "--force", "--precision", "bf16", "--json");
        Assert.Equal(0, code);
        JsonElement json = JsonDocument.Parse(output).RootElement;
        Assert.Equal(("clap", "LAION CLAP"), (json.GetProperty("architecture").GetString(), json.GetProperty("layout").GetString()));
        Assert.True(json.GetProperty("left").GetArrayLength() > 0 && json.GetProperty("bytes").GetInt64() > 0);

        string sound = _sounds.Tone("a.wav", 30);
        (code, output, error) = Run("embed", sound, "--model", original, "--json");
        Assert.Equal((0, ""), (code, error));
        float[] byFile = Vector(output);
        (code, output, error) = Run("embed", sound, "--model", Path.GetDirectoryName(original)!, "--json");
        Assert.Equal((0, ""), (code, error));
        Assert.Equal(byFile, Vector(output));
    }

    [Theory]
    [InlineData(2, "convert")]
    [InlineData(2, "convert", "x.pt")]
    [InlineData(2, "convert", "x.pt", "-o", "out", "--precision", "int4")]
    [InlineData(1, "convert", "/nowhere/x.pt", "-o", "/tmp/never")]
    [InlineData(0, "convert", "--help")]
    public void Exit_codes_say_done_failed_or_wrong_usage(int expected, params string[] arguments)
    {
        (int code, string output, string error) = Run(arguments);
        Assert.Equal(expected, code);
        Assert.Equal(expected != 0, error.Length > 0);
        if (expected == 0)
            Assert.Contains("Example:\n  euterpe convert", output, StringComparison.Ordinal);
    }

    private static float[] Vector(string json) =>
        [.. JsonDocument.Parse(json).RootElement.GetProperty("files")[0].GetProperty("vector").EnumerateArray().Select(value => value.GetSingle())];

    private static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        var output = new StringWriter { NewLine = "\n" };
        var error = new StringWriter { NewLine = "\n" };
        int code = CommandLine.Run(arguments, output, error, new Surroundings { Watched = false, Variable = _ => null });
        return (code, output.ToString(), error.ToString());
    }
}
