using Euterpe.Numerics;

namespace Euterpe.Tensors;

public static unsafe partial class Operations
{
    /// <summary>
    /// The values in another type; the tensor itself where it has that type. To bf16 and f16 the nearest is taken, ties to even, small ones kept as
    /// denormals; float to integer cuts the fraction off.
    /// </summary>
    public static Tensor ToType(Workspace w, Tensor x, DType type)
    {
        if (x.Type == type)
        {
            return x;
        }
        Tensor source = Contiguous(w, x);
        Tensor y = w.Allocate(type, x.Shape);
        Convert(source.Data, x.Type, y.Data, type, x.Count);
        GC.KeepAlive(source);
        return y;
    }

    /// <summary>A tensor of its own in another type: for weights as they are loaded.</summary>
    public static Tensor ToType(Tensor x, DType type)
    {
        Tensor source = x.IsContiguous ? x : x.Keep();
        Tensor y = Tensor.Create(type, x.Shape);
        Convert(source.Data, x.Type, y.Data, type, x.Count);
        GC.KeepAlive(source);
        return y;
    }

    private static void Convert(void* source, DType from, void* target, DType to, long count)
    {
        if (from == to)
        {
            Buffer.MemoryCopy(source, target, count * to.Size(), count * to.Size());
            return;
        }
        switch (from, to)
        {
            case (DType.BF16, DType.F32):
                Bf16.ToFloat(new ReadOnlySpan<ushort>(source, checked((int)count)), new Span<float>(target, (int)count));
                return;
            case (DType.F32, DType.BF16):
                Bf16.FromFloat(new ReadOnlySpan<float>(source, checked((int)count)), new Span<ushort>(target, (int)count));
                return;
            case (DType.F16, DType.F32):
                F16.ToFloat(new ReadOnlySpan<ushort>(source, checked((int)count)), new Span<float>(target, (int)count));
                return;
        }
        if (to.IsFloat() || from.IsFloat())
        {
            for (long i = 0; i < count; i++)
            {
                Write(target, to, i, Read(source, from, i));
            }
            return;
        }
        for (long i = 0; i < count; i++)
        {
            WriteInteger(target, to, i, ReadInteger(source, from, i));
        }
    }

    /// <summary>A double holds every f32, bf16, f16 and every integer up to 2^53.</summary>
    private static double Read(void* source, DType type, long i) => type switch
    {
        DType.F32 => ((float*)source)[i],
        DType.F64 => ((double*)source)[i],
        DType.F16 => (double)((Half*)source)[i],
        DType.BF16 => Bf16.ToFloat(((ushort*)source)[i]),
        _ => ReadInteger(source, type, i),
    };

    private static void Write(void* target, DType type, long i, double value)
    {
        switch (type)
        {
            case DType.F32:
                ((float*)target)[i] = (float)value;
                break;
            case DType.F64:
                ((double*)target)[i] = value;
                break;
            case DType.F16:
                ((Half*)target)[i] = (Half)value;
                break;
            case DType.BF16:
                ((ushort*)target)[i] = Bf16.FromFloat((float)value);
                break;
            case DType.Bool:
                ((byte*)target)[i] = value != 0 ? (byte)1 : (byte)0;
                break;
            default:
                // Saturating, NaN to 0: the same on every machine.
                WriteInteger(target, type, i, double.IsNaN(value) ? 0 : value >= 9.2233720368547758e18 ? long.MaxValue
                    : value <= -9.2233720368547758e18 ? long.MinValue : (long)value);
                break;
        }
    }

    private static long ReadInteger(void* source, DType type, long i) => type switch
    {
        DType.I64 => ((long*)source)[i],
        DType.I32 => ((int*)source)[i],
        DType.I16 => ((short*)source)[i],
        DType.I8 => ((sbyte*)source)[i],
        DType.U8 => ((byte*)source)[i],
        DType.Bool => ((byte*)source)[i] != 0 ? 1 : 0,
        _ => throw new ShapeException($"[to_type] {type} holds no integers."),
    };

    private static void WriteInteger(void* target, DType type, long i, long value)
    {
        switch (type)
        {
            case DType.I64:
                ((long*)target)[i] = value;
                break;
            case DType.I32:
                ((int*)target)[i] = unchecked((int)value);
                break;
            case DType.I16:
                ((short*)target)[i] = unchecked((short)value);
                break;
            case DType.I8:
                ((sbyte*)target)[i] = unchecked((sbyte)value);
                break;
            case DType.U8:
                ((byte*)target)[i] = unchecked((byte)value);
                break;
            case DType.Bool:
                ((byte*)target)[i] = value != 0 ? (byte)1 : (byte)0;
                break;
        }
    }
}
