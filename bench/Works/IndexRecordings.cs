using Euterpe.Models.Signature;
using Euterpe.Search;
using Euterpe.Signals.Files;
using Euterpe.Tasks;

namespace Euterpe.Bench.Works;

/// <summary>
/// Recordings into a new catalogue with <c>signature</c> and the default options (identity, tags, hash of the decoded sound, segments), at 2 threads, beside FFmpeg that only
/// decodes them: the same flags, a process a file, two at a time, to a pipe that is read and dropped.
/// </summary>
internal sealed class IndexRecordings : IWork
{
    private const int Every = 52;

    public string Name => "index";

    public string Peer => "FFmpeg alone";

    public string Unit => "files/s";

    public string Goal => "ratio >= 0.7";

    public IReadOnlyList<Row> Prepare(Session session)
    {
        var folder = session.Use(new RecordingsFolder(Every));
        PeerProcess peer = session.Start(Places.Cache("decode"), folder.List, "2");
        Check(folder, session);
        return [new Row($"{folder.Files.Count} recordings, 2 threads", 1000.0 * folder.Files.Count, () => folder.Index(new TaskContext { Threads = 2 }), [() => peer.Ask("run")])];
    }

    /// <summary>Every file must be in the catalogue with the vector that the library gives for it.</summary>
    private static void Check(RecordingsFolder folder, Session session)
    {
        folder.Index(new TaskContext { Threads = 2 });
        using ICatalogue catalogue = Catalogue.OpenExisting(folder.Catalogue);
        using var embedder = new SignatureEmbedder();
        foreach (string path in folder.Files.Where((_, i) => i % 10 == 0))
        {
            using AudioFile file = AudioFile.Open(path);
            float[]? stored = catalogue.Find(path) is { } track ? catalogue.Vector(track.Sound, embedder.CompatibilityKey) : null;
            if (stored is null || !stored.AsSpan().SequenceEqual(embedder.Embed(file)))
                throw new BenchException($"the catalogue's vector of {path} is not the library's.");
        }
    }
}

/// <summary>Links to every so-manieth recording of the shared folder, and a catalogue that is made anew each time.</summary>
internal sealed class RecordingsFolder : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("euterpe-bench-index-").FullName;

    public RecordingsFolder(int every)
    {
        string[] all = [.. Directory.GetFiles(Places.Shared("data/audio"), "*", SearchOption.AllDirectories)
            .Where(path => AudioFile.Extensions.Contains(Path.GetExtension(path))).Order(StringComparer.Ordinal)];
        Directory.CreateDirectory(Music);
        Files = [.. all.Where((_, i) => i % every == 0).Select((path, i) => Path.Combine(Music, $"{i:0000} {Path.GetFileName(path)}"))];
        foreach ((string path, string copy) in all.Where((_, i) => i % every == 0).Zip(Files))
            File.Copy(path, copy);
        File.WriteAllLines(List, Files);
    }

    public IReadOnlyList<string> Files { get; }

    public string Catalogue => Path.Combine(root, "catalogue.db");

    public string List => Path.Combine(root, "list.txt");

    private string Music => Path.Combine(root, "music");

    /// <summary>Milliseconds of one run into a new catalogue.</summary>
    public double Index(TaskContext context, SegmentChoice? segments = null)
    {
        foreach (string file in Directory.GetFiles(root, "catalogue.db*"))
            File.Delete(file);
        IndexResult? result = null;
        double time = Harness.Time(() => result = IndexTask.Run(new IndexOptions { Folder = Music, Catalogue = Catalogue, Segments = segments }, context));
        if (result!.Embedded != Files.Count || result.Failures.Count > 0)
            throw new BenchException($"{result.Embedded} of {Files.Count} recordings were embedded, {result.Failures.Count} failed.");
        return time;
    }

    public void Dispose() => Directory.Delete(root, recursive: true);
}
