using System.Text.Json;
using Euterpe.Tasks.Tests;
using Euterpe.Testing;

namespace Euterpe.Cli.Tests;

public sealed class CommandLineTests : IDisposable
{
    private readonly SoundFolder _sounds = new();

    public void Dispose() => _sounds.Dispose();

    [Fact]
    public void Index_and_similar_answer_what_sounds_like_this()
    {
        foreach (int period in (int[])[20, 40, 60])
            _sounds.Tone($"tone-{period}.wav", period);
        _sounds.Tone("near-40.wav", 41, frames: 22_050, gain: 0.4f); // longer: no version of the other
        _sounds.Text("words.wav", "not a sound");
        (int code, string output, string error) = Run("index", _sounds.Music);
        Assert.Equal((0, ""), (code, error)); // no progress where nobody watches
        Assert.Contains("5 sounds found; 4 embedded", output, StringComparison.Ordinal);
        Assert.Contains("not-sound", output, StringComparison.Ordinal);

        (code, output, error) = Run("similar", _sounds["tone-40.wav"], "-n", "2");
        Assert.Equal(0, code);
        Assert.Contains("Percentiles need 20 tracks", error, StringComparison.Ordinal);
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.EndsWith("near-40.wav", lines[0], StringComparison.Ordinal);

        (code, output, _) = Run("index", _sounds.Music, "--json");
        Assert.Equal(0, code);
        JsonElement index = JsonDocument.Parse(output).RootElement;
        Assert.Equal((5, 4, 0), (index.GetProperty("found").GetInt32(), index.GetProperty("unchanged").GetInt32(), index.GetProperty("embedded").GetInt32()));
        Assert.Equal("not-sound", index.GetProperty("failures")[0].GetProperty("reason").GetString());

        (_, output, _) = Run("similar", "tone-40.wav", "--json", "--count", "3");
        JsonElement similar = JsonDocument.Parse(output).RootElement;
        Assert.Equal(3, similar.GetProperty("matches").GetArrayLength());
        Assert.Equal(_sounds["near-40.wav"], similar.GetProperty("matches")[0].GetProperty("path").GetString());
        Assert.True(similar.GetProperty("known").GetBoolean());
    }

    [Theory]
    [InlineData(2)]
    [InlineData(2, "bogus")]
    [InlineData(2, "index")]
    [InlineData(2, "similar", "x.wav", "-n", "many")]
    [InlineData(2, "similar", "x.wav", "-n", "0")]
    [InlineData(2, "similar", "x.wav", "--nope")]
    [InlineData(2, "embed", "x.wav", "-o", "x.txt")]
    [InlineData(2, "embed", "x.wav", "--threads", "0")]
    [InlineData(2, "search", " ")]
    [InlineData(1, "index", "/nowhere/at/all")]
    [InlineData(1, "similar", "/nowhere/x.wav")]
    [InlineData(1, "embed", "/nowhere/x.wav")]
    [InlineData(0, "--help")]
    [InlineData(0, "--version")]
    [InlineData(0, "embed", "--help")]
    [InlineData(0, "index", "--help")]
    [InlineData(0, "similar", "--help")]
    [InlineData(0, "path", "--help")]
    [InlineData(2, "similar")]
    [InlineData(2, "similar", "x.wav", "--where", "year>>1")]
    [InlineData(2, "similar", "x.wav", "--format", "xml")]
    [InlineData(2, "similar", "x.wav", "--csv", "--json")]
    [InlineData(2, "similar", "x.wav", "--segments", "--tracks")]
    [InlineData(2, "similar", "--diverse", "x.wav")]
    [InlineData(2, "similar", "x.wav", "--diverse", "2")]
    [InlineData(2, "path", "x.wav")]
    [InlineData(2, "path", "x.wav", "y.wav", "-n", "1")]
    [InlineData(1, "path", "x.wav", "y.wav")]
    [InlineData(0, "search", "-h")]
    [InlineData(0, "show", "--help")]
    [InlineData(1, "show", "/nowhere")]
    [InlineData(2, "embed", "x.wav", "--nope")]
    [InlineData(2, "doctor", "--fingerprint", "--batch", "9")]
    [InlineData(0, "doctor", "--help")]
    public void Exit_codes_say_done_failed_or_wrong_usage(int expected, params string[] arguments)
    {
        (int code, string output, string error) = Run(arguments);
        Assert.Equal(expected, code);
        Assert.Equal(arguments.Length > 0 && expected != 0, error.Length > 0);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal); // no stack trace
        if (arguments is [_, "--help" or "-h"])
            Assert.Contains("Example:\n  euterpe " + arguments[0], output, StringComparison.Ordinal);
    }

    [Fact]
    public void An_error_is_one_line_and_with_json_one_object()
    {
        (int code, string output, string error) = Run("similar", "/nowhere/x.wav", "--json");
        Assert.Equal(1, code);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("euterpe: [", error, StringComparison.Ordinal);
        Assert.Contains("catalogue", JsonDocument.Parse(output).RootElement.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Contains("   at ", Run("similar", "/nowhere/x.wav", "--verbose").Error, StringComparison.Ordinal);
        Assert.Contains("   at ", Run(debug: true, default, "similar", "/nowhere/x.wav").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Embed_prints_vectors_and_fails_when_a_file_does()
    {
        string good = _sounds.Tone("good.wav", 30), bad = _sounds.Text("bad.wav", "RIFF0000WAVEjunk");
        (int code, string output, string error) = Run("embed", good);
        Assert.Equal((0, ""), (code, error));
        Assert.Equal(EchoEmbedder.Lags, output.Split(' ').Length - 1);

        (code, output, error) = Run("embed", good, bad, "--json");
        Assert.Equal(1, code);
        JsonElement result = JsonDocument.Parse(output).RootElement;
        Assert.Equal(EchoEmbedder.Lags, result.GetProperty("files")[0].GetProperty("vector").GetArrayLength());
        Assert.Equal("broken", result.GetProperty("failures")[0].GetProperty("reason").GetString());

        string npy = Path.Combine(_sounds.Root, "v.npy");
        Assert.Equal(0, Run("embed", good, "-o", npy).Code);
        Assert.True(File.Exists(npy));
    }

    [Fact]
    public void Search_says_which_models_understand_words()
    {
        _sounds.Tone("a.wav", 30);
        Run("index", _sounds.Music);
        (int code, _, string error) = Run("search", "bright bells");
        Assert.Equal(1, code);
        Assert.Contains("wordy", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stop_keeps_what_was_finished_and_exits_with_1()
    {
        for (int i = 0; i < 20; i++)
            _sounds.Tone($"{i}.wav", 20 + i);
        using var stop = new CancellationTokenSource();
        var slow = new EchoEmbedder
        {
            Before = n =>
            {
                if (n == 8)
                    stop.Cancel();
            },
        };
        (int code, string output, string error) = Run(debug: false, stop.Token, slow, "index", _sounds.Music, "--json");
        Assert.Equal(1, code);
        Assert.StartsWith("euterpe: Stopped.", error, StringComparison.Ordinal);
        JsonElement first = JsonDocument.Parse(output).RootElement;
        Assert.True(first.GetProperty("stopped").GetBoolean());
        int kept = first.GetProperty("embedded").GetInt32();
        Assert.True(kept > 0);
        Assert.Equal(kept, JsonDocument.Parse(Run("index", _sounds.Music, "--json").Output).RootElement.GetProperty("unchanged").GetInt32());
    }

    [Fact]
    public void The_catalogue_lies_where_option_variable_or_data_folder_say()
    {
        _sounds.Tone("a.wav", 30);
        string other = Path.Combine(_sounds.Root, "deep/er/other.db");
        Assert.Contains(other, Run("index", _sounds.Music, "--catalogue", other).Output, StringComparison.Ordinal);
        Assert.Contains(_sounds.Catalogue, Run("index", _sounds.Music).Output, StringComparison.Ordinal);
        var session = new Session(TextWriter.Null, TextWriter.Null, new Surroundings { Variable = _ => null, Watched = false }, new(), false, default);
        Assert.EndsWith("/euterpe/catalogue.db", session.Catalogue(null), StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("checkpoints/good/sharded_safetensors", 0)]
    [InlineData("transformers/clap_plain/checkpoint", 0)]
    [InlineData("checkpoints/hostile/safetensors/overlap.safetensors", 1)]
    [InlineData("checkpoints/hostile/safetensors/header_100mb.safetensors", 1)]
    [InlineData("checkpoints/hostile/safetensors/shape_overflow.safetensors", 1)]
    [InlineData("checkpoints/hostile/safetensors/truncated.safetensors", 1)]
    public void Show_tells_what_a_model_holds_and_refuses_what_must_not_be_trusted(string path, int expected)
    {
        path = Fixture.MadeFile(path);
        (int code, string output, string error) = Run("show", path, "--json");
        Assert.Equal((expected, expected), (code, error.Count(c => c == '\n')));
        JsonElement shown = JsonDocument.Parse(output).RootElement;
        if (expected == 0)
            Assert.True(shown.GetProperty("tensors").GetArrayLength() > 0 && shown.GetProperty("parameters").GetInt64() > 0);
        else
            Assert.Contains(Path.GetFileName(path), shown.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal(expected, Run("show", path, "--all").Code);
    }

    [Fact]
    public void Doctor_prints_a_line_for_each_thing()
    {
        string[] lines = Run("doctor").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains(lines, line => line.StartsWith("  vectors", StringComparison.Ordinal));
    }

    private (int Code, string Output, string Error) Run(params string[] arguments) => Run(debug: false, default, arguments);

    private (int Code, string Output, string Error) Run(bool debug, CancellationToken stop, params string[] arguments) =>
        Run(debug, stop, new EchoEmbedder(), arguments);

    private (int Code, string Output, string Error) Run(bool debug, CancellationToken stop, EchoEmbedder embedder, params string[] arguments)
    {
        var output = new StringWriter { NewLine = "\n" };
        var error = new StringWriter { NewLine = "\n" };
        var surroundings = new Surroundings
        {
            Models = new EchoShelf(embedder),
            Watched = false,
            Stop = stop,
            Variable = name => name switch
            {
                "EUTERPE_CATALOGUE" => _sounds.Catalogue,
                "EUTERPE_DEBUG" => debug ? "1" : null,
                _ => null,
            },
        };
        int code = CommandLine.Run(arguments, output, error, surroundings);
        return (code, output.ToString(), error.ToString());
    }
}
