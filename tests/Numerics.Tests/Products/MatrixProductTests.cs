namespace Euterpe.Numerics.Tests;

public sealed class MatrixProductTests
{
    public static TheoryData<int, int, int> Shapes()
    {
        TheoryData<int, int, int> shapes = [];
        for (int m = 1; m <= 13; m++)
            shapes.Add(m, 64 + (7 * m), 100 + m);
        foreach (int n in new[] { 1, 8, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 127, 128, 129, 176 })
            shapes.Add(7, n, 33);
        foreach (int k in new[] { 0, 1, 2, 511, 512, 513, 767, 1023, 1024, 1025 })
        {
            shapes.Add(1, 65, k);
            shapes.Add(3, 40, k);
            shapes.Add(13, 80, k);
        }

        shapes.Add(200, 80, 64);
        shapes.Add(389, 20, 16);
        return shapes;
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Packed_product_equals_reference(int m, int n, int k)
    {
        foreach (PackedType type in new[] { PackedType.F32, PackedType.BF16 })
        {
            int aStride = k + 3, cStride = n + 5;
            float[] a = Noise.Make((m * aStride) + 1, 1), w = Noise.Make(n * k, 2), bias = Noise.Make(n, 3), residual = Noise.Make(m * n, 4);
            using PackedMatrix packed = PackedMatrix.Pack(w, n, k, type);
            float[] stored = packed.Unpack();
            float[] expected = Noise.Make(m * cStride, 5), found = Noise.Make(m * cStride, 5);
            MatrixProduct.Reference(a, m, aStride, stored, n, k, expected, cStride, bias, Fused.Relu, residual, n);
            MatrixProduct.Multiply(a, m, aStride, packed, found, cStride, bias, Fused.Relu, residual, n);
            Noise.AssertSameBits(expected, found, $"{type} {m} x {n} x {k}");
            MatrixProduct.Reference(a, m, aStride, stored, n, k, expected, cStride, []);
            MatrixProduct.Multiply(a, m, aStride, packed, found, cStride, []);
            Noise.AssertSameBits(expected, found, $"{type} {m} x {n} x {k} without bias");
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Plain_product_equals_reference(int m, int n, int k)
    {
        const int outer = 2, inner = 3;
        foreach (bool transposedA in new[] { false, true })
        {
            foreach (bool transposedB in new[] { false, true })
            {
                // Heads inside rows, as attention has them: [outer, row, inner, column].
                Strides sa = transposedA ? new(inner * m * k, m, 1, (long)inner * m) : new(inner * m * k, k, (long)inner * k, 1);
                Strides sb = transposedB ? new(inner * n * k, k, 1, (long)inner * k) : new(inner * n * k, n, (long)inner * n, 1);
                Strides sc = new(inner * m * n, n, (long)inner * n, 1);
                float[] a = Noise.Make(outer * inner * m * k, 1), b = Noise.Make(outer * inner * n * k, 2);
                float[] expected = new float[outer * inner * m * n], found = new float[expected.Length];
                MatrixProduct.Reference(a, sa, b, sb, expected, sc, outer, inner, m, n, k);
                MatrixProduct.Multiply(a, sa, b, sb, found, sc, outer, inner, m, n, k);
                Noise.AssertSameBits(expected, found, $"{m} x {n} x {k}, a transposed {transposedA}, b transposed {transposedB}");
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void Threads_do_not_change_bits(int threads)
    {
        const int m = 401, n = 328, k = 700;
        float[] a = Noise.Make(m * k, 1), w = Noise.Make(n * k, 2), expected = new float[m * n], found = new float[m * n];
        using PackedMatrix packed = PackedMatrix.Pack(w, n, k);
        MatrixProduct.Reference(a, m, k, w, n, k, expected, n, []);
        int before = ComputePool.Shared.Threads;
        try
        {
            ComputePool.Shared.Threads = threads;
            MatrixProduct.Multiply(a, m, k, packed, found, n, []);
            Noise.AssertSameBits(expected, found, $"packed, {threads} threads");
            Array.Clear(found);
            MatrixProduct.Multiply(a, k, w, k, true, found, n, m, n, k);
            Noise.AssertSameBits(expected, found, $"plain, {threads} threads");
            for (int r = 0; r < 4; r++)
            {
                float[] few = new float[(r + 1) * n];
                MatrixProduct.Multiply(a, r + 1, k, packed, few, n, []);
                Noise.AssertSameBits(expected.AsSpan(0, few.Length), few, $"{r + 1} rows, {threads} threads");
            }
        }
        finally
        {
            ComputePool.Shared.Threads = before;
        }
    }

    [Fact]
    public void Residual_that_is_not_there_may_have_a_stride()
    {
        const int m = 9, n = 40, k = 33;
        float[] a = Noise.Make(m * k, 1), w = Noise.Make(n * k, 2), bias = Noise.Make(n, 3), expected = new float[m * n], found = new float[m * n];
        using PackedMatrix packed = PackedMatrix.Pack(w, n, k);
        MatrixProduct.Multiply(a, m, k, packed, expected, n, bias, Fused.Relu);
        MatrixProduct.Multiply(a, m, k, packed, found, n, bias, Fused.Relu, default, n);
        Assert.Equal(expected, found);
    }

    [Fact]
    public void Special_values_pass_through()
    {
        const int m = 9, n = 70, k = 600;
        float[] a = Noise.Make(m * k, 1), w = Noise.Make(n * k, 2);
        a[5] = float.NaN;
        a[k + 7] = float.PositiveInfinity;
        a[(2 * k) + 520] = float.NegativeInfinity;
        w[(3 * k) + 7] = float.PositiveInfinity;
        w[(4 * k) + 520] = float.NaN;
        a.AsSpan(5 * k, k).Fill(1e-42f);
        a.AsSpan(6 * k, k).Fill(3e38f);
        foreach (PackedType type in new[] { PackedType.F32, PackedType.BF16 })
        {
            using PackedMatrix packed = PackedMatrix.Pack(w, n, k, type);
            float[] expected = new float[m * n], found = new float[m * n];
            MatrixProduct.Reference(a, m, k, packed.Unpack(), n, k, expected, n, [], Fused.Relu);
            MatrixProduct.Multiply(a, m, k, packed, found, n, [], Fused.Relu);
            Noise.AssertSameBits(expected, found, type.ToString());
        }
    }

    [Fact]
    public void Four_callers_at_once_get_the_same_bits()
    {
        const int m = 150, n = 200, k = 530;
        float[] a = Noise.Make(m * k, 1), w = Noise.Make(n * k, 2), expected = new float[m * n];
        using PackedMatrix packed = PackedMatrix.Pack(w, n, k);
        MatrixProduct.Reference(a, m, k, w, n, k, expected, n, []);
        List<Exception> failures = [];
        Thread[] callers = [.. Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            try
            {
                for (int i = 0; i < 20; i++)
                {
                    float[] found = new float[m * n];
                    MatrixProduct.Multiply(a, m, k, packed, found, n, []);
                    Noise.AssertSameBits(expected, found, "caller");
                }
            }
            catch (Exception e)
            {
                lock (failures)
                    failures.Add(e);
            }
        }))];
        foreach (Thread caller in callers)
            caller.Start();
        foreach (Thread caller in callers)
            caller.Join();
        Assert.Empty(failures);
    }

    [Fact]
    public void Packing_keeps_the_weights()
    {
        const int n = 107, k = 37;
        float[] w = Noise.Make(n * k, 2), t = new float[n * k];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < k; j++)
                t[(j * n) + i] = w[(i * k) + j];
        }

        using PackedMatrix plain = PackedMatrix.Pack(w, n, k), transposed = PackedMatrix.PackTransposed(t, k, n);
        Noise.AssertSameBits(w, plain.Unpack(), "plain");
        Noise.AssertSameBits(w, transposed.Unpack(), "transposed");
        ushort[] bits = [.. w.Select(Bf16.FromFloat)];
        float[] rounded = [.. bits.Select(Bf16.ToFloat)];
        using PackedMatrix brain = PackedMatrix.PackBf16(bits, n, k), same = PackedMatrix.Pack(w, n, k, PackedType.BF16);
        Noise.AssertSameBits(rounded, brain.Unpack(), "bf16");
        Noise.AssertSameBits(rounded, same.Unpack(), "f32 to bf16");
    }

    [Fact]
    public void Sizes_that_do_not_fit_are_refused()
    {
        using PackedMatrix w = PackedMatrix.Pack(new float[12], 3, 4);
        Assert.Throws<ShapeException>(() => MatrixProduct.Multiply(new float[7], 2, 4, w, new float[6], 3, []));
        Assert.Throws<ShapeException>(() => MatrixProduct.Multiply(new float[8], 2, 4, w, new float[5], 3, []));
        Assert.Throws<ShapeException>(() => MatrixProduct.Multiply(new float[8], 2, 4, w, new float[6], 2, []));
        Assert.Throws<ShapeException>(() => MatrixProduct.Multiply(new float[8], 2, 4, w, new float[6], 3, new float[2]));
        Assert.Throws<ShapeException>(() => PackedMatrix.Pack(new float[11], 3, 4));
        Assert.Throws<ShapeException>(() => MatrixProduct.Multiply(new float[8], 4, new float[11], 3, false, new float[6], 3, 2, 3, 4));
    }

    [Fact]
    public void A_cancelled_token_stops_the_product()
    {
        using PackedMatrix w = PackedMatrix.Pack(new float[12], 3, 4);
        Assert.Throws<OperationCanceledException>(
            () => MatrixProduct.Multiply(new float[8], 2, 4, w, new float[6], 3, [], Fused.None, new CancellationToken(true)));
    }
}
