using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Euterpe.Numerics;

/// <summary>
/// One head of one sequence: rows of q, k, v and y lie where they are, their elements next to each other; strides are counted in floats.
/// </summary>
[Experimental("EUTERPE001")]
public unsafe struct AttentionHead
{
    public float* Q, K, V, Y;

    public long QRow, KRow, VRow, YRow;

    public int Queries, Positions, Width, ValueWidth;

    /// <summary>What every score is multiplied with before anything is added to it.</summary>
    public float Scale;

    /// <summary>
    /// Added to the scaled scores, bias first: element [query, position]; null for none. A query stride of 1 is the fast one (stored by position).
    /// </summary>
    public float* Bias, Mask;

    public long BiasQuery, BiasPosition, MaskQuery, MaskPosition;

    /// <summary>With Causal, query i sees the positions up to i + Offset.</summary>
    public bool Causal;

    public int Offset;
}

/// <summary>
/// Attention as DESIGN states it: s = scale * (q . k) (+ bias) (+ mask); m = max s; e = exp(s - m); p = e * (1 / the fixed-tree sum of e); y = p x V,
/// positions in blocks of 512 added in order. No running maximum: any division of the queries gives the same bits. Scores are kept by position,
/// queries side by side in lanes, so that keys and values are read where they lie, maxima and sums need no shuffles, and both products are the same
/// small kernel.
/// </summary>
[Experimental("EUTERPE001")]
public static unsafe class AttentionKernel
{
    private const int Lanes = 16;
    private const int Block = 512;
    private const int ScratchFloats = 96 * 1024;

    /// <summary>How many queries one call should take: as many as keep the scores of all positions in the cache.</summary>
    public static int QueriesPerPart(int queries, int positions)
    {
        int strip = 64;
        while (strip > Lanes && ((long)strip * positions > ScratchFloats || strip / 2 >= queries))
        {
            strip /= 2;
        }
        return strip;
    }

    /// <summary>The queries first .. first + count - 1, at most <see cref="QueriesPerPart"/> of them.</summary>
    public static void Run(in AttentionHead head, int first, int count)
    {
        if (V16.IsAccelerated)
        {
            Run<V16>(head, first, count);
        }
        else if (V8.IsAccelerated)
        {
            Run<V8>(head, first, count);
        }
        else
        {
            Run<V1>(head, first, count);
        }
    }

    /// <summary>The definition in plain loops.</summary>
    public static void Reference(in AttentionHead head)
    {
        var scores = new float[head.Positions];
        for (int i = 0; i < head.Queries; i++)
        {
            int seen = Seen(head, i);
            for (int j = 0; j < head.Positions; j++)
            {
                float score = head.Scale * Dot(head.Q + i * head.QRow, 1, head.K + j * head.KRow, 1, head.Width);
                score = head.Bias == null ? score : score + head.Bias[i * head.BiasQuery + j * head.BiasPosition];
                score = head.Mask == null ? score : score + head.Mask[i * head.MaskQuery + j * head.MaskPosition];
                scores[j] = j < seen ? score : float.NegativeInfinity;
            }
            SoftmaxKernel.Row(scores, scores);
            fixed (float* p = scores)
            {
                for (int d = 0; d < head.ValueWidth; d++)
                {
                    head.Y[i * head.YRow + d] = Dot(p, 1, head.V + d, head.VRow, seen);
                }
            }
        }
    }

    private static float Dot(float* a, long aStep, float* b, long bStep, int length)
    {
        float c = 0;
        for (int block = 0; block < length; block += Block)
        {
            float s = 0;
            for (int k = block; k < Math.Min(block + Block, length); k++)
            {
                s = V1.FusedMultiplyAdd(a[k * aStep], b[k * bStep], s);
            }
            c = block == 0 ? s : c + s;
        }
        return c;
    }

    private static int Seen(in AttentionHead head, int query) =>
        head.Causal ? (int)Math.Clamp((long)query + head.Offset + 1, 0, head.Positions) : head.Positions;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Run<T>(in AttentionHead head, int first, int count) where T : struct, ILanes<T>
    {
        int strip = (count + Lanes - 1) / Lanes * Lanes;
        int positions = Seen(head, first + count - 1);
        int padded = (head.ValueWidth + Lanes - 1) / Lanes * Lanes;
        bool copies = padded != head.ValueWidth;
        float* scratch = Scratch.Take((long)strip * (head.Width + positions) + (copies ? (long)padded * (positions + count) : 0));
        float* q = scratch, scores = q + (long)strip * head.Width, v = scores + (long)strip * positions, y = v + (long)padded * positions;

        PanelPacking.Pack(head.Q + first * head.QRow, 1, head.QRow, head.Width, count, strip, q);
        if (head.Bias == null && head.Mask == null && !head.Causal && head.Width <= Block)
        {
            // Nothing is added: the scores are scaled, and their maxima taken, as they leave the product.
            float* largest = stackalloc float[64];
            SmallProduct.Scores<T>(positions, strip, head.Width, head.K, head.KRow, q, strip, scores, strip, head.Scale, largest);
            for (int lane = 0; lane < count; lane += T.Width)
            {
                PositionSoftmax.Finish(scores + lane, strip, positions, T.Load(ref largest[lane]));
            }
        }
        else
        {
            Score<T>(head, first, count, positions, strip, q, scores);
        }
        if (!copies)
        {
            Weigh<T>(head.V, head.VRow, head.ValueWidth, positions, count, scores, strip, head.Y + first * head.YRow, head.YRow);
            return;
        }
        // A head width that is no multiple of 16: rows of v and y with room at their ends.
        for (int j = 0; j < positions; j++)
        {
            new Span<float>(head.V + j * head.VRow, head.ValueWidth).CopyTo(new Span<float>(v + (long)j * padded, padded));
            new Span<float>(v + (long)j * padded + head.ValueWidth, padded - head.ValueWidth).Clear();
        }
        Weigh<T>(v, padded, padded, positions, count, scores, strip, y, padded);
        for (int i = 0; i < count; i++)
        {
            new Span<float>(y + (long)i * padded, head.ValueWidth).CopyTo(new Span<float>(head.Y + (first + i) * head.YRow, head.ValueWidth));
        }
    }

    private static void Score<T>(in AttentionHead head, int first, int count, int positions, int strip, float* q, float* scores)
        where T : struct, ILanes<T>
    {
        for (int k = 0; k < head.Width; k += Block)
        {
            SmallProduct.Multiply<T>(positions, strip, Math.Min(Block, head.Width - k), head.K + k, head.KRow, 1, q + (long)k * strip, strip, scores,
                strip, k > 0);
        }
        for (int lane = 0; lane < count; lane += T.Width)
        {
            Softmax<T>(head, first + lane, Math.Min(T.Width, count - lane), positions, scores + lane, strip);
        }
    }

    /// <summary>y = p x V, positions in blocks of 512.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Weigh<T>(float* v, long vRow, int width, int positions, int count, float* p, int strip, float* y, long yRow)
        where T : struct, ILanes<T>
    {
        for (int j = 0; j < Math.Max(positions, 1); j += Block)
        {
            SmallProduct.Multiply<T>(count, width, Math.Min(Block, positions - j), p + (long)j * strip, 1, strip, v + j * vRow, vRow, y, yRow, j > 0);
        }
    }

    /// <summary>Softmax over the positions of the queries in one vector, in place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Softmax<T>(in AttentionHead head, int query, int count, int positions, float* s, int strip) where T : struct, ILanes<T>
    {
        float* lane = stackalloc float[Lanes];
        T scale = T.Of(head.Scale);
        T max = T.Of(float.NegativeInfinity);
        int all = head.Causal ? Math.Min(Seen(head, query), positions) : positions;
        for (int j = 0; j < positions; j++)
        {
            float* at = s + (long)j * strip;
            T score = T.Load(ref *at) * scale;
            if (head.Bias != null)
            {
                score += Added<T>(head.Bias + query * head.BiasQuery + j * head.BiasPosition, head.BiasQuery, count, lane);
            }
            if (head.Mask != null)
            {
                score += Added<T>(head.Mask + query * head.MaskQuery + j * head.MaskPosition, head.MaskQuery, count, lane);
            }
            if (j >= all)
            {
                T.Store(score, ref *lane);
                for (int i = 0; i < count && Seen(head, query + i) <= j; i++)
                {
                    lane[i] = float.NegativeInfinity;
                }
                score = T.Load(ref *lane);
            }
            T.Store(score, ref *at);
            max = T.Max(score, max);
        }
        PositionSoftmax.Finish(s, strip, positions, max);
    }

    /// <summary>What is added to one position's scores: queries side by side in memory, all the same, or apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Added<T>(float* source, long step, int count, float* lane) where T : struct, ILanes<T>
    {
        if (step == 1 && count == T.Width)
        {
            return T.Load(ref *source);
        }
        if (step == 0)
        {
            return T.Of(*source);
        }
        for (int i = 0; i < count; i++)
        {
            lane[i] = source[i * step];
        }
        for (int i = count; i < T.Width; i++)
        {
            lane[i] = 0;
        }
        return T.Load(ref *lane);
    }

    /// <summary>Memory of each thread that grows to what its parts need; the handle frees it when the thread is gone.</summary>
    private sealed class Scratch : SafeHandle
    {
        [ThreadStatic]
        private static Scratch? _mine;

        private readonly long _floats;

        private Scratch(long floats)
            : base(0, true)
        {
            _floats = floats;
            SetHandle((nint)NativeMemory.AlignedAlloc((nuint)(floats * sizeof(float)), 64));
        }

        public override bool IsInvalid => handle == 0;

        public static float* Take(long floats)
        {
            if (_mine is null || _mine._floats < floats)
            {
                _mine?.Dispose();
                _mine = new Scratch(Math.Max(floats, ScratchFloats));
            }
            return (float*)_mine.handle;
        }

        protected override bool ReleaseHandle()
        {
            NativeMemory.AlignedFree((void*)handle);
            return true;
        }
    }
}
