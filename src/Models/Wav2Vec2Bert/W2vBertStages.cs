using Euterpe.Layers;
using Euterpe.Models.Conformer;
using Euterpe.Models.Windows;
using Euterpe.Numerics;

namespace Euterpe.Models.Wav2Vec2Bert;

/// <summary>Wav2Vec2-BERT under the proof of sameness: hidden states of a tiny one.</summary>
internal static class W2vBertStages
{
    private const ulong Seed = 440;

    public static IReadOnlyList<FingerprintStage> All { get; } =
    [
        new("models/w2v-bert", W2vBertNetwork.Revision, (f, batch) => States(f, batch, ConformerPositions.RelativeKey)),
        new("models/w2v-bert-rotary", W2vBertNetwork.Revision, (f, batch) => States(f, batch, ConformerPositions.Rotary)),
    ];

    private static void States(Fingerprint f, int batch, ConformerPositions positions)
    {
        using var bert = new FrameEmbedder("w2v-bert-tiny", W2vBert.Tiny(Seed, Packing.F32, positions));
        foreach ((int first, int count) in FingerprintStage.Batches(batch))
        {
            // Sounds of one length travel together.
            HiddenStates[] states = bert.Encode(
                [.. Enumerable.Range(first, count).Select(item => (ReadOnlyMemory<float>)Sound(item, 8_000 + (item / 3 * 700)))]);
            foreach (HiddenStates each in states)
            {
                foreach (int layer in each.Layers)
                    f.Add(each.Layer(layer));
            }
        }
    }

    private static float[] Sound(int item, int samples)
    {
        var sound = new float[samples];
        new Philox(Seed, "fingerprint/w2v-bert").FillUniform(item, 0, sound);
        for (int i = 0; i < samples; i++)
            sound[i] = (sound[i] - 0.5f) * (i / 2000 % 2 == 0 ? 1 : 0.1f);
        return sound;
    }
}
