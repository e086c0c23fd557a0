using Euterpe.Layers;
using Euterpe.Models.Conformer;
using Euterpe.Models.Windows;
using Euterpe.Numerics;
using Euterpe.Tensors;

namespace Euterpe.Models.Muq;

/// <summary>MuQ under the proof of sameness: hidden states, predictions and target tokens of a tiny one.</summary>
internal static class MuqStages
{
    private const ulong Seed = 440;

    public static IReadOnlyList<FingerprintStage> All { get; } =
    [
        new("models/muq-f32", MuqNetwork.Revision, (f, batch) => States(f, batch, Packing.F32, ConformerPositions.Rotary)),
        new("models/muq-bf16", MuqNetwork.Revision, (f, batch) => States(f, batch, Packing.BF16, ConformerPositions.Rotary)),
        new("models/muq-relative", MuqNetwork.Revision, (f, batch) => States(f, batch, Packing.F32, ConformerPositions.Relative)),
        new("models/muq-tokens", MuqNetwork.Revision, Tokens),
    ];

    private static void States(Fingerprint f, int batch, Packing packing, ConformerPositions positions)
    {
        using var muq = new FrameEmbedder("muq-tiny", Muq.Tiny(Seed, packing, positions));
        foreach ((int first, int count) in FingerprintStage.Batches(batch))
        {
            // Sounds of one length travel together.
            HiddenStates[] states = muq.Encode(
                [.. Enumerable.Range(first, count).Select(item => (ReadOnlyMemory<float>)Sound(item, 9_000 + (item / 3 * 700)))]);
            foreach (HiddenStates each in states)
            {
                foreach (int layer in each.Layers)
                    f.Add(each.Layer(layer));
            }
        }
    }

    private static void Tokens(Fingerprint f, int batch)
    {
        using MuqNetwork muq = Muq.Tiny(Seed);
        using var w = new Workspace();
        for (int item = 0; item < FingerprintStage.Items; item++)
        {
            float[] sound = Sound(item, 960 * (4 + item));
            f.Add([.. muq.Model.TargetTokens(w, sound).Select(token => (float)token)]);
            f.Add(muq.Model.Logits(w, muq.Model.Encoder.States(w, [muq.Model.FrontEnd.Features(w, sound)])[^1]).Span);
        }
    }

    private static float[] Sound(int item, int samples)
    {
        var sound = new float[samples];
        new Philox(Seed, "fingerprint/muq").FillUniform(item, 0, sound);
        for (int i = 0; i < samples; i++)
            sound[i] = (sound[i] - 0.5f) * (i / 2000 % 2 == 0 ? 1 : 0.1f);
        return sound;
    }
}
