using System.Runtime.Intrinsics;
using Euterpe.Numerics;

namespace Euterpe.Bench.Works;

/// <summary>
/// Decoding's product: 1 and 2 rows through 24 layers of 4096 x 1024 weights, beside a plain read of the same bytes (huge pages, prefetch, the same threads).
/// A ratio of 1 means that memory is the only limit.
/// </summary>
internal sealed unsafe class Gemv : IWork
{
    private const int Layers = 24;
    private const int N = 4096;
    private const int K = 1024;

    private static long sink;

    public string Name => "gemv";

    public string Peer => "plain read";

    public string Unit => "GB/s";

    public string Goal => ">= 0.85";

    public IReadOnlyList<Row> Prepare(Session session)
    {
        var rows = new List<Row>();
        foreach (PackedType type in (PackedType[])[PackedType.F32, PackedType.BF16])
        {
            long bytes = (long)Layers * N * K * (type == PackedType.F32 ? 4 : 2);
            var layers = new PackedMatrix[Layers];
            for (int i = 0; i < Layers; i++)
            {
                layers[i] = session.Use(PackedMatrix.Pack(Gemm.Noise(N * K, (ulong)i), N, K, type));
            }
            NativeBuffer plain = session.Use(new NativeBuffer(bytes));
            plain.Span<float>().Fill(1.5f);
            foreach (int count in (int[])[1, 2])
            {
                float[] x = Gemm.Noise(2 * K, 77), y = new float[2 * N];
                Check(layers[0], x, y, count);
                foreach (int threads in (int[])[1, 2])
                {
                    rows.Add(new Row(
                        $"{count} row{(count > 1 ? "s" : "")}, {type}, {threads} thread{(threads > 1 ? "s" : "")}",
                        bytes * 1e-6,
                        () =>
                        {
                            ComputePool.Shared.Threads = threads;
                            return Harness.Time(() =>
                            {
                                foreach (PackedMatrix layer in layers)
                                {
                                    MatrixProduct.Multiply(x, count, K, layer, y, N, default);
                                }
                            });
                        },
                        [() =>
                        {
                            ComputePool.Shared.Threads = threads;
                            return Harness.Time(() => Read(plain, bytes));
                        }]));
                }
            }
        }
        return rows;
    }

    private static void Check(PackedMatrix layer, float[] x, float[] y, int count)
    {
        MatrixProduct.Multiply(x, count, K, layer, y, N, default);
        for (int i = 0; i < count * N; i += 97)
        {
            double sum = 0;
            for (int k = 0; k < K; k++)
            {
                sum += (double)x[i / N * K + k] * layer.At(i % N, k);
            }
            if (!(Math.Abs(sum - y[i]) <= 1e-3))
            {
                throw new BenchException($"our product of {count} rows is wrong: element {i} is {y[i]}, a sum in double precision gives {sum}.");
            }
        }
    }

    /// <summary>Reads everything once, in pieces of 256 KiB that the pool hands out, as the product's panels are.</summary>
    private static void Read(NativeBuffer buffer, long bytes)
    {
        const int Piece = 256 << 10;
        var region = new Region { Data = (byte*)buffer.Pointer, Piece = Piece };
        ComputePool.Shared.Run((int)(bytes / Piece), &ReadPiece, &region);
    }

    private static void ReadPiece(void* context, int index)
    {
        var region = (Region*)context;
        sink += Sum(region->Data + (long)index * region->Piece, region->Piece);
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.AggressiveOptimization)]
    private static long Sum(byte* data, int bytes)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Vector512<long> a = default, b = default, c = default, d = default;
            for (int i = 0; i < bytes; i += 256)
            {
                System.Runtime.Intrinsics.X86.Sse.Prefetch0(data + i + 2048);
                System.Runtime.Intrinsics.X86.Sse.Prefetch0(data + i + 2112);
                System.Runtime.Intrinsics.X86.Sse.Prefetch0(data + i + 2176);
                System.Runtime.Intrinsics.X86.Sse.Prefetch0(data + i + 2240);
                a ^= Vector512.Load((long*)(data + i));
                b ^= Vector512.Load((long*)(data + i + 64));
                c ^= Vector512.Load((long*)(data + i + 128));
                d ^= Vector512.Load((long*)(data + i + 192));
            }
            return (a ^ b ^ c ^ d)[0];
        }
        Vector256<long> e = default, f = default, g = default, h = default;
        for (int i = 0; i < bytes; i += 128)
        {
            if (System.Runtime.Intrinsics.X86.Sse.IsSupported)
            {
                System.Runtime.Intrinsics.X86.Sse.Prefetch0(data + i + 2048);
                System.Runtime.Intrinsics.X86.Sse.Prefetch0(data + i + 2112);
            }
            e ^= Vector256.Load((long*)(data + i));
            f ^= Vector256.Load((long*)(data + i + 32));
            g ^= Vector256.Load((long*)(data + i + 64));
            h ^= Vector256.Load((long*)(data + i + 96));
        }
        return (e ^ f ^ g ^ h)[0];
    }

    private struct Region
    {
        public byte* Data;
        public int Piece;
    }
}
