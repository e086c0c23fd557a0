using Euterpe.Numerics;
using Euterpe.Signals;

namespace Euterpe.Models.Signature;

/// <summary>What <c>signature</c> puts under the proof of sameness: the statistics and the vectors of sounds of three rates, mono and
/// stereo.</summary>
[Experimental("EUTERPE001")]
public static class SignatureStages
{
    /// <summary>All of them, in a fixed order.</summary>
    public static IReadOnlyList<FingerprintStage> All { get; } = [new("models/signature", SignatureEmbedder.FrontEndRevision
        + SignatureEmbedder.MapRevision - 1, Sounds)];

    private static void Sounds(Fingerprint f, int batch)
    {
        using var embedder = new SignatureEmbedder();
        foreach ((int first, int count) in FingerprintStage.Batches(batch))
        {
            for (int item = first; item < first + count; item++)
            {
                float[] left = SignalsStages.Sound(item), right = [.. SignalsStages.Sound(item + 1).Take(left.Length)];
                var sound = new Waveform(item % 3 == 0 ? 22_050 : item % 3 == 1 ? 44_100 : 16_000, item % 2 == 0 ? [left] : [left, right]);
                f.Add(SignatureEmbedder.Statistics(sound.Open()));
                f.Add(embedder.Embed(sound.Open()));
            }
        }
    }
}
