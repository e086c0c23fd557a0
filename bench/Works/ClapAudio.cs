using System.Text;
using Euterpe.Layers;
using Euterpe.Models;
using Euterpe.Models.Clap;
using Euterpe.Numerics;
using Euterpe.Tensors;

namespace Euterpe.Bench.Works;

/// <summary>
/// CLAP's audio tower, f32: 10 s of log-mel [1, 1, 1001, 64] to the embedding [1, 512], at 2 threads, beside ONNX Runtime with a graph of the same
/// shapes.
/// </summary>
/// <param name="size">base or tiny.</param>
internal sealed class ClapAudio(string size) : IWork
{
    public string Name => size == "base" ? "clap" : "clap-" + size;

    public string Peer => "ONNX Runtime";

    public string Unit => "x real time";

    public string Goal => "ratio >= 1.1";

    public IReadOnlyList<Row> Prepare(Session session)
    {
        float[] mel = new float[1001 * 64];
        new Philox(440, "bench/clap").FillNormal(0, 0, mel);
        Tensor features = session.Use(Tensor.From(mel, 1, 1, 1001, 64));
        ClapModel model = Model(Packing.F32);
        var w = session.Use(new Workspace());
        Check(model, features, w);
        string graph = size == "base" ? "clap_htsat_base" : "clap_htsat_tiny";
        PeerProcess[] peers = [
            .. new[] { "1", "2" }.Select(threads => session.Start("node", Places.Script("ort.mjs"), Places.Shared("peers/graphs"), graph, threads))];
        return
        [
            new Row($"HTSAT-{size}, 10 s, 2 threads", 10_000, () =>
            {
                ComputePool.Shared.Threads = 2;
                // ONNX Runtime's threads spin on for a while after a run, and would take a core from us.
                Thread.Sleep(30);
                return Harness.Time(() =>
                {
                    w.Reset();
                    model.Audio.Embed(w, features, [false]);
                });
            }, [.. peers.Select(peer => (Func<double>)(() => peer.Ask("run")))]),
        ];
    }

    private ClapModel Model(Packing packing)
    {
        string audio = size == "base" ? """{"patch_embeds_hidden_size": 128, "hidden_size": 1024, "depths": [2, 2, 12, 2]}""" : "{}";
        byte[] json = Encoding.UTF8.GetBytes($$"""{"model_type": "clap", "audio_config": {{audio}}}""");
        return new ClapModel(ClapConfig.Read(ConfigObject.Parse(json, "config.json")), new RandomWeights(440), "bench", packing);
    }

    /// <summary>
    /// The fast path against plain weights, whose products, functions and sums are operations of their own: every bit, at 1 and 2 threads.
    /// </summary>
    private void Check(ClapModel model, Tensor features, Workspace w)
    {
        float[] plain = Model(Packing.Plain).Audio.Embed(w, features, [false]).ToArray();
        foreach (int threads in (int[])[1, 2])
        {
            ComputePool.Shared.Threads = threads;
            w.Reset();
            float[] packed = model.Audio.Embed(w, features, [false]).ToArray();
            if (!packed.AsSpan().SequenceEqual(plain) || !packed.All(float.IsFinite))
                throw new BenchException($"our embedding with packed weights at {threads} threads is not that of plain weights.");
        }
    }
}
