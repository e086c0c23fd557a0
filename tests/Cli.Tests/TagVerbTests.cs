using System.Text.Json;
using Euterpe.Tasks.Tests;
using Euterpe.Testing;

namespace Euterpe.Cli.Tests;

/// <summary>The verb with a small saved CLAP: words and sounds as a user has them.</summary>
public sealed class TagVerbTests : IDisposable
{
    private static readonly string Clap = Path.Combine(Fixture.Repository, "tests/Fixtures/transformers/clap_plain/checkpoint");

    private readonly SoundFolder sounds = new();

    public void Dispose() => sounds.Dispose();

    [Fact]
    public void A_table_says_what_the_numbers_mean()
    {
        string sound = sounds.Tone("a.wav", 40);
        (int code, string output, string error) = Run("tag", sound, "--model", Clap, "--labels", "tempo", "--top", "2", "--least", "0.2");
        Assert.Equal((0, ""), (code, error));
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(sound, lines[0]);
        Assert.Matches(@"^  tempo   \d\d\.\d % \* [a-z ]+$", lines[1]);
        Assert.Equal(4, lines.Length);
        Assert.Equal("tempo: the probability that the model gives a label if one of these 5 is right; * from 20 %.", lines[3]);
    }

    [Fact]
    public void Json_names_sets_files_and_failures()
    {
        sounds.Tone("a.wav", 40);
        sounds.Tone("b.wav", 50);
        string bad = sounds.Text("c.wav", "no sound"), own = sounds.Text("../own.json", """{"name": "own", "calibration": "percentile", "labels": ["a drum", "a bell"]}""");
        (int code, string output, string error) = Run("tag", sounds.Music, "--model", Clap, "--labels", "tempo", "--labels", own, "--sidecar", "--json");
        Assert.Equal(1, code);
        JsonElement result = JsonDocument.Parse(output).RootElement;
        Assert.Equal(["tempo", "own"], result.GetProperty("sets").EnumerateArray().Select(set => set.GetProperty("name").GetString()));
        Assert.Equal(["softmax", "percentile"], result.GetProperty("sets").EnumerateArray().Select(set => set.GetProperty("calibration").GetString()));
        JsonElement files = result.GetProperty("files");
        Assert.Equal(2, files.GetArrayLength());
        double sum = files[0].GetProperty("sets")[0].GetProperty("labels").EnumerateArray().Sum(label => label.GetProperty("score").GetDouble());
        Assert.Equal(1, sum, 5);
        Assert.Equal(JsonValueKind.Null, files[0].GetProperty("sets")[1].GetProperty("labels")[0].GetProperty("score").ValueKind);
        Assert.Equal(bad, result.GetProperty("failures")[0].GetProperty("path").GetString());
        Assert.True(File.Exists(sounds["a.wav.euterpe.json"]));
        Assert.Contains("--reference", result.GetProperty("notes")[0].GetString(), StringComparison.Ordinal);
        Assert.Equal("", error);
    }

    [Fact]
    public void A_genre_goes_into_the_file_only_when_asked()
    {
        string sound = sounds.Tone("a.wav", 40);
        byte[] before = File.ReadAllBytes(sound);
        Assert.Equal(0, Run("tag", sound, "--model", Clap, "--least", "0").Code);
        Assert.Equal(before, File.ReadAllBytes(sound));
        (int code, string output, _) = Run("tag", sound, "--model", Clap, "--least", "0", "--top", "1", "--write-tags");
        Assert.Equal(0, code);
        Assert.Contains("written: genre = ", output, StringComparison.Ordinal);
        Assert.NotEqual(before, File.ReadAllBytes(sound));
        Assert.Contains("kept: genre = ", Run("tag", sound, "--model", Clap, "--least", "0", "--top", "1", "--write-tags").Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "tag")]
    [InlineData(2, "tag", "x.wav", "--labels", "/nowhere.json")]
    [InlineData(2, "tag", "x.wav", "--top", "0")]
    [InlineData(2, "tag", "x.wav", "--least", "2")]
    [InlineData(2, "tag", "x.wav", "--labels", "voice", "--write-tags")]
    [InlineData(1, "tag", "x.wav")]
    [InlineData(1, "tag", "x.wav", "--catalogue", "/nowhere/c.db")]
    [InlineData(0, "tag", "--help")]
    public void Exit_codes_say_done_failed_or_wrong_usage(int expected, params string[] arguments)
    {
        (int code, _, string error) = Run(arguments);
        Assert.Equal(expected, code);
        Assert.Equal(expected != 0, error.Length > 0);
    }

    private (int Code, string Output, string Error) Run(params string[] arguments)
    {
        var output = new StringWriter { NewLine = "\n" };
        var error = new StringWriter { NewLine = "\n" };
        var surroundings = new Surroundings { Watched = false, Variable = name => name == "EUTERPE_CATALOGUE" ? sounds.Catalogue : null };
        int code = CommandLine.Run(arguments, output, error, surroundings);
        return (code, output.ToString(), error.ToString());
    }
}
