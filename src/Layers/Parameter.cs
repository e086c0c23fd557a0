using Euterpe.Tensors;

namespace Euterpe.Layers;

/// <summary>One named tensor of a model. A list of them is what saving, counting and an optimizer walk over.</summary>
public sealed class Parameter
{
    private readonly Lock gate = new();
    private Tensor? stored;
    private Tensor? value;
    private bool released;

    internal Parameter(string name, Shape shape, Tensor? stored)
    {
        (Name, Shape, this.stored) = (name, shape, stored);
    }

    /// <summary>The whole name, as the checkpoint has it.</summary>
    public string Name { get; }

    public Shape Shape { get; }

    /// <summary>Whether the values are there: not in a listing, and not after packing.</summary>
    public bool HasValue => stored is not null;

    /// <summary>The values in the type of the file (f32, bf16, f16).</summary>
    public Tensor Stored => stored ?? throw new InvalidOperationException(released
        ? $"[layers] {Name}: the plain values were given up when the weight was packed. Hint: open the model with Packing.Plain to train or save it."
        : $"[layers] {Name}: a listing has names and shapes only.");

    /// <summary>The values in f32; made on the first use where the file has another type.</summary>
    public Tensor Value
    {
        get
        {
            if (value is not null)
                return value;
            lock (gate)
                return value ??= Stored.Type == DType.F32 ? Stored : Operations.ToType(Stored, DType.F32);
        }
    }

    /// <summary>Gives the plain values up.</summary>
    internal void Release()
    {
        if (value is not null && !ReferenceEquals(value, stored))
            value.Dispose();
        stored?.Dispose();
        (stored, value, released) = (null, null, true);
    }

    public override string ToString() => $"{Name} {Shape}";
}
