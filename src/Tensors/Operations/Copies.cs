namespace Euterpe.Tensors;

/// <summary>
/// What networks are made of: one file per operation, each with its shape check and its forward pass. Every operation takes the <see
/// cref="Workspace"/> first, allocates its result from it, and gives the same bits for any number of threads and any batch.
/// </summary>
public static unsafe partial class Operations
{
    /// <summary>The tensor itself where its elements lie one after the other, else a copy in which they do.</summary>
    public static Tensor Contiguous(Workspace w, Tensor x) => x.IsContiguous ? x : Copy(w, x);

    /// <summary>A contiguous copy.</summary>
    public static Tensor Copy(Workspace w, Tensor x)
    {
        Tensor y = w.Allocate(x.Type, x.Shape);
        StridedCopy.Run((byte*)x.Data, x, (byte*)y.Data);
        GC.KeepAlive(x);
        return y;
    }

    /// <summary>Another shape: a view where the strides allow it, else a copy.</summary>
    public static Tensor Reshape(Workspace w, Tensor x, params ReadOnlySpan<int> sizes)
    {
        Shape shape = x.Resolve(sizes);
        Span<long> strides = stackalloc long[Shape.MaximumRank];
        return x.TryReshape(shape, strides) ? x.Reshape(sizes) : Copy(w, x).Reshape(sizes);
    }
}
