using System.Runtime.Intrinsics;

namespace Euterpe.Numerics;

/// <summary>What follows a finished sum: bias, then the fused function, then the residual. Applied while the tile is still in the first cache.</summary>
internal static unsafe class Epilogue
{
    /// <summary>Over rows x columns of <paramref name="c"/>; <paramref name="bias"/> and <paramref name="residual"/> may be null.</summary>
    public static void Apply(
        float* c, nint cStride, int rows, int columns, float* bias, Fused fused, float* residual, nint residualStride)
    {
        if (bias == null && fused == Fused.None && residual == null)
            return;
        for (int r = 0; r < rows; r++, c += cStride)
        {
            if (bias != null)
                Add(c, bias, columns);
            if (fused != Fused.None)
                Function(fused, new Span<float>(c, columns));
            if (residual != null)
                Add(c, residual + (r * residualStride), columns);
        }
    }

    /// <summary>The function alone, in place.</summary>
    public static void Function(Fused fused, Span<float> x)
    {
        switch (fused)
        {
            case Fused.None:
                break;
            case Fused.Relu:
                Functions.Relu(x, x);
                break;
            case Fused.Gelu:
                Functions.Gelu(x, x);
                break;
            case Fused.GeluTanh:
                Functions.GeluTanh(x, x);
                break;
            case Fused.QuickGelu:
                Functions.QuickGelu(x, x);
                break;
            case Fused.Silu:
                Functions.Silu(x, x);
                break;
            case Fused.Tanh:
                Functions.Tanh(x, x);
                break;
            case Fused.Sigmoid:
                Functions.Sigmoid(x, x);
                break;
            default:
                throw new OptionsException($"[product] The function {fused} cannot be fused.");
        }
    }

    /// <summary>As <see cref="Apply"/>, with one bias for each row (channels by positions).</summary>
    public static void ApplyRows(float* c, nint cStride, int rows, int columns, float* bias, Fused fused)
    {
        for (int r = 0; r < rows; r++, c += cStride)
        {
            if (bias != null)
                AddScalar(c, bias[r], columns);
            if (fused != Fused.None)
                Function(fused, new Span<float>(c, columns));
        }
    }

    private static void AddScalar(float* c, float value, int columns)
    {
        int j = 0;
        for (; j <= columns - 8; j += 8)
            Vector256.Store(Vector256.Load(c + j) + Vector256.Create(value), c + j);
        for (; j < columns; j++)
            c[j] += value;
    }

    private static void Add(float* c, float* b, int columns)
    {
        int j = 0;
        for (; j <= columns - 8; j += 8)
            Vector256.Store(Vector256.Load(c + j) + Vector256.Load(b + j), c + j);
        for (; j < columns; j++)
            c[j] += b[j];
    }
}
