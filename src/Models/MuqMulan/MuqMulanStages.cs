using Euterpe.Numerics;

namespace Euterpe.Models.MuqMulan;

/// <summary>MuQ-MuLan under the proof of sameness: vectors of sounds and of ids of a tiny one.</summary>
internal static class MuqMulanStages
{
    private const ulong Seed = 440;

    public static IReadOnlyList<FingerprintStage> All { get; } =
    [
        new("models/muq-mulan", MuqMulanEmbedder.NetworkRevision, Sounds),
        new("models/muq-mulan-words", MuqMulanEmbedder.NetworkRevision, Words),
    ];

    /// <summary>Five sounds: shorter than half a clip, and longer than two.</summary>
    private static void Sounds(Fingerprint f, int batch)
    {
        using MuqMulanEmbedder mulan = MuqMulan.Tiny(Seed);
        foreach ((int first, int count) in FingerprintStage.Batches(batch))
        {
            ReadOnlyMemory<float>[] sounds = [
                .. Enumerable.Range(first, count).Select(item => (ReadOnlyMemory<float>)Noise(item, 5_000 + (11_000 * item)))];
            foreach (float[] vector in mulan.Embed(sounds))
                f.Add(vector);
        }
    }

    private static void Words(Fingerprint f, int batch)
    {
        using MuqMulanEmbedder mulan = MuqMulan.Tiny(Seed);
        var random = new Philox(Seed, "fingerprint/muq-mulan/ids");
        foreach ((int first, int count) in FingerprintStage.Batches(batch))
        {
            long[][] texts = [.. Enumerable.Range(first, count).Select(item =>
                Enumerable.Range(0, 3 + (5 * item)).Select(t => 2L + random.Integer(item, 0, t, 298)).ToArray())];
            foreach (float[] vector in mulan.Embed(texts))
                f.Add(vector);
        }
    }

    private static float[] Noise(int item, int samples)
    {
        var sound = new float[samples];
        new Philox(Seed, "fingerprint/muq-mulan").FillUniform(item, 0, sound);
        for (int i = 0; i < samples; i++)
            sound[i] = (sound[i] - 0.5f) * (i / 2000 % 2 == 0 ? 1 : 0.1f);
        return sound;
    }
}
