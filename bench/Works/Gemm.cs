using System.Runtime.Intrinsics;
using Euterpe.Numerics;

namespace Euterpe.Bench.Works;

/// <summary>The matrix product of a linear layer, y[M, N] = x[M, K] w[N, K]^T, beside OpenBLAS: weights packed at load, activations as they come.</summary>
internal sealed class Gemm : IWork
{
    private static readonly (int M, int N, int K)[] Shapes = [(512, 512, 512), (1024, 1024, 1024), (2048, 2048, 2048), (512, 4096, 1024), (64, 4096, 1024)];

    public string Name => "gemm";

    public string Peer => "OpenBLAS";

    public string Unit => "GFLOP/s";

    public string Goal => "geometric mean >= 1.0, worst >= 0.9";

    public IReadOnlyList<Row> Prepare(Session session)
    {
        List<PeerProcess> peers = [session.Start(Places.Cache("openblas"))];
        if (Vector512.IsHardwareAccelerated)
        {
            // A processor newer than the library gets its kernels of 2013 (Haswell); those for AVX-512 run as well, and the better of the two counts.
            peers.Add(session.Start(Places.Cache("openblas"), [], new Dictionary<string, string> { ["OPENBLAS_CORETYPE"] = "SkylakeX" }));
        }
        var rows = new List<Row>();
        foreach (int threads in (int[])[1, 2])
        {
            foreach ((int m, int n, int k) in Shapes)
            {
                float[] x = Noise(m * k, 1), w = Noise(n * k, 2), y = new float[m * n];
                PackedMatrix packed = session.Use(PackedMatrix.Pack(w, n, k));
                Check(m, n, k, x, w, packed, y);
                int runs = 1 + (int)(2e8 / (2.0 * m * n * k));
                rows.Add(new Row(
                    $"{m} x {n} x {k}, {threads} thread{(threads > 1 ? "s" : "")}",
                    2e-6 * m * n * k,
                    () =>
                    {
                        ComputePool.Shared.Threads = threads;
                        return Harness.Time(() => MatrixProduct.Multiply(x, m, k, packed, y, n, default), runs);
                    },
                    [.. from peer in peers from t in Enumerable.Range(1, threads) select (Func<double>)(() => peer.Ask($"{m} {n} {k} {t}"))]));
            }
        }
        return rows;
    }

    internal static float[] Noise(int count, ulong item)
    {
        // A cheap generator: what the numbers are does not change the time, only that none is denormal.
        float[] values = new float[count];
        ulong state = 0x9E3779B97F4A7C15 * (item + 1);
        for (int i = 0; i < count; i++)
        {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            values[i] = (int)(state >> 40) * 1.1920929e-7f - 1;
        }
        return values;
    }

    /// <summary>Every 997th element beside a sum in double precision.</summary>
    private static void Check(int m, int n, int k, float[] x, float[] w, PackedMatrix packed, float[] y)
    {
        MatrixProduct.Multiply(x, m, k, packed, y, n, default);
        for (int i = 0; i < m * n; i += 997)
        {
            double sum = 0;
            for (int j = 0; j < k; j++)
            {
                sum += (double)x[i / n * k + j] * w[i % n * k + j];
            }
            if (!(Math.Abs(sum - y[i]) <= 1e-3))
            {
                throw new BenchException($"our product of {m} x {n} x {k} is wrong: element {i} is {y[i]}, a sum in double precision gives {sum}.");
            }
        }
    }
}
