using System.Text.Json;
using Euterpe.Numerics;

namespace Euterpe.Tasks.Tests;

public sealed class SearchingTests : IDisposable
{
    private readonly SoundFolder _sounds = new();
    private readonly EchoEmbedder _echo = new();

    public SearchingTests()
    {
        foreach (int period in (int[])[20, 40, 60, 80])
            _sounds.Tone($"tone-{period}.wav", period);
        _sounds.Tone("near-40.wav", 41, frames: 22_050, gain: 0.4f); // longer: no version of the other
        IndexTask.Run(new IndexOptions { Folder = _sounds.Music, Catalogue = _sounds.Catalogue }, Context());
    }

    public void Dispose() => _sounds.Dispose();

    [Fact]
    public void Similar_finds_the_near_copy_first_and_not_the_sound_itself()
    {
        int calls = _echo.Calls;
        SearchResult result = Similar(_sounds["tone-40.wav"]);
        Assert.True(result.Known);
        Assert.Equal(calls, _echo.Calls);
        Assert.Equal(_sounds["near-40.wav"], result.Matches[0].Path);
        Assert.Equal((4, 5L, 0L), (result.Matches.Count, result.Compared, result.Left));
        Assert.True(result.Matches[0].Score is > 0.95f and <= 1.0001f);
        Assert.Equal(result.Matches.Select(m => m.Path), Similar("tone-40.wav").Matches.Select(m => m.Path)); // by the end of its path
    }

    [Fact]
    public void A_sound_that_is_not_in_the_catalogue_is_embedded_on_the_fly()
    {
        string path = _sounds.Tone("../guest.wav", 79);
        SearchResult result = Similar(path);
        Assert.False(result.Known);
        Assert.Equal(_sounds["tone-80.wav"], result.Matches[0].Path);
        Assert.Equal(5, result.Matches.Count);

        File.Copy(_sounds["tone-20.wav"], path, overwrite: true);
        Assert.True(Similar(path).Known); // the same content under another name
        Assert.Equal(_sounds["tone-20.wav"], Similar(path).Matches[0].Path);
    }

    [Fact]
    public void A_bad_sound_a_missing_catalogue_and_bad_counts_are_clear_errors()
    {
        Assert.Contains("no such file", Assert.Throws<FileNotFoundException>(() => Similar("/nowhere/x.wav")).Message, StringComparison.Ordinal);
        Assert.Throws<FileFormatException>(() => Similar(_sounds.Text("bad.wav", "RIFF")));
        Assert.Throws<FileNotFoundException>(() => SimilarTask.Run(new SimilarOptions { Sound = "x", Catalogue = "/nowhere/c.db" }, Context()));
        Assert.Throws<OptionsException>(() => SimilarTask.Run(new SimilarOptions { Sound = "x", Catalogue = _sounds.Catalogue, Count = 0 }, Context()));
        Assert.Contains("several", Assert.Throws<OptionsException>(() =>
        {
            _sounds.Tone("more/tone-20.wav", 21);
            IndexTask.Run(new IndexOptions { Folder = _sounds.Music, Catalogue = _sounds.Catalogue }, Context());
            Similar("tone-20.wav");
        }).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Vectors_of_another_key_are_never_compared()
    {
        var changed = new TaskContext { Models = new EchoShelf(new EchoEmbedder { CompatibilityKey = "echo-9" }) };
        string guest = _sounds.Tone("../guest.wav", 79);
        var error = Assert.Throws<InvalidOperationException>(
            () => SimilarTask.Run(new SimilarOptions { Sound = guest, Catalogue = _sounds.Catalogue }, changed));
        Assert.Contains("echo-9", error.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(
            () => SimilarTask.Run(new SimilarOptions { Sound = guest, Catalogue = _sounds.Catalogue, Model = new ModelChoice("other") }, Context()));
    }

    [Fact]
    public void Words_need_a_model_that_understands_them()
    {
        var options = new SearchOptions { Words = "four", Catalogue = _sounds.Catalogue, Count = 2 };
        var error = Assert.Throws<InvalidOperationException>(() => SearchTask.Run(options, Context()));
        Assert.Contains("wordy", error.Message, StringComparison.Ordinal);
        SearchResult result = SearchTask.Run(options, new TaskContext { Models = new EchoShelf(_echo, words: true) });
        Assert.Equal(2, result.Matches.Count);
        Assert.Contains("Percentiles need", result.Note, StringComparison.Ordinal);
        SearchResult cut = SearchTask.Run(options with { Words = "one two three four five six seven eight nine" },
            new TaskContext { Models = new EchoShelf(_echo, words: true) });
        Assert.Contains("9 tokens, of which", cut.Note, StringComparison.Ordinal);
        Assert.Throws<OptionsException>(() => SearchTask.Run(options with { Words = " " }, Context()));
    }

    [Fact]
    public void Embed_writes_npy_and_json_whole_and_lists_bad_files()
    {
        string npy = Path.Combine(_sounds.Root, "out.npy"), json = Path.Combine(_sounds.Root, "out.json");
        string[] files = [_sounds["tone-20.wav"], _sounds.Text("bad.wav", "RIFF"), _sounds["tone-80.wav"]];
        EmbedResult result = EmbedTask.Run(new EmbedOptions { Files = files, Output = npy }, Context());
        Assert.Equal([files[0], files[2]], result.Files.Select(f => f.Path));
        Assert.Equal(files[1], Assert.Single(result.Failures).Path);
        byte[] bytes = File.ReadAllBytes(npy);
        Assert.Equal(0, (bytes.Length - (2 * EchoEmbedder.Lags * 4)) % 64);
        Assert.Equal(result.Files[1].Vector[^1], BitConverter.ToSingle(bytes, bytes.Length - 4));

        EmbedTask.Run(new EmbedOptions { Files = [files[0]], Output = json }, Context());
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(json));
        Assert.Equal(result.Files[0].Vector, document.RootElement.GetProperty("files")[0].GetProperty("vector").EnumerateArray().Select(v => v.GetSingle()));
        Assert.Equal([], Directory.GetFiles(_sounds.Root, "*partial*"));
        Assert.Throws<OptionsException>(() => EmbedTask.Run(new EmbedOptions { Files = files, Output = "x.csv" }, Context()));
        Assert.Throws<OptionsException>(() => EmbedTask.Run(new EmbedOptions { Files = [] }, Context()));
    }

    private TaskContext Context() => new() { Models = new EchoShelf(_echo), Threads = 2 };

    private SearchResult Similar(string sound) => SimilarTask.Run(new SimilarOptions { Sound = sound, Catalogue = _sounds.Catalogue }, Context());
}
