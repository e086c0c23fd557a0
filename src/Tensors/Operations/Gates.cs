using Euterpe.Numerics;

namespace Euterpe.Tensors;

public static unsafe partial class Operations
{
    /// <summary>The gated linear unit: the first half of a dimension times the sigmoid of its second half.</summary>
    public static Tensor Glu(Workspace w, Tensor x, int dim = -1) => Gate(w, "glu", x, dim, default(Gates.Sigmoid));

    /// <summary>The first half of a dimension times the GELU of its second half.</summary>
    public static Tensor GeGlu(Workspace w, Tensor x, int dim = -1) => Gate(w, "geglu", x, dim, default(Gates.Gelu));

    /// <summary>target = x + target * scale where the target lies, rounded once: a scaled branch joins the stream it left.</summary>
    public static Tensor ScaleAddInPlace(Workspace w, Tensor target, float scale, Tensor x)
    {
        CheckFloats("scale_add", target, "target");
        CheckFloats("scale_add", x);
        if (!target.IsContiguous || !x.Shape.StretchesTo(target.Shape))
        {
            throw new ShapeException(
                $"[scale_add] The target must be contiguous and not smaller than x: the target is {target}, x is {x.Shape}.");
        }
        w.Token.ThrowIfCancellationRequested();
        Zip(w, target, x.Expand(target.Shape), target, new ScaledPlus(scale));
        return target;
    }

    private static Tensor Gate<TOp>(Workspace w, string operation, Tensor x, int dim, TOp op) where TOp : unmanaged, IBinary
    {
        int axis = x.Shape.Index(dim, operation), half = x.Size(axis) / 2;
        if (x.Size(axis) != 2 * half)
        {
            throw new ShapeException($"[{operation}] A dimension of two halves is expected: dimension {dim} of {x.Shape} is odd.");
        }
        return Zip(w, operation, x.Narrow(axis, 0, half), x.Narrow(axis, half, half), op);
    }

    private readonly struct ScaledPlus(float scale) : IBinary
    {
        public T Of<T>(T a, T b) where T : struct, ILanes<T> => T.Fma(a, T.Of(scale), b);

        public T SlopeA<T>(T a, T b) where T : struct, ILanes<T> => T.Of(scale);

        public T SlopeB<T>(T a, T b) where T : struct, ILanes<T> => T.Of(1f);
    }
}
