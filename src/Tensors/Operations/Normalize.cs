using Euterpe.Numerics;

namespace Euterpe.Tensors;

public static unsafe partial class Operations
{
    /// <summary>x / max(|x|, eps), the length taken over one dimension.</summary>
    public static Tensor Normalize(Workspace w, Tensor x, int dim = -1, float eps = 1e-12f)
    {
        CheckFloats("normalize", x);
        Tensor length = Length(w, x, x.Shape.Index(dim, "normalize"));
        return Div(w, x, Clamp(w, length, min: eps));
    }

    /// <summary>The cosine of the angle between x and y along a dimension, which falls away; lengths below eps count as eps.</summary>
    public static Tensor CosineSimilarity(Workspace w, Tensor x, Tensor y, int dim = 1, float eps = 1e-8f)
    {
        Shape shape = Shape.Broadcast("cosine_similarity", x.Shape, y.Shape);
        int axis = shape.Index(dim, "cosine_similarity");
        Tensor a = Normalize(w, x.Expand(shape), axis, eps), b = Normalize(w, y.Expand(shape), axis, eps);
        return Sum(w, Mul(w, a, b), axis);
    }

    /// <summary>
    /// Weight normalization: g v / |v|, the length taken over all dimensions but one. g has the size of that dimension there and 1 elsewhere
    /// ("weight_g", "weight_v", or "parametrizations.weight.original0" and "original1").
    /// </summary>
    public static Tensor WeightNorm(Workspace w, Tensor v, Tensor g, int dim = 0)
    {
        CheckFloats("weight_norm", v, "v");
        CheckFloats("weight_norm", g, "g");
        int axis = v.Shape.Index(dim, "weight_norm");
        bool fits = g.Rank == v.Rank;
        for (int i = 0; fits && i < v.Rank; i++)
        {
            fits = g.Size(i) == (i == axis ? v.Size(i) : 1);
        }
        if (!fits)
        {
            throw new ShapeException($"[weight_norm] g must have the size of v in dimension {dim} and 1 elsewhere: v is {v.Shape}, g is {g.Shape}.");
        }
        Span<int> others = stackalloc int[Shape.MaximumRank];
        int count = 0;
        for (int i = 0; i < v.Rank; i++)
        {
            if (i != axis)
            {
                others[count++] = i;
            }
        }
        Tensor length = count == 0 ? Abs(w, v) : Sqrt(w, Reduce(w, "weight_norm", v, others[..count], true, Reduction.SumOfSquares));
        return Mul(w, v, Div(w, g, length));
    }

    private static Tensor Length(Workspace w, Tensor x, int axis) => Sqrt(w, Reduce(w, "normalize", x, [axis], true, Reduction.SumOfSquares));
}
