using Euterpe.Numerics;

namespace Euterpe.Tensors;

public static unsafe partial class Operations
{
    /// <summary>a where the condition (Bool) holds, else b; all three stretch to one shape.</summary>
    public static Tensor Where(Workspace w, Tensor condition, Tensor a, Tensor b)
    {
        if (condition.Type != DType.Bool || a.Type != DType.F32 || b.Type != DType.F32)
        {
            throw new ShapeException($"[where] A Bool condition and F32 values are expected: found {condition}, {a}, {b}.");
        }
        Shape shape = Shape.Broadcast("where", condition.Shape, Shape.Broadcast("where", a.Shape, b.Shape));
        Tensor c = Contiguous(w, condition.Expand(shape)), left = Contiguous(w, a.Expand(shape)), right = Contiguous(w, b.Expand(shape));
        Tensor y = w.Allocate(shape);
        byte* chosen = (byte*)c.Data;
        float* p = left.Floats, q = right.Floats, target = y.Floats;
        for (long i = 0; i < shape.Count; i++)
        {
            target[i] = chosen[i] != 0 ? p[i] : q[i];
        }
        GC.KeepAlive(c);
        GC.KeepAlive(left);
        GC.KeepAlive(right);
        return y;
    }

    /// <summary>The value where the mask (Bool, stretched to x) holds, else x.</summary>
    public static Tensor MaskedFill(Workspace w, Tensor x, Tensor mask, float value)
    {
        if (mask.Type != DType.Bool || x.Type != DType.F32)
        {
            throw new ShapeException($"[masked_fill] F32 values and a Bool mask are expected: found {x}, {mask}.");
        }
        Tensor m = Contiguous(w, mask.Expand(x.Shape));
        Tensor y = Copy(w, x);
        byte* masked = (byte*)m.Data;
        float* target = y.Floats;
        for (long i = 0; i < x.Count; i++)
        {
            if (masked[i] != 0)
            {
                target[i] = value;
            }
        }
        GC.KeepAlive(m);
        return y;
    }
}
