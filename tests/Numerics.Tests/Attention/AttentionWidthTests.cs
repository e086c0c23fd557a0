using Euterpe.Testing;

namespace Euterpe.Numerics.Tests;

public unsafe class AttentionWidthTests
{
    [Theory]
    [InlineData(64, 64, 32, 32)]
    [InlineData(7, 33, 20, 24)]
    [InlineData(33, 530, 16, 48)]
    [InlineData(1, 5, 3, 5)]
    public void Attention_gives_the_same_bits_at_every_width(int queries, int positions, int width, int valueWidth)
    {
        float[] q = Draw(queries * width, 1), k = Draw(positions * width, 2), v = Draw(positions * valueWidth, 3), bias = Draw(queries * positions, 4);
        float[] expected = new float[queries * valueWidth];
        fixed (float* pq = q, pk = k, pv = v, pb = bias, py = expected)
        {
            AttentionKernel.Reference(Head(pq, pk, pv, pb, py));
        }
        Check<V16>();
        Check<V8>();
        Check<V1>();

        AttentionHead Head(float* pq, float* pk, float* pv, float* pb, float* py) => new()
        {
            Q = pq,
            K = pk,
            V = pv,
            Y = py,
            QRow = width,
            KRow = width,
            VRow = valueWidth,
            YRow = valueWidth,
            Queries = queries,
            Positions = positions,
            Width = width,
            ValueWidth = valueWidth,
            Scale = 0.25f,
            Bias = pb,
            BiasQuery = 1,
            BiasPosition = queries,
            Causal = true,
            Offset = positions / 2,
        };

        void Check<T>() where T : struct, ILanes<T>
        {
            float[] y = new float[expected.Length];
            fixed (float* pq = q, pk = k, pv = v, pb = bias, py = y)
            {
                AttentionHead head = Head(pq, pk, pv, pb, py);
                int strip = AttentionKernel.QueriesPerPart(queries, positions);
                for (int first = 0; first < queries; first += strip)
                {
                    AttentionKernel.Run<T>(head, first, Math.Min(strip, queries - first));
                }
            }
            Close.Same(expected, y, typeof(T).Name);
        }
    }

    private static float[] Draw(int length, long item)
    {
        float[] values = new float[length];
        new Philox(440, "attention").FillNormal(item, 0, values);
        return values;
    }
}
