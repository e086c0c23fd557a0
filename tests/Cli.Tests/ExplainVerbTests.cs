using System.Text.Json;
using Euterpe.Tasks.Tests;

namespace Euterpe.Cli.Tests;

public sealed class ExplainVerbTests : IDisposable
{
    private readonly SoundFolder _sounds = new();

    public void Dispose() => _sounds.Dispose();

    [Fact]
    public void A_usable_file_is_explained_with_code_0_and_a_broken_one_with_code_1()
    {
        string good = _sounds.Tone("good.wav", 30), bad = _sounds.Text("bad.wav", "RIFF0000WAVEfmt ");
        (int code, string output, string error) = Run("explain", good, "--catalogue", _sounds.Catalogue);
        Assert.Equal((0, ""), (code, error));
        Assert.EndsWith("It can be used.\n", output);
        (code, output, error) = Run("explain", bad, "--catalogue", _sounds.Catalogue);
        Assert.Equal((1, ""), (code, error));
        Assert.Contains("! identity   broken: [wav] bad.wav: ", output, StringComparison.Ordinal);
        Assert.Contains("\n- model      not reached\n", output, StringComparison.Ordinal);
        (code, output, error) = Run("explain", bad, "--catalogue", _sounds.Catalogue, "--json");
        Assert.Equal((1, ""), (code, error));
        JsonElement json = JsonDocument.Parse(output).RootElement;
        Assert.Equal(("broken", "identity", false), (json.GetProperty("reason").GetString(), json.GetProperty("failedAt").GetString(), json.GetProperty("usable").GetBoolean()));
        Assert.Equal(9, json.GetProperty("stages").GetArrayLength());
    }

    [Theory]
    [InlineData(2, "explain")]
    [InlineData(2, "explain", "a", "b")]
    [InlineData(1, "explain", "/nowhere.wav", "--model", "/nowhere")]
    [InlineData(0, "explain", "--help")]
    public void Exit_codes_say_done_failed_or_wrong_usage(int expected, params string[] arguments) => Assert.Equal(expected, Run(arguments).Code);

    private static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        var output = new StringWriter { NewLine = "\n" };
        var error = new StringWriter { NewLine = "\n" };
        int code = CommandLine.Run(arguments, output, error, new Surroundings { Watched = false, Variable = _ => null });
        return (code, output.ToString(), error.ToString());
    }
}
