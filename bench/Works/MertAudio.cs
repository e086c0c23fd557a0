using Euterpe.Layers;
using Euterpe.Models;
using Euterpe.Models.Mert;
using Euterpe.Numerics;
using Euterpe.Tensors;
using static Euterpe.Tensors.Operations;

namespace Euterpe.Bench.Works;

/// <summary>
/// MERT of the 95M kind, f32: samples at 24 kHz to the last hidden state and the mean of all hidden states, each [frames, 768], at 2 threads, beside
/// ONNX Runtime with a graph of the same shapes.
/// </summary>
internal sealed class MertAudio : IWork
{
    private const int Rate = 24000;

    private static readonly MertConfig Config = MertConfig.Read(ConfigObject.Parse("""{"model_type": "hubert"}"""u8.ToArray(), "config.json"));

    public string Name => "mert";

    public string Peer => "ONNX Runtime";

    public string Unit => "x real time";

    public string Goal => "each >= 1.1";

    public IReadOnlyList<Row> Prepare(Session session)
    {
        MertModel model = Model(Packing.F32);
        var w = session.Use(new Workspace());
        Check(model, w);
        return [.. ((int[])[5, 30]).Select(seconds => Row(session, model, w, seconds))];
    }

    private static Row Row(Session session, MertModel model, Workspace w, int seconds)
    {
        PeerProcess[] peers = [
            .. new[] { "1", "2" }.Select(threads => session.Start("node", Places.Script("ort.mjs"), Places.Shared("peers/graphs"), "mert95m", threads, seconds.ToString()))];
        Tensor waves = session.Use(Waves(1, seconds * Rate));
        return new Row($"95M, {seconds} s, 2 threads", seconds * 1000, () =>
        {
            ComputePool.Shared.Threads = 2;
            // ONNX Runtime's threads spin on for a while after a run, and would take a core from us.
            Thread.Sleep(30);
            return Harness.Time(() =>
            {
                w.Reset();
                Run(model, w, waves);
            });
        }, [.. peers.Select(peer => (Func<double>)(() => peer.Ask("run")))]);
    }

    /// <summary>Last hidden state and mean of all, [batch, frames, hidden] each.</summary>
    private static (Tensor Last, Tensor Mean) Run(MertModel model, Workspace w, Tensor waves)
    {
        Tensor? last = null;
        Tensor sum = w.Allocate(waves.Size(0), ((waves.Size(1) - Config.Field) / Config.Stride) + 1, Config.HiddenSize);
        bool[] wanted = new bool[Config.NumHiddenLayers + 1];
        Array.Fill(wanted, true);
        model.Forward(w, waves, wanted, (layer, hidden) =>
        {
            if (layer == 0)
                hidden.Span.CopyTo(sum.Span);
            else
                AddInPlace(w, sum, hidden);
            last = hidden;
        });
        return (last!, Mul(w, sum, 1f / wanted.Length));
    }

    private static Tensor Waves(int batch, int samples)
    {
        float[] wave = new float[batch * samples];
        new Philox(440, "bench/mert").FillNormal(0, 0, wave);
        return Tensor.From(wave, batch, samples);
    }

    private static MertModel Model(Packing packing)
    {
        return new MertModel(Weights.From(new RandomWeights(440), "bench", packing), Config, masked: false);
    }

    /// <summary>The fast path against plain weights, whose products, functions and sums are operations of their own: every bit, at 1 and 2 threads.</summary>
    private static void Check(MertModel model, Workspace w)
    {
        using Tensor waves = Waves(2, Rate);
        MertModel plain = Model(Packing.Plain);
        (Tensor last, Tensor mean) = Run(plain, w, waves);
        float[] expected = [.. last.ToArray(), .. mean.ToArray()];
        foreach (int threads in (int[])[1, 2])
        {
            ComputePool.Shared.Threads = threads;
            w.Reset();
            (last, mean) = Run(model, w, waves);
            float[] found = [.. last.ToArray(), .. mean.ToArray()];
            if (!found.AsSpan().SequenceEqual(expected) || !found.All(float.IsFinite))
                throw new BenchException($"our hidden states with packed weights at {threads} threads are not those of plain weights.");
        }
    }
}
