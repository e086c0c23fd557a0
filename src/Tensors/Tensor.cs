using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Euterpe.Numerics;

namespace Euterpe.Tensors;

/// <summary>
/// Numbers with a shape. Views share the storage of the tensor they come from; strides are counted in elements and may be 0 (expanded). A tensor made
/// by an operation lives in that operation's <see cref="Workspace"/> until it is reset; <see cref="Keep"/> copies one out.
/// </summary>
public sealed unsafe partial class Tensor : IDisposable
{
    [InlineArray(Shape.MaximumRank)]
    private struct Steps
    {
        private long _first;
    }

    private readonly Steps _strides;
    private readonly long _offset;
    private readonly Shape _shape;
    private bool _disposed;

    internal Tensor(Storage storage, DType type, Shape shape)
    {
        Storage = storage;
        Type = type;
        _shape = shape;
        long stride = 1;
        for (int i = shape.Rank - 1; i >= 0; i--)
        {
            _strides[i] = stride;
            stride *= Math.Max(shape[i], 1);
        }
        IsContiguous = true;
    }

    private Tensor(Tensor source, Shape shape, ReadOnlySpan<long> strides, long offset)
    {
        Storage = source.Storage;
        Storage.Retain();
        Type = source.Type;
        _shape = shape;
        _offset = offset;
        long expected = 1;
        bool contiguous = true;
        for (int i = shape.Rank - 1; i >= 0; i--)
        {
            _strides[i] = strides[i];
            contiguous &= shape[i] == 1 || strides[i] == expected;
            expected *= shape[i];
        }
        IsContiguous = contiguous || shape.Count == 0;
    }

    internal Storage Storage { get; }

    public DType Type { get; }

    public Shape Shape => _shape;

    public int Rank => _shape.Rank;

    /// <summary>The number of elements.</summary>
    public long Count => _shape.Count;

    /// <summary>Whether the elements lie one after the other, the last dimension running fastest.</summary>
    public bool IsContiguous { get; }

    /// <summary>Whether the memory is still there: false after the workspace's reset, a scope's end or Dispose.</summary>
    public bool IsAlive => !_disposed && Storage.IsAlive;

    /// <summary>The size of a dimension; negative ones count from the end.</summary>
    public int Size(int dim) => _shape[dim];

    /// <summary>How many elements further the next index of a dimension lies.</summary>
    public long Stride(int dim) => _strides[_shape.Index(dim)];

    public ReadOnlySpan<long> Strides => ((ReadOnlySpan<long>)_strides)[..Rank];

    /// <summary>The elements of a contiguous f32 tensor.</summary>
    public Span<float> Span => AsSpan<float>();

    /// <summary>The integers of a contiguous i64 tensor.</summary>
    public Span<long> Integers => AsSpan<long>();

    /// <summary>The bytes of a contiguous tensor of any type.</summary>
    public Span<byte> Bytes
    {
        get
        {
            RequireContiguous();
            return new Span<byte>(Data, checked((int)(Count * Type.Size())));
        }
    }

    /// <summary>The elements of a contiguous tensor, as the .NET type of its <see cref="DType"/> (bf16 as ushort).</summary>
    public Span<T> AsSpan<T>() where T : unmanaged
    {
        if (!Type.Holds<T>())
        {
            throw new ShapeException($"[tensor] The elements are {Type}, not {typeof(T).Name}: the shape is {Shape}. Hint: "
                + $"ToType({DTypeHint<T>()})?");
        }
        RequireContiguous();
        return new Span<T>(Data, checked((int)Count));
    }

    /// <summary>A tensor of its own (not of a workspace) that holds a copy of the values.</summary>
    public static Tensor From(ReadOnlySpan<float> values, params ReadOnlySpan<int> shape) => FromValues(values, DType.F32, new Shape(shape));

    public static Tensor From(ReadOnlySpan<float> values, Shape shape) => FromValues(values, DType.F32, shape);

    public static Tensor From(ReadOnlySpan<long> values, params ReadOnlySpan<int> shape) => FromValues(values, DType.I64, new Shape(shape));

    public static Tensor From(ReadOnlySpan<int> values, params ReadOnlySpan<int> shape) => FromValues(values, DType.I32, new Shape(shape));

    public static Tensor From(ReadOnlySpan<bool> values, params ReadOnlySpan<int> shape) => FromValues(values, DType.Bool, new Shape(shape));

    public static Tensor Scalar(float value) => FromValues<float>([value], DType.F32, new Shape());

    /// <summary>A tensor of its own from the bytes of its elements, as files hold them.</summary>
    public static Tensor FromBytes(ReadOnlySpan<byte> bytes, DType type, Shape shape)
    {
        if (bytes.Length != shape.Count * type.Size())
        {
            throw new ShapeException($"[tensor] {shape} of {type} takes {shape.Count * type.Size()} bytes: found {bytes.Length}.");
        }
        Tensor tensor = Create(type, shape);
        bytes.CopyTo(tensor.Bytes);
        return tensor;
    }

    /// <summary>A contiguous tensor of its own whose elements are not set.</summary>
    public static Tensor Create(DType type, Shape shape) => new(Storage.Own(checked(shape.Count * type.Size())), type, shape);

    public static Tensor Zeros(params ReadOnlySpan<int> shape)
    {
        Tensor tensor = Create(DType.F32, new Shape(shape));
        NativeMemory.Clear(tensor.Data, (nuint)(tensor.Count * sizeof(float)));
        return tensor;
    }

    /// <summary>
    /// A contiguous tensor over memory that belongs to <paramref name="owner"/> (a mapped file), who is kept alive by it. Nothing is copied.
    /// </summary>
    public static Tensor Borrow(object owner, void* data, DType type, Shape shape) =>
        new(Storage.Borrow(owner, (byte*)data, checked(shape.Count * type.Size())), type, shape);

    /// <summary>A contiguous copy that belongs to itself: it outlives the workspace's reset.</summary>
    public Tensor Keep()
    {
        Tensor kept = Create(Type, Shape);
        CopyTo(kept);
        return kept;
    }

    /// <summary>Gives this tensor's share of the storage back; the last one frees it.</summary>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            Storage.Release();
        }
    }

    /// <summary>One f32 element.</summary>
    [IndexerName("Element")]
    public float this[params ReadOnlySpan<int> index]
    {
        get
        {
            if (Type != DType.F32)
            {
                throw new ShapeException($"[tensor] An element is read from F32: the type is {Type}. Hint: ToType(F32)?");
            }
            if (index.Length != Rank)
            {
                throw new ShapeException($"[tensor] An element of {Shape} has {Rank} indices: found {index.Length}.");
            }
            long at = 0;
            for (int i = 0; i < index.Length; i++)
            {
                if ((uint)index[i] >= (uint)_shape[i])
                {
                    throw new IndexOutOfRangeException($"[tensor] {Shape.Text(index)} is outside of {Shape}.");
                }
                at += index[i] * _strides[i];
            }
            float value = ((float*)Data)[at];
            GC.KeepAlive(this);
            return value;
        }
    }

    /// <summary>The only element.</summary>
    public float Item()
    {
        if (Count != 1 || Type != DType.F32)
        {
            throw new ShapeException($"[item] One F32 element is expected: found {Shape} of {Type}.");
        }
        float value = *(float*)Data;
        GC.KeepAlive(this);
        return value;
    }

    /// <summary>The f32 elements in the order of their indices, whatever the strides.</summary>
    public float[] ToArray()
    {
        if (Type != DType.F32)
        {
            throw new ShapeException($"[tensor] ToArray() reads F32: the type is {Type}. Hint: ToType(F32)?");
        }
        var values = new float[checked((int)Count)];
        fixed (float* target = values)
        {
            StridedCopy.Run((byte*)Data, this, (byte*)target);
        }
        GC.KeepAlive(this);
        return values;
    }

    /// <summary>Copies all elements into a contiguous tensor of the same type and shape.</summary>
    public void CopyTo(Tensor target)
    {
        if (target.Type != Type || target.Shape != Shape || !target.IsContiguous)
        {
            throw new ShapeException($"[copy] A contiguous target of {Shape} {Type} is expected: found {target.Shape} {target.Type}.");
        }
        StridedCopy.Run((byte*)Data, this, (byte*)target.Data);
        GC.KeepAlive(this);
        GC.KeepAlive(target);
    }

    public override string ToString() => $"{Type}{Shape}";

    /// <summary>The first element's address. Kernels that use it keep the tensor alive until they are done (GC.KeepAlive).</summary>
    internal void* Data
    {
        get
        {
            byte* data = Storage.Data;
            ObjectDisposedException.ThrowIf(_disposed, this);
            return data + _offset * Type.Size();
        }
    }

    internal float* Floats => (float*)Data;

    private static Tensor FromValues<T>(ReadOnlySpan<T> values, DType type, Shape shape) where T : unmanaged
    {
        if (values.Length != shape.Count)
        {
            throw new ShapeException($"[tensor] {shape} has {shape.Count} elements: found {values.Length} values.");
        }
        Tensor tensor = Create(type, shape);
        values.CopyTo(new Span<T>(tensor.Data, values.Length));
        return tensor;
    }

    private static string DTypeHint<T>() => typeof(T) == typeof(float) ? "DType.F32" : typeof(T) == typeof(long) ? "DType.I64" : "...";

    private void RequireContiguous()
    {
        if (!IsContiguous)
        {
            throw new ShapeException(
                $"[tensor] A span needs contiguous elements: {Shape} has strides [{string.Join(", ", Strides.ToArray())}]. Hint: Contiguous(w)?");
        }
    }
}
