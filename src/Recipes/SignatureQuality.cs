using Euterpe.Datasets;
using Euterpe.Evaluation;
using Euterpe.Models.Signature;
using Euterpe.Numerics;
using Euterpe.Signals;
using Euterpe.Signals.Files;

namespace Euterpe.Recipes;

/// <summary>Precision at 10 of a vector and of the baseline, queries all of one half.</summary>
/// <param name="Recordings">Candidates and queries together.</param>
/// <param name="Queries">Queries.</param>
/// <param name="Baseline">Mean of 20 MFCC, cosine.</param>
/// <param name="Signature">Ours.</param>
public sealed record SignaturePrecision(int Recordings, int Queries, double Baseline, double Signature);

/// <summary>The quality of <c>signature</c>: precision at 10 on the classes it was not fitted to, beside the mean of 20 MFCC.</summary>
public static class SignatureQuality
{
    /// <summary>What one decoding of a recording gives: our statistics and the baseline's vector; null where it cannot be decoded.</summary>
    public sealed record Measured(LabelledSound Sound, double[] Statistics, float[] Baseline);

    private static readonly MelSpectrogram s_mel = new(new StftOptions { Padding = Padding.Zeros }, new MelBankOptions());

    /// <summary>Decodes all recordings, several at a time.</summary>
    public static IReadOnlyList<Measured> Measure(IReadOnlyList<LabelledSound> sounds, IProgress<int>? progress = null,
        CancellationToken token = default)
    {
        var measured = new Measured[sounds.Count];
        int next = -1, done = 0;
        Exception? problem = null;
        // More than the cores: the decoder is another process, and starting it is waiting.
        Task[] workers = [.. Enumerable.Range(0, Environment.ProcessorCount + 1).Select(_ => Task.Factory.StartNew(() =>
        {
            try
            {
                for (int i; (i = Interlocked.Increment(ref next)) < sounds.Count && Volatile.Read(ref problem) is null;)
                {
                    measured[i] = Measure(sounds[i], token);
                    progress?.Report(Interlocked.Increment(ref done));
                }
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref problem, e, null);
            }
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        Task.WaitAll(workers, CancellationToken.None);
        return problem is null ? measured : throw new InvalidDataException($"[signature quality] {problem.Message}", problem);
    }

    /// <summary>Reads one recording and measures it both ways.</summary>
    public static Measured Measure(LabelledSound sound, CancellationToken token = default)
    {
        Waveform wave = AudioFile.Read(sound.Path, token: token);
        using IFrameSource first = wave.Open(), second = wave.Open();
        return new Measured(sound, SignatureEmbedder.Statistics(first, token), Baseline(second, token));
    }

    /// <summary>Fits to the first half.</summary>
    public static SignatureMap Fit(IReadOnlyList<Measured> all, SignatureFitOptions? options = null)
    {
        Measured[] half = [.. all.Where(each => SoundCollection.FirstHalf.Contains(each.Sound.Class))];
        return SignatureFit.Fit([.. half.Select(each => each.Statistics)], [.. half.Select(each => each.Sound.Class)], options);
    }

    /// <summary>Judges with queries of some classes; the candidates are all recordings, or those of the same classes.</summary>
    public static SignaturePrecision Judge(IReadOnlyList<Measured> all, SignatureMap map, IReadOnlyCollection<string> classes, bool amongAll)
    {
        int[] queries = [.. Enumerable.Range(0, all.Count).Where(i => classes.Contains(all[i].Sound.Class))];
        bool[] candidates = [.. all.Select(each => amongAll || classes.Contains(each.Sound.Class))];
        string[] names = [.. all.Select(each => each.Sound.Class)];
        double baseline = Retrieval.Precision([.. all.Select(each => each.Baseline)], names, queries, candidates, 10);
        double ours = Retrieval.Precision([.. all.Select(each => map.Apply(each.Statistics))], names, queries, candidates, 10);
        return new SignaturePrecision(candidates.Count(each => each), queries.Length, baseline, ours);
    }

    /// <summary>librosa.feature.mfcc(n_mfcc=20) with its defaults at 22,050 Hz, averaged over the frames.</summary>
    private static float[] Baseline(IFrameSource source, CancellationToken token)
    {
        var mono = new MonoReader(source, 22_050);
        var samples = new List<float>();
        var block = new float[16_384];
        for (int count; (count = mono.Read(block, token)) > 0;)
        {
            samples.AddRange(block.AsSpan(0, count));
        }
        FeatureMap mfcc = Mfcc.Of(Decibels.FromPower(s_mel.Run([.. samples], token)), 20);
        return [.. Enumerable.Range(0, mfcc.Rows).Select(row => (float)(Reductions.Sum(mfcc.Row(row)) / (double)mfcc.Frames))];
    }
}
