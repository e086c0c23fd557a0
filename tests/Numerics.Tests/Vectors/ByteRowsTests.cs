using System.Runtime.Intrinsics.X86;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace Euterpe.Numerics.Tests;

public sealed unsafe class ByteRowsTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(64, 7)]
    [InlineData(65, 4)]
    [InlineData(200, 9)]
    [InlineData(512, 5)]
    [InlineData(1000, 3)]
    public void Every_path_gives_the_products_of_the_reference(int dimension, int count)
    {
        int stride = ByteRows.Stride(dimension);
        byte[] bytes = GC.AllocateArray<byte>(count * stride, pinned: true), own = GC.AllocateArray<byte>(stride, pinned: true);
        ByteRow[] rows = [.. Enumerable.Range(0, count).Select(r => ByteRows.Quantize(Row(dimension, (uint)r), bytes.AsSpan(r * stride, stride)))];
        ByteRow query = ByteRows.Quantize(Row(dimension, 99), own);
        sbyte[] signed = [.. own.Select(b => (sbyte)(b - 128))];
        short[] words = new short[stride];
        var word = new WordQuery(Row(dimension, 98), words);
        int[] expected = new int[count], found = new int[count];
        fixed (byte* b = bytes, o = own)
        fixed (sbyte* s = signed)
        fixed (short* w = words)
        fixed (int* e = expected, f = found)
        {
            ByteRows.DotsReference(w, b, stride, count, word.Correction, e);
            for (int r = 0; r < count; r++)
                Assert.Equal(Enumerable.Range(0, dimension).Sum(k => words[k] * (bytes[(r * stride) + k] - 128)), expected[r]);
            ByteRows.Dots(w, b, stride, count, word.Correction, f);
            Assert.Equal(expected, found);
            if (Avx2.IsSupported)
            {
                ByteRows.DotsHalf(w, b, stride, count, word.Correction, f);
                Assert.Equal(expected, found);
            }

            byte** at = stackalloc byte*[count];
            for (int r = 0; r < count; r++)
                at[r] = b + (r * stride);
            ByteRows.PairsReference(s, query.Sum, at, count, stride, e);
            ByteRows.Dots(s, query.Sum, at, count, stride, f);
            Assert.Equal(expected, found);
            if (Avx512BW.IsSupported)
            {
                ByteRows.PairsWide(s, query.Sum, at, count, stride, f);
                Assert.Equal(expected, found);
            }

            if (Avx2.IsSupported)
            {
                ByteRows.PairsHalf(s, query.Sum, at, count, stride, f);
                Assert.Equal(expected, found);
            }

            for (int r = 0; r < count; r++)
            {
                Assert.Equal(expected[r], ByteRows.DotReference(at[r], o, stride));
                Assert.Equal(expected[r], ByteRows.Dot(at[r], o, query.Sum, stride));
                Assert.Equal(expected[r], ByteRows.Dot(o, at[r], rows[r].Sum, stride));
                if (Avx2.IsSupported)
                    Assert.Equal(expected[r], ByteRows.DotHalf(at[r], o, query.Sum, stride));
            }
        }
    }

    [Fact]
    public void The_largest_steps_do_not_overflow()
    {
        const int Dimension = 4096;
        float[] ones = [.. Enumerable.Repeat(1f, Dimension)], minus = [.. Enumerable.Repeat(-1f, Dimension)];
        Assert.InRange(Bound(ones, ones), Dimension, Dimension * 1.01f);
        Assert.InRange(Bound(ones, minus), -Dimension, -Dimension * 0.99f);
    }

    // The promise on which the exact search stands: no product is above its bound. Sizes from nearly nothing to the largest that are allowed.
    [Property(MaxTest = 2000)]
    public Property No_exact_product_is_above_its_bound()
    {
        Gen<float> number = Gen.OneOf(
            Gen.Choose(-1000, 1000).Select(i => i / 1000f),
            Gen.Choose(-1000, 1000).Select(i => i * 1e12f),
            Gen.Choose(-1000, 1000).Select(i => i * 1e-18f),
            Gen.Choose(-1000, 1000).Select(i => i * 1e-41f),
            Gen.Constant(0f),
            Gen.Constant(-ByteRows.Largest));
        Gen<(float[], float[])> pairs = Gen.Choose(1, 150).SelectMany(n => number.ArrayOf(n).Two().Select(pair => (pair.Item1, pair.Item2)));
        return Prop.ForAll(pairs.ToArbitrary(), pair =>
        {
            float score = 0;
            DotRows.Reference(pair.Item1, pair.Item2, new Span<float>(ref score));
            return (Bound(pair.Item1, pair.Item2) >= score).Label($"{Bound(pair.Item1, pair.Item2):R} < {score:R}");
        });
    }

    [Fact]
    public void Candidates_are_those_whose_bound_reaches_the_threshold()
    {
        const int Dimension = 100, Count = 83;
        int stride = ByteRows.Stride(Dimension);
        byte[] bytes = new byte[Count * stride];
        ByteRow[] rows = [.. Enumerable.Range(0, Count).Select(r => ByteRows.Quantize(Row(Dimension, (uint)r), bytes.AsSpan(r * stride, stride)))];
        short[] words = new short[stride];
        var query = new WordQuery(Row(Dimension, 3), words);
        int[] dots = new int[Count], found = new int[Count];
        float[] scales = [.. rows.Select(r => r.Scale)], errors = [.. rows.Select(r => r.Error)], norms = [.. rows.Select(r => r.Norm)];
        fixed (byte* b = bytes)
        fixed (short* w = words)
        fixed (int* d = dots, f = found)
        fixed (float* s = scales, e = errors, n = norms)
        {
            ByteRows.Dots(w, b, stride, Count, query.Correction, d);
            float[] bounds = [.. rows.Select((r, i) => query.Bound(dots[i], r.Scale, r.Error, r.Norm))];
            foreach (float threshold in (float[])[float.NegativeInfinity, 0, bounds[40], bounds.Max(), float.PositiveInfinity])
            {
                int[] expected = [.. Enumerable.Range(0, Count).Where(i => bounds[i] >= threshold)];
                Assert.Equal(expected, found[..ByteRows.Candidates(query, d, s, e, n, Count, threshold, f)]);
                float[] thresholds = [.. Enumerable.Repeat(threshold, Count)];
                fixed (float* v = bounds, t = thresholds)
                    Assert.Equal(expected, found[..ByteRows.Reaching(v, t, Count, f)]);
            }
        }
    }

    private static float[] Row(int dimension, uint seed) => Noise.Make(dimension, seed + 7);

    private static float Bound(float[] query, float[] row)
    {
        int stride = ByteRows.Stride(row.Length), dot;
        byte[] bytes = new byte[stride];
        short[] words = new short[stride];
        ByteRow kept = ByteRows.Quantize(row, bytes);
        var word = new WordQuery(query, words);
        fixed (byte* b = bytes)
        fixed (short* w = words)
            ByteRows.Dots(w, b, stride, 1, word.Correction, &dot);
        return word.Bound(dot, kept.Scale, kept.Error, kept.Norm);
    }
}
