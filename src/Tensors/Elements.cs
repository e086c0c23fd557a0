using Euterpe.Numerics;

namespace Euterpe.Tensors;

public static unsafe partial class Operations
{
    // The walk over elements exists once: contiguous runs go to the loops of Numerics, divided among threads.
    private static Tensor Map<TOp>(Workspace w, string operation, Tensor x, TOp op) where TOp : unmanaged, IUnary
    {
        CheckFloats(operation, x);
        Tensor source = Contiguous(w, x);
        Tensor y = w.Allocate(x.Shape);
        var part = new MapPart<TOp> { X = source.Floats, Y = y.Floats, Op = op };
        Parts.Run(w, ref part, x.Count, 4);
        GC.KeepAlive(source);
        return y;
    }

    private static Tensor Zip<TOp>(Workspace w, string operation, Tensor a, Tensor b, TOp op) where TOp : unmanaged, IBinary
    {
        CheckFloats(operation, a, "a");
        CheckFloats(operation, b, "b");
        Shape shape = Shape.Broadcast(operation, a.Shape, b.Shape);
        Tensor y = w.Allocate(shape);
        Zip(w, a.Shape == shape ? a : a.Expand(shape), b.Shape == shape ? b : b.Expand(shape), y, op);
        return y;
    }

    /// <summary>a, b and y have one shape; y is contiguous and may be a or b.</summary>
    private static void Zip<TOp>(Workspace w, Tensor a, Tensor b, Tensor y, TOp op) where TOp : unmanaged, IBinary
    {
        if (y.Count == 0)
        {
            return;
        }
        Span<int> sizes = stackalloc int[Shape.MaximumRank];
        Span<long> aSteps = stackalloc long[Shape.MaximumRank], bSteps = stackalloc long[Shape.MaximumRank];
        int rank = Layout.Collapse(a, b, sizes, aSteps, bSteps);
        fixed (int* size = sizes)
        fixed (long* aStep = aSteps)
        fixed (long* bStep = bSteps)
        {
            var part = new ZipPart<TOp>
            {
                A = a.Floats,
                B = b.Floats,
                Y = y.Floats,
                Sizes = size,
                ASteps = aStep,
                BSteps = bStep,
                Rank = rank,
                Op = op
            };
            Parts.Run(w, ref part, y.Count, 2);
        }
        GC.KeepAlive(a);
        GC.KeepAlive(b);
    }

    private struct MapPart<TOp> : IPart where TOp : unmanaged, IUnary
    {
        public float* X, Y;
        public TOp Op;

        public readonly void Run(long start, long end) => Elementwise.Map(Op, new ReadOnlySpan<float>(X + start, (int)(end - start)),
            new Span<float>(Y + start, (int)(end - start)));
    }

    private struct ZipPart<TOp> : IPart where TOp : unmanaged, IBinary
    {
        public float* A, B, Y;
        public int* Sizes;
        public long* ASteps, BSteps;
        public int Rank;
        public TOp Op;

        public readonly void Run(long start, long end)
        {
            int last = Rank - 1, length = Sizes[last];
            var a = new Odometer(new ReadOnlySpan<int>(Sizes, last), new ReadOnlySpan<long>(ASteps, last), start / length);
            var b = new Odometer(new ReadOnlySpan<int>(Sizes, last), new ReadOnlySpan<long>(BSteps, last), start / length);
            long at = start % length;
            while (start < end)
            {
                long run = Math.Min(length - at, end - start);
                Run(A + a.Offset + at * ASteps[last], ASteps[last], B + b.Offset + at * BSteps[last], BSteps[last], Y + start, (int)run);
                start += run;
                at = 0;
                a.Next();
                b.Next();
            }
        }

        private readonly void Run(float* a, long aStep, float* b, long bStep, float* y, int length)
        {
            var target = new Span<float>(y, length);
            switch (aStep, bStep)
            {
                case (1, 1):
                    Elementwise.Zip(Op, new ReadOnlySpan<float>(a, length), new ReadOnlySpan<float>(b, length), target);
                    break;
                case (1, 0):
                    Elementwise.Map(new WithNumber<TOp>(*b, Op), new ReadOnlySpan<float>(a, length), target);
                    break;
                case (0, 1):
                    Elementwise.Map(new OfNumber<TOp>(*a, Op), new ReadOnlySpan<float>(b, length), target);
                    break;
                default:
                    for (int i = 0; i < length; i++)
                    {
                        y[i] = Op.Of(new V1(a[i * aStep]), new V1(b[i * bStep])).Value;
                    }
                    break;
            }
        }
    }

    /// <summary>op(x, number).</summary>
    private readonly struct WithNumber<TOp>(float number, TOp op = default) : IUnary where TOp : unmanaged, IBinary
    {
        public T Of<T>(T x) where T : struct, ILanes<T> => op.Of(x, T.Of(number));

        public T Slope<T>(T x) where T : struct, ILanes<T> => op.SlopeA(x, T.Of(number));
    }

    /// <summary>op(number, x).</summary>
    private readonly struct OfNumber<TOp>(float number, TOp op) : IUnary where TOp : unmanaged, IBinary
    {
        public T Of<T>(T x) where T : struct, ILanes<T> => op.Of(T.Of(number), x);

        public T Slope<T>(T x) where T : struct, ILanes<T> => op.SlopeB(T.Of(number), x);
    }
}
