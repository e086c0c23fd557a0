namespace Euterpe.Tensors;

public static unsafe partial class Operations
{
    /// <summary>Moves the elements of a dimension on by shift; what leaves at one end comes in at the other.</summary>
    public static Tensor Roll(Workspace w, Tensor x, int shift, int dim)
    {
        int axis = x.Shape.Index(dim, "roll");
        int size = x.Size(axis);
        int start = size == 0 ? 0 : (int)((((long)-shift % size) + size) % size);
        return start == 0 ? Copy(w, x) : Cat(w, axis, x.Narrow(axis, start, size - start), x.Narrow(axis, 0, start));
    }

    /// <summary>Rolls several dimensions, each by its shift.</summary>
    public static Tensor Roll(Workspace w, Tensor x, ReadOnlySpan<int> shifts, ReadOnlySpan<int> dims)
    {
        if (shifts.Length != dims.Length)
        {
            throw new Numerics.ShapeException($"[roll] Every dimension needs its shift: {shifts.Length} shifts, {dims.Length} dimensions.");
        }
        if (dims.IsEmpty)
        {
            return Copy(w, x);
        }
        for (int i = 0; i < dims.Length; i++)
        {
            x = Roll(w, x, shifts[i], dims[i]);
        }
        return x;
    }
}
