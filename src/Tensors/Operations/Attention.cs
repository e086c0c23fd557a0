using Euterpe.Numerics;

namespace Euterpe.Tensors;

public static unsafe partial class Operations
{
    /// <summary>
    /// softmax(scale q k^T + bias + mask) v for q [.., Tq, D], k [.., Tk, D], v [.., Tk, Dv]; the dimensions before stretch to each other, and views
    /// of heads are read where they lie ([B, T, heads, D] transposed). bias and mask stretch to [.., Tq, Tk]; a Bool mask says which positions are
    /// seen. Both are read fastest when they are stored by position (a transposed view of [.., Tk, Tq]). With causal, query i sees the positions up
    /// to i + causalOffset. The result [.., heads, Tq, Dv] is a view of [.., Tq, heads, Dv], so that Transpose(-2, -3) and Reshape join the heads
    /// without a copy. A row that sees nothing is NaN.
    /// </summary>
    public static Tensor ScaledDotProductAttention(Workspace w, Tensor q, Tensor k, Tensor v, Tensor? bias = null, Tensor? mask = null,
        bool causal = false, int causalOffset = 0, float? scale = null)
    {
        Shape shape = CheckAttention(q, k, v);
        int outer = shape.Rank - 2, queries = q.Size(-2), positions = k.Size(-2), width = q.Size(-1), valueWidth = v.Size(-1);
        q = DenseRows(w, q);
        k = DenseRows(w, k);
        v = DenseRows(w, v);
        Shape scores = shape.With(-1, positions);
        bias = Addend(w, "bias", bias, scores);
        mask = Addend(w, "mask", mask, scores);
        Tensor y = AllocateHeads(w, shape);
        if (y.Count == 0)
        {
            return y;
        }
        Span<int> sizes = stackalloc int[Shape.MaximumRank];
        shape.Span[..outer].CopyTo(sizes);
        Span<long> steps = stackalloc long[6 * Shape.MaximumRank];
        steps.Clear();
        BatchSteps(q, outer, steps);
        BatchSteps(k, outer, steps[Shape.MaximumRank..]);
        BatchSteps(v, outer, steps[(2 * Shape.MaximumRank)..]);
        BatchSteps(y, outer, steps[(3 * Shape.MaximumRank)..]);
        if (bias is not null)
        {
            BatchSteps(bias, outer, steps[(4 * Shape.MaximumRank)..]);
        }
        if (mask is not null)
        {
            BatchSteps(mask, outer, steps[(5 * Shape.MaximumRank)..]);
        }
        int strip = AttentionKernel.QueriesPerPart(queries, positions);
        long heads = 1;
        for (int i = 0; i < outer; i++)
        {
            heads *= sizes[i];
        }
        fixed (int* size = sizes)
        fixed (long* step = steps)
        {
            var part = new AttentionPart
            {
                Head = new AttentionHead
                {
                    Q = q.Floats,
                    K = k.Floats,
                    V = v.Floats,
                    Y = y.Floats,
                    QRow = q.Stride(-2),
                    KRow = k.Stride(-2),
                    VRow = v.Stride(-2),
                    YRow = y.Stride(-2),
                    Queries = queries,
                    Positions = positions,
                    Width = width,
                    ValueWidth = valueWidth,
                    Scale = scale ?? 1 / MathF.Sqrt(width),
                    Causal = causal,
                    Offset = causalOffset,
                    Bias = Pointer(bias),
                    Mask = Pointer(mask),
                    BiasQuery = bias?.Stride(-2) ?? 0,
                    BiasPosition = bias?.Stride(-1) ?? 0,
                    MaskQuery = mask?.Stride(-2) ?? 0,
                    MaskPosition = mask?.Stride(-1) ?? 0,
                },
                Outer = outer,
                Sizes = size,
                Steps = step,
                Strip = strip,
                Strips = (queries + strip - 1) / strip,
            };
            Parts.Run(w, ref part, heads * part.Strips, (long)strip * positions * (width + valueWidth + 16));
        }
        GC.KeepAlive(q);
        GC.KeepAlive(k);
        GC.KeepAlive(v);
        GC.KeepAlive(bias);
        GC.KeepAlive(mask);
        return y;
    }

    private static Shape CheckAttention(Tensor q, Tensor k, Tensor v)
    {
        const string Name = "scaled_dot_product_attention";
        CheckFloats(Name, q, "q");
        CheckFloats(Name, k, "k");
        CheckFloats(Name, v, "v");
        if (q.Rank < 2 || k.Rank < 2 || v.Rank < 2 || q.Size(-1) != k.Size(-1) || k.Size(-2) != v.Size(-2))
        {
            throw new ShapeException(
                $"[{Name}] q [.., Tq, D], k [.., Tk, D] and v [.., Tk, Dv] are expected: q is {q.Shape}, k is {k.Shape}, v is {v.Shape}. Hint: "
                    + "heads come before positions; Transpose(1, 2)?");
        }
        Shape outer = Shape.Broadcast(Name, new Shape(q.Shape.Span[..^2]), Shape.Broadcast(Name, new Shape(k.Shape.Span[..^2]),
            new Shape(v.Shape.Span[..^2])));
        Span<int> sizes = stackalloc int[Shape.MaximumRank];
        outer.Span.CopyTo(sizes);
        sizes[outer.Rank] = q.Size(-2);
        sizes[outer.Rank + 1] = v.Size(-1);
        return new Shape(sizes[..(outer.Rank + 2)]);
    }

    private static Tensor DenseRows(Workspace w, Tensor x) => x.Stride(-1) == 1 || x.Size(-1) <= 1 ? x : Contiguous(w, x);

    /// <summary>What is added to the scores, stretched to the last two sizes; the dimensions before stretch by their steps.</summary>
    private static Tensor? Addend(Workspace w, string name, Tensor? x, Shape scores)
    {
        if (x is null)
        {
            return null;
        }
        if (x.Type == DType.Bool)
        {
            x = BoolToAddend(w, x);
        }
        CheckFloats("scaled_dot_product_attention", x, name);
        if (!x.Shape.StretchesTo(scores))
        {
            throw new ShapeException($"[scaled_dot_product_attention] The {name} must stretch to the scores {scores}: it is {x.Shape}.");
        }
        Span<int> sizes = stackalloc int[Shape.MaximumRank];
        int rank = Math.Max(x.Rank, 2);
        sizes.Fill(-1);
        (sizes[rank - 2], sizes[rank - 1]) = (scores[-2], scores[-1]);
        return x.Expand(sizes[..rank]);
    }

    private static Tensor BoolToAddend(Workspace w, Tensor mask)
    {
        Tensor seen = Contiguous(w, mask);
        Tensor y = w.Allocate(mask.Shape);
        byte* from = (byte*)seen.Data;
        for (long i = 0; i < y.Count; i++)
        {
            y.Floats[i] = from[i] != 0 ? 0 : float.NegativeInfinity;
        }
        GC.KeepAlive(seen);
        return y;
    }

    /// <summary>[.., heads, T, D] as a view of memory that is [.., T, heads, D].</summary>
    private static Tensor AllocateHeads(Workspace w, Shape shape)
    {
        if (shape.Rank < 3)
        {
            return w.Allocate(shape);
        }
        return w.Allocate(shape.With(-2, shape[-3]).With(-3, shape[-2])).Transpose(-2, -3);
    }

    private struct AttentionPart : IPart
    {
        public AttentionHead Head;
        public int Outer, Strip, Strips;
        public int* Sizes;
        public long* Steps;

        public readonly void Run(long start, long end)
        {
            for (long item = start; item < end; item++)
            {
                AttentionHead head = Head;
                long number = item / Strips;
                head.Q += Offset(0, number);
                head.K += Offset(1, number);
                head.V += Offset(2, number);
                head.Y += Offset(3, number);
                head.Bias = head.Bias == null ? null : head.Bias + Offset(4, number);
                head.Mask = head.Mask == null ? null : head.Mask + Offset(5, number);
                int first = (int)(item % Strips) * Strip;
                AttentionKernel.Run(head, first, Math.Min(Strip, head.Queries - first));
            }
        }

        private readonly long Offset(int operand, long number)
        {
            long offset = 0;
            for (int i = Outer - 1; i >= 0; i--)
            {
                offset += number % Sizes[i] * Steps[operand * Shape.MaximumRank + i];
                number /= Sizes[i];
            }
            return offset;
        }
    }
}
