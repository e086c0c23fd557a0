using System.Text;
using Euterpe.Layers;
using Euterpe.Models;
using Euterpe.Models.Clap;
using Euterpe.Search;
using Euterpe.Signals.Files;
using Euterpe.Tasks;

namespace Euterpe.Bench.Works;

/// <summary>
/// Recordings into a new catalogue with a CLAP of HTSAT-tiny's shape (f32, random weights), at 2 threads, beside one script that decodes with FFmpeg and runs ONNX Runtime on
/// the same number of windows. Neither side has segments. The script makes no log-mel, no identity and no catalogue.
/// </summary>
internal sealed class IndexClap : IWork
{
    private const int Every = 130;

    public string Name => "index-clap";

    public string Peer => "FFmpeg and ONNX Runtime";

    public string Unit => "files/s";

    public string Goal => "ratio >= 1.2";

    public IReadOnlyList<Row> Prepare(Session session)
    {
        var folder = session.Use(new RecordingsFolder(Every));
        var shelf = session.Use(new OneClap());
        var context = new TaskContext { Threads = 2, Models = shelf };
        folder.Index(context, SegmentChoice.None);
        using (ICatalogue catalogue = Catalogue.OpenExisting(folder.Catalogue))
        {
            foreach (string path in folder.Files.Where((_, i) => i % 10 == 0))
            {
                using AudioFile file = AudioFile.Open(path);
                float[]? stored = catalogue.Find(path) is { } track ? catalogue.Vector(track.Sound, shelf.Embedder.CompatibilityKey) : null;
                if (stored is null || !stored.AsSpan().SequenceEqual(shelf.Embedder.Embed(file)))
                    throw new BenchException($"the catalogue's vector of {path} is not the library's.");
            }
        }

        // Two threads in one graph, or two graphs of one thread: whichever is better.
        (string Threads, string AtOnce)[] ways = [("2", "1"), ("1", "2"), ("2", "2")];
        PeerProcess[] peers = [.. ways.Select(way =>
            session.Start("node", Places.Script("index_clap.mjs"), Places.Shared("peers/graphs"), folder.List, way.Threads, way.AtOnce))];
        return
        [
            new Row($"{folder.Files.Count} recordings, 2 threads", 1000.0 * folder.Files.Count, () =>
            {
                // ONNX Runtime's threads spin on for a while after a run, and would take a core from us.
                Thread.Sleep(30);
                return folder.Index(context, SegmentChoice.None);
            }, [.. peers.Select(peer => (Func<double>)(() => peer.Ask("run")))]),
        ];
    }

    /// <summary>A shelf with one model on it, which stays open.</summary>
    private sealed class OneClap : IModelShelf, IDisposable
    {
        public OneClap()
        {
            byte[] json = Encoding.UTF8.GetBytes("""{"model_type": "clap", "audio_config": {}}""");
            var model = new ClapModel(ClapConfig.Read(ConfigObject.Parse(json, "config.json")), new RandomWeights(440), "bench", Packing.F32);
            var frontEnd = new ClapFrontEnd(new ClapPreprocessor(64, 48000, 480, 480000, 1024, 50, 14000, false, ClapPadding.RepeatPad));
            Embedder = new ClapEmbedder("clap-tiny", model, frontEnd, null, () => "random-440");
        }

        public ClapEmbedder Embedder { get; }

        public string DefaultEmbedder => "clap-tiny";

        public string UnderstandingWords => "";

        // Closing the model of a run closes nothing.
        public OpenModel Open(ModelChoice choice, CancellationToken token = default) => new("clap-tiny", "f32", new Kept(Embedder), null);

        public void Dispose() => Embedder.Dispose();
    }

    private sealed class Kept(IAudioEmbedder embedder) : IAudioEmbedder
    {
        public string Name => embedder.Name;

        public int Dimension => embedder.Dimension;

        public int SampleRate => embedder.SampleRate;

        public int CallersPerThread => embedder.CallersPerThread;

        public string CompatibilityKey => embedder.CompatibilityKey;

        public string Revision => embedder.Revision;

        public float[] Embed(Signals.IFrameSource source, CancellationToken token = default) => embedder.Embed(source, token);

        public void Dispose()
        {
        }
    }
}
