using Euterpe.Numerics;
using Euterpe.Numerics.Files;

namespace Euterpe.Tensors.Files.Torch;

/// <summary>One view of a storage: its bytes in the file where they are one run, else a copy, made when first asked for.</summary>
internal sealed unsafe class TorchView(TorchTensor tensor, ITorchBytes bytes, string file) : IDisposable
{
    private readonly Lock gate = new();
    private volatile bool ready;
    private NativeBuffer? copy;
    private byte* data;

    public TorchTensor Tensor => tensor;

    public bool IsCopy { get; } = !IsRun(tensor) || (bytes.BigEndian && tensor.Type.Size() > 1);

    public byte* Address()
    {
        if (!ready)
        {
            lock (gate)
            {
                if (!ready)
                {
                    Prepare();
                    ready = true;
                }
            }
        }
        return data;
    }

    public void Dispose() => copy?.Dispose();

    private void Prepare()
    {
        byte* start = bytes.Address(tensor.Storage);
        start += tensor.Count == 0 ? 0 : tensor.Storage.Offset + (tensor.Offset * tensor.Type.Size());
        if (IsCopy)
        {
            copy = new NativeBuffer(tensor.Length);
            var target = (byte*)copy.Pointer;
            Copy(start, target);
            if (bytes.BigEndian)
            {
                Swap(target);
            }
            start = target;
        }
        if (tensor.Type == StoredType.Bool)
        {
            StoredFlags.Check(file, tensor.Shape, start, tensor.Length);
        }
        data = start;
    }

    private static bool IsRun(TorchTensor tensor)
    {
        long expected = 1;
        for (int i = tensor.Shape.Length - 1; i >= 0 && tensor.Count > 0; i--)
        {
            if (tensor.Shape[i] != 1 && tensor.Strides[i] != expected)
            {
                return false;
            }
            expected *= tensor.Shape[i];
        }
        return true;
    }

    private void Copy(byte* source, byte* target)
    {
        if (tensor.Count == 0)
        {
            return;
        }
        (long[] shape, int rank, int size) = (tensor.Shape, tensor.Shape.Length, tensor.Type.Size());
        // Rank 0 is one run, and never copied but for its byte order.
        (long inner, long step) = rank == 0 ? (1, 1) : (shape[^1], tensor.Strides[^1]);
        long* index = stackalloc long[Math.Max(rank, 1)];
        new Span<long>(index, Math.Max(rank, 1)).Clear();
        for (long left = tensor.Count; left > 0; left -= inner)
        {
            CopyRow(source, step, target, inner, size);
            target += inner * size;
            for (int dim = rank - 2; dim >= 0; dim--)
            {
                source += tensor.Strides[dim] * size;
                if (++index[dim] < shape[dim])
                {
                    break;
                }
                source -= tensor.Strides[dim] * size * shape[dim];
                index[dim] = 0;
            }
        }
    }

    private static void CopyRow(byte* source, long step, byte* target, long count, int size)
    {
        if (step == 1)
        {
            Buffer.MemoryCopy(source, target, count * size, count * size);
            return;
        }
        switch (size)
        {
            case 1:
                CopyRow<byte>(source, step, target, count);
                break;
            case 2:
                CopyRow<ushort>(source, step, target, count);
                break;
            case 4:
                CopyRow<uint>(source, step, target, count);
                break;
            case 8:
                CopyRow<ulong>(source, step, target, count);
                break;
            default:
                CopyRow<UInt128>(source, step, target, count);
                break;
        }
    }

    private static void CopyRow<T>(byte* source, long step, byte* target, long count)
        where T : unmanaged
    {
        for (long i = 0; i < count; i++)
        {
            ((T*)target)[i] = ((T*)source)[i * step];
        }
    }

    private void Swap(byte* target)
    {
        int size = tensor.Type.IsComplex() ? tensor.Type.Size() / 2 : tensor.Type.Size();
        for (long i = 0; i < tensor.Length; i += size)
        {
            new Span<byte>(target + i, size).Reverse();
        }
    }
}
