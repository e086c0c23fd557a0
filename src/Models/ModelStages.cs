using Euterpe.Layers;
using Euterpe.Models.Clap;
using Euterpe.Numerics;

namespace Euterpe.Models;

/// <summary>What this room puts under the proof of sameness: whole models of random weights.</summary>
[Experimental("EUTERPE001")]
public static class ModelStages
{
    private const ulong Seed = 440;

    /// <summary>All of them, in a fixed order.</summary>
    public static IReadOnlyList<FingerprintStage> All { get; } =
    [
        new("models/clap-f32", ClapEmbedder.NetworkRevision, (f, batch) => Sounds(f, batch, fusion: false, Packing.F32)),
        new("models/clap-bf16", ClapEmbedder.NetworkRevision, (f, batch) => Sounds(f, batch, fusion: false, Packing.BF16)),
        new("models/clap-fusion", ClapEmbedder.NetworkRevision, (f, batch) => Sounds(f, batch, fusion: true, Packing.F32)),
        new("models/clap-words", ClapEmbedder.NetworkRevision, Words),
        .. Muq.MuqStages.All,
        .. MuqMulan.MuqMulanStages.All,
        .. Wav2Vec2Bert.W2vBertStages.All,
        .. Signature.SignatureStages.All,
        .. Mert.MertStages.All,
    ];

    /// <summary>Five sounds: shorter than a window, and longer.</summary>
    private static void Sounds(Fingerprint f, int batch, bool fusion, Packing packing)
    {
        using ClapEmbedder clap = Clap.Clap.Tiny(Seed, fusion, packing);
        foreach ((int first, int count) in FingerprintStage.Batches(batch))
        {
            ReadOnlyMemory<float>[] sounds = [
                .. Enumerable.Range(first, count).Select(item => (ReadOnlyMemory<float>)Noise(item, 11_000 + (13_000 * item)))];
            foreach (float[] vector in clap.Embed(sounds))
                f.Add(vector);
        }
    }

    private static void Words(Fingerprint f, int batch)
    {
        using ClapEmbedder clap = Clap.Clap.Tiny(Seed);
        var random = new Philox(Seed, "fingerprint/models/ids");
        foreach ((int first, int count) in FingerprintStage.Batches(batch))
        {
            long[][] texts = [.. Enumerable.Range(first, count).Select(item =>
                Enumerable.Range(0, 3 + (5 * item)).Select(t => 2L + random.Integer(item, 0, t, 298)).ToArray())];
            foreach (float[] vector in clap.Embed(texts))
                f.Add(vector);
        }
    }

    private static float[] Noise(int item, int samples)
    {
        var sound = new float[samples];
        new Philox(Seed, "fingerprint/models/sounds").FillUniform(item, 0, sound);
        for (int i = 0; i < samples; i++)
            sound[i] = (sound[i] - 0.5f) * (i / 2000 % 2 == 0 ? 1 : 0.1f);
        return sound;
    }
}
