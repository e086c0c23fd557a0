using Euterpe.Numerics;

namespace Euterpe.Tensors;

/// <summary>
/// What stands beside the edge: a constant; the inside mirrored without (Reflect) or the edge itself repeated (Replicate); the other end (Circular).
/// </summary>
public enum PadMode
{
    Constant,
    Reflect,
    Replicate,
    Circular,
}

public static unsafe partial class Operations
{
    /// <summary>
    /// Adds (or with negative numbers cuts off) elements around the last dimensions: pads are [before, after] of the last dimension, then of the one
    /// before it, as in torch. Reflect needs pads smaller than the size.
    /// </summary>
    public static Tensor Pad(Workspace w, Tensor x, ReadOnlySpan<int> pads, PadMode mode = PadMode.Constant, float value = 0)
    {
        if (pads.Length % 2 != 0 || pads.Length / 2 > x.Rank)
        {
            throw new ShapeException($"[pad] Pads are pairs for the last dimensions: found {Shape.Text(pads)} for {x.Shape}.");
        }
        Tensor y = x;
        for (int i = 0; i < pads.Length / 2; i++)
        {
            if (pads[2 * i] != 0 || pads[2 * i + 1] != 0)
            {
                y = PadOne(w, y, x.Rank - 1 - i, pads[2 * i], pads[2 * i + 1], mode, value);
            }
        }
        return ReferenceEquals(y, x) ? Copy(w, x) : y;
    }

    private static Tensor PadOne(Workspace w, Tensor x, int axis, int before, int after, PadMode mode, float value)
    {
        int size = x.Size(axis);
        int most = mode switch
        {
            PadMode.Reflect => size - 1,
            PadMode.Replicate => size > 0 ? int.MaxValue : 0,
            PadMode.Circular => size,
            _ => int.MaxValue,
        };
        long length = (long)size + before + after;
        if (before > most || after > most || length < 0 || before < -size || after < -size || length > int.MaxValue)
        {
            throw new ShapeException(
                $"[pad] {mode} padding by ({before}, {after}) does not fit dimension {axis}: the shape is {x.Shape}. Hint: {mode} adds at most "
                    + $"{most} a side here.");
        }
        if (mode == PadMode.Constant && x.Type != DType.F32 && value != 0)
        {
            throw new ShapeException($"[pad] A constant other than 0 is for F32: x is {x}.");
        }
        Tensor source = Contiguous(w, x);
        Tensor y = w.Allocate(x.Type, x.Shape.With(axis, (int)length));
        long inner = x.Type.Size(), outer = 1;
        for (int i = 0; i < x.Rank; i++)
        {
            (outer, inner) = i < axis ? (outer * x.Size(i), inner) : i > axis ? (outer, inner * x.Size(i)) : (outer, inner);
        }
        byte* from = (byte*)source.Data, to = (byte*)y.Data;
        for (long o = 0; o < outer; o++)
        {
            byte* row = from + o * size * inner;
            int i = 0;
            while (i < length)
            {
                long at = i - (long)before;
                if (at >= 0 && at < size)
                {
                    int run = (int)Math.Min(length - i, size - at);
                    Buffer.MemoryCopy(row + at * inner, to, run * inner, run * inner);
                    to += run * inner;
                    i += run;
                    continue;
                }
                if (mode == PadMode.Constant)
                {
                    Fill(to, inner, x.Type, value);
                }
                else
                {
                    at = mode switch
                    {
                        PadMode.Reflect => at < 0 ? -at : 2L * (size - 1) - at,
                        PadMode.Replicate => at < 0 ? 0 : size - 1,
                        _ => at < 0 ? at + size : at - size,
                    };
                    Buffer.MemoryCopy(row + at * inner, to, inner, inner);
                }
                to += inner;
                i++;
            }
        }
        GC.KeepAlive(source);
        return y;
    }

    private static void Fill(byte* target, long bytes, DType type, float value)
    {
        if (type == DType.F32)
        {
            new Span<float>(target, (int)(bytes / sizeof(float))).Fill(value);
        }
        else
        {
            new Span<byte>(target, (int)bytes).Clear();
        }
    }
}
