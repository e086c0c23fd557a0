using Euterpe.Search;
using Euterpe.Testing;

namespace Euterpe.Tasks.Tests;

/// <summary>The main job on real recordings, with the program's own embedder.</summary>
public sealed class RealRecordingsTests : IDisposable
{
    private const int Few = 10;

    private readonly SoundFolder _sounds = new();

    public void Dispose() => _sounds.Dispose();

    [SkippableFact]
    public void Recordings_are_indexed_and_a_louder_copy_is_found_first()
    {
        string audio = Fixture.SharedFile("data/audio/sonic-pi");
        Directory.CreateDirectory(_sounds.Music);
        string[] files = [.. Directory.GetFiles(audio, "*.flac").Order(StringComparer.Ordinal).Take(Few)];
        foreach (string file in files)
            File.Copy(file, _sounds[Path.GetFileName(file)]);
        _sounds.Text("broken.flac", "fLaC but nothing more");
        _sounds.Text("broken.mp3", "ID3 but nothing more of it either");

        var options = new IndexOptions { Folder = _sounds.Music, Catalogue = _sounds.Catalogue };
        IndexResult first = IndexTask.Run(options);
        Assert.Equal((Few + 2, Few, "signature"), (first.Found, first.Embedded, first.Model));
        Assert.Equal(["broken.flac broken", "broken.mp3 broken"], first.Failures.Select(f => $"{Path.GetFileName(f.Path)} {f.Reason}"));
        Assert.Equal(Few, IndexTask.Run(options).Unchanged);

        // The same sound as a WAV, half as loud: another file, another decoder.
        string query = files[Few / 2], copy = Path.Combine(_sounds.Root, "copy.wav");
        Signals.Waveform sound = Signals.Files.AudioFile.Read(query);
        float[][] quiet = [.. Enumerable.Range(0, sound.Channels).Select(c => sound.Channel(c).ToArray().Select(x => x * 0.5f).ToArray())];
        Signals.Files.Wav.Write(copy, new Signals.Waveform(sound.SampleRate, quiet), Signals.Files.SampleFormat.Float32);
        SearchResult similar = SimilarTask.Run(new SimilarOptions { Sound = copy, Catalogue = _sounds.Catalogue, Count = 5 });
        Assert.False(similar.Known);
        Assert.Equal(Path.GetFileName(query), Path.GetFileName(similar.Matches[0].Path));
        Assert.True(similar.Matches[0].Score > 0.99f);
        Assert.Equal(5, similar.Matches.Count);

        // A file alone goes another way than a folder, to the same bits.
        using (ICatalogue c = Catalogue.OpenExisting(_sounds.Catalogue))
        {
            float[] alone = Assert.Single(EmbedTask.Run(new EmbedOptions { Files = [query] }).Files).Vector;
            Assert.Equal(c.Vector(c.Find(_sounds[Path.GetFileName(query)])!.Sound, first.Key)!, alone);
        }

        // One thread or three: the same bits.
        string other = Path.Combine(_sounds.Root, "other.db");
        IndexTask.Run(options with { Catalogue = other }, new TaskContext { Threads = 1 });
        using ICatalogue a = Catalogue.OpenExisting(_sounds.Catalogue), b = Catalogue.OpenExisting(other);
        foreach (string path in a.PathsBelow(_sounds.Music).Where(p => a.FindFailure(p) is null))
        {
            string sha = a.Find(path)!.Sound;
            Assert.Equal(a.Vector(sha, first.Key)!, b.Vector(sha, first.Key)!);
        }
    }

    [SkippableFact]
    public void Words_find_recordings_with_a_model_that_understands_them()
    {
        string clap = Fixture.MadeFile("transformers/clap_plain/checkpoint");
        for (int period = 20; period < 120; period += 20)
            _sounds.Tone($"{period}.wav", period);
        IndexResult index = IndexTask.Run(new IndexOptions { Folder = _sounds.Music, Catalogue = _sounds.Catalogue, Model = new ModelChoice(clap) });
        Assert.Equal((5, clap), (index.Embedded, index.Model));
        SearchResult found = SearchTask.Run(new SearchOptions { Words = "a low tone", Catalogue = _sounds.Catalogue, Count = 3 });
        Assert.Equal((3, 5L, index.Key), (found.Matches.Count, found.Compared, found.Key));
        Assert.Throws<InvalidOperationException>(
            () => SearchTask.Run(new SearchOptions { Words = "a low tone", Catalogue = _sounds.Catalogue, Model = new ModelChoice(Precision: "bf16") }));
    }
}
