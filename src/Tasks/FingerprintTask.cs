using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Euterpe.Models;
using Euterpe.Numerics;
using Euterpe.Search.Vectors;
using Euterpe.Signals;

namespace Euterpe.Tasks;

/// <summary>With how many threads, and how many items at once.</summary>
/// <param name="Threads">Compute threads, 1 to 256; null: 1, 2 and 3.</param>
/// <param name="Batch">How many of a stage's five items travel together, 1 to 5; null: 1 and 5.</param>
public sealed record FingerprintOptions(int? Threads = null, int? Batch = null);

/// <summary>Where a fingerprint was taken.</summary>
/// <param name="Vectors">Which vector instructions the process has: what the fingerprint must not depend on.</param>
/// <param name="SystemLibrary">A hash of the system library's own functions, which differ between machines; Euterpe's results never use them.</param>
public sealed record FingerprintMachine(string Vectors, string SystemLibrary);

/// <summary>One stage and what it computed.</summary>
/// <param name="Name">Room and stage.</param>
/// <param name="Revision">Raised by hand whenever the bits change on purpose.</param>
/// <param name="Hash">Of all its results.</param>
public sealed record StageFingerprint(string Name, int Revision, string Hash);

/// <summary>One pass through all stages.</summary>
public sealed record FingerprintRun(int Threads, int Batch, string Total);

/// <summary>What every stage computed, and whether it was the same each time.</summary>
/// <param name="Machine">Where it was taken.</param>
/// <param name="Same">Whether every run gave the same bits.</param>
/// <param name="Differences">The stages, threads and batches that disagree with the first run.</param>
/// <param name="Runs">Each pass, with its threads and batch.</param>
/// <param name="Stages">The stages of the first run.</param>
/// <param name="Total">Over the stages of the first run: what two machines compare.</param>
public sealed record FingerprintResult(
    FingerprintMachine Machine,
    bool Same,
    IReadOnlyList<string> Differences,
    IReadOnlyList<FingerprintRun> Runs,
    IReadOnlyList<StageFingerprint> Stages,
    string Total);

/// <summary>
/// The proof of sameness: every stage computes from the counter generator alone, and its hash must be the same on every machine, at every vector width,
/// number of threads and batch.
/// </summary>
public static class FingerprintTask
{
    /// <summary>All stages, in the order the music walks through.</summary>
    internal static IReadOnlyList<FingerprintStage> Stages { get; } = [.. NumericsStages.All, .. SignalsStages.All, .. ModelStages.All, .. SearchStages.All];

    /// <summary>Computes every stage, with different threads and batches, and hashes the results.</summary>
    /// <param name="options">Which threads and batches.</param>
    /// <param name="progress">Told the name of each stage.</param>
    /// <param name="token">Looked at between stages.</param>
    public static FingerprintResult Run(FingerprintOptions options, IProgress<string>? progress = null, CancellationToken token = default)
    {
        if (options.Batch is < 1 or > FingerprintStage.Items)
        {
            throw new OptionsException($"[fingerprint] The batch must lie between 1 and {FingerprintStage.Items}, and is {options.Batch}.");
        }

        if (options.Threads is < 1 or > ComputePool.MaximumThreads)
        {
            throw new OptionsException($"[fingerprint] Threads must lie between 1 and {ComputePool.MaximumThreads}, and are {options.Threads}.");
        }

        int before = ComputePool.Shared.Threads;
        var runs = new List<FingerprintRun>();
        var differences = new List<string>();
        List<StageFingerprint>? stages = null;
        try
        {
            foreach (int threads in options.Threads is { } t ? (int[])[t] : [1, 2, 3])
            {
                ComputePool.Shared.Threads = threads;
                foreach (int batch in options.Batch is { } b ? (int[])[b] : [1, FingerprintStage.Items])
                {
                    List<StageFingerprint> found = RunOnce(batch, progress, token);
                    stages ??= found;
                    runs.Add(new(threads, batch, Total(found)));
                    differences.AddRange(found.Zip(stages).Where(pair => pair.First != pair.Second)
                        .Select(pair => $"{pair.First.Name}, {threads} threads, batch {batch}: {pair.First.Hash}"));
                }
            }
        }
        finally
        {
            ComputePool.Shared.Threads = before;
        }

        return new(Machine(), differences.Count == 0, differences, runs, stages!, runs[0].Total);
    }

    private static List<StageFingerprint> RunOnce(int batch, IProgress<string>? progress, CancellationToken token)
    {
        using var hash = new Fingerprint();
        var stages = new List<StageFingerprint>();
        foreach (FingerprintStage stage in Stages)
        {
            token.ThrowIfCancellationRequested();
            progress?.Report(stage.Name);
            stage.Run(hash, batch);
            stages.Add(new(stage.Name, stage.Revision, hash.End()));
        }

        return stages;
    }

    private static string Total(List<StageFingerprint> stages)
    {
        using var total = new Fingerprint();
        foreach (StageFingerprint stage in stages)
        {
            total.Add(System.Text.Encoding.UTF8.GetBytes($"{stage.Name} {stage.Hash}\n"));
        }

        return total.End();
    }

    /// <summary>What this process has.</summary>
    public static FingerprintMachine Machine()
    {
        string vectors = Vector512.IsHardwareAccelerated ? "512" : Vector256.IsHardwareAccelerated ? "256" : Vector128.IsHardwareAccelerated ? "128" : "none";
        string fused = Fma.IsSupported || System.Runtime.Intrinsics.Arm.AdvSimd.IsSupported ? "+fma" : "";
        return new(vectors + fused, SystemLibraryHash());
    }

    // Whether another system library is at work can only be seen by asking it. No result depends on this.
    private static string SystemLibraryHash()
    {
#pragma warning disable RS0030
        using var hash = new Fingerprint();
        double[] y = new double[6];
        for (int i = 1; i <= 20_000; i++)
        {
            double x = i * 0.00731;
            y[0] = Math.Exp(x);
            y[1] = Math.Sin(x * 100);
            y[2] = Math.Cos(x);
            y[3] = Math.Log(x);
            y[4] = Math.Pow(x, 1.7);
            y[5] = Math.Atan(x) + MathF.Exp((float)x / 3) + MathF.Sin((float)x);
            hash.Add(y);
        }

        return hash.End()[..16];
#pragma warning restore RS0030
    }
}
