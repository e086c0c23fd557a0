using Euterpe.Models.Windows;
using Euterpe.Numerics;

namespace Euterpe.Models.Mert;

/// <summary>Whole models of random weights: both places of the norms and both kinds of stem, sounds of one pass and of several windows.</summary>
internal static class MertStages
{
    private const ulong Seed = 440;

    public static IReadOnlyList<FingerprintStage> All { get; } =
    [
        new("models/mert-post", MertNetwork.Network, (f, batch) => Sounds(f, batch, stable: false)),
        new("models/mert-pre", MertNetwork.Network, (f, batch) => Sounds(f, batch, stable: true)),
    ];

    /// <summary>Two lengths that are equal, so that a batch is one; one shorter than a frame, one of several windows.</summary>
    private static void Sounds(Fingerprint f, int batch, bool stable)
    {
        int[] lengths = [1700, 900, 1700, 11, 7300];
        var options = new FrameOptions(new LayerChoice.Mean(), WindowSeconds: 2, MarginSeconds: 0.2);
        using FrameEmbedder mert = Mert.Tiny(Seed, stable, options: options);
        foreach ((int first, int count) in FingerprintStage.Batches(batch))
        {
            ReadOnlyMemory<float>[] sounds = [.. Enumerable.Range(first, count).Select(item => (ReadOnlyMemory<float>)Noise(item, lengths[item]))];
            HiddenStates[] states = mert.Encode([.. sounds.Select(sound => sound[..Math.Min(sound.Length, 2000)])]);
            float[][] vectors = mert.Embed(sounds);
            for (int i = 0; i < count; i++)
            {
                for (int layer = 0; layer < mert.Layers; layer++)
                    f.Add(states[i].Layer(layer));
                f.Add(vectors[i]);
            }
        }
    }

    private static float[] Noise(int item, int samples)
    {
        var sound = new float[samples];
        new Philox(Seed, "fingerprint/models/mert").FillUniform(item, 0, sound);
        for (int i = 0; i < samples; i++)
            sound[i] = (sound[i] - 0.5f) * (i / 200 % 2 == 0 ? 1 : 0.1f);
        return sound;
    }
}
