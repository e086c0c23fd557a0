using System.Globalization;
using System.Text;
using Euterpe.Layers;
using Euterpe.Models.Conformer;
using Euterpe.Models.Muq;
using Euterpe.Models.Wav2Vec2Bert;
using Euterpe.Models.Windows;
using Euterpe.Numerics;
using Euterpe.Tensors;

namespace Euterpe.Bench.Works;

/// <summary>
/// MuQ-large and Wav2Vec2-BERT 2.0 in their published sizes with random weights, f32, samples to the last hidden state: how fast they hear. No peer.
/// </summary>
internal sealed class ConformerSpeed : IReport
{
    private const int Seconds = 10;

    public string Name => "conformers";

    public (string Table, string Closing)? Run()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{Seconds} s in one pass, figures in x real time, best of 2 (1 thread) and 5 (2 threads)");
        text.AppendLine("| conformers | 1 thread | 2 threads |");
        text.AppendLine("|---|---|---|");
        double closing = 0;
        using (IFrameNetwork muq = Muq())
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"| MuQ-large, its stem alone | {Speed(muq, 1, 0):0.00} | {Speed(muq, 2, 0):0.00} |");
            text.AppendLine(CultureInfo.InvariantCulture, $"| MuQ-large (310 M) | {Speed(muq, 1):0.00} | {closing = Speed(muq, 2):0.00} |");
        }

        using (IFrameNetwork bert = Bert())
            text.Append(CultureInfo.InvariantCulture, $"| Wav2Vec2-BERT 2.0 (580 M) | {Speed(bert, 1):0.00} | {Speed(bert, 2):0.00} |");
        return (text.ToString(), string.Create(CultureInfo.InvariantCulture, $"conformers: ours {closing:0.00} (x real time, MuQ-large, 2 threads)"));
    }

    private static double Speed(IFrameNetwork network, int threads, int? layer = null)
    {
        ComputePool.Shared.Threads = threads;
        float[] sound = new float[Seconds * network.SampleRate];
        new Philox(440, "bench/conformers").FillNormal(0, 0, sound);
        bool[] wanted = new bool[network.Layers];
        wanted[layer ?? network.Layers - 1] = true;
        using var w = new Workspace();
        double best = double.PositiveInfinity;
        // Everything is read, packed and compiled before the clock counts.
        network.Run(w, [sound.AsMemory(0, 2 * network.SampleRate)], wanted, (_, _) => { });
        for (int round = 0; round < (threads == 1 ? 2 : 5); round++)
        {
            w.Reset();
            best = Math.Min(best, Harness.Time(() => network.Run(w, [sound], wanted, (_, _) => { })));
        }

        return Seconds * 1000 / best;
    }

    private static MuqNetwork Muq()
    {
        var conformer = new ConformerConfig(1024, 12, 16, 4096, Fused.Silu, 1e-5f, ConformerPositions.Rotary, 10000, 0, 0, 31, Causal: false);
        var config = new MuqConfig(25, 4096, 16, 240, 512, 6.768444971712967, 18.417922652295623, MuqTarget.Residual, 8, 1, false, 1e-5f, conformer);
        return new MuqNetwork(new MuqModel(config, new RandomWeights(440), "bench", Packing.F32), () => "random");
    }

    private static W2vBertNetwork Bert()
    {
        var conformer = new ConformerConfig(1024, 24, 16, 4096, Fused.Silu, 1e-5f, ConformerPositions.RelativeKey, 10000, 64, 8, 31, Causal: true);
        var config = new W2vBertConfig(160, 1e-5f, conformer);
        return new W2vBertNetwork(config, new W2vBertPreprocessor(16000, 80, 2, 1),
            () => new W2vBertModel(Weights.From(new RandomWeights(440), "bench", Packing.F32), config), Packing.F32, () => "random");
    }
}
