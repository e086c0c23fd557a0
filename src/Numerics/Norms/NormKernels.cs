using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Euterpe.Numerics;

/// <summary>
/// Normalisations. Sums have sixteen lanes and one tree (<see cref="Reductions"/>); the variance is the mean of (x - mean)^2; then
/// r = 1 / sqrt(variance + eps) and y = fma((x - mean) * r, weight, bias). Targets may be x itself. Empty weights count as ones, empty biases as zeros.
/// </summary>
[Experimental("EUTERPE001")]
public static partial class NormKernels
{
    /// <summary>Layer norm of each row.</summary>
    public static void Layer(
        ReadOnlySpan<float> x, Span<float> y, int rows, int columns, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, float eps)
    {
        SoftmaxKernel.Check("layer_norm", x.Length, y.Length, rows, columns);
        CheckParameter("layer_norm", "weight", weight.Length, columns);
        CheckParameter("layer_norm", "bias", bias.Length, columns);
        for (int row = 0; row < rows; row++)
        {
            Row(x.Slice(row * columns, columns), y.Slice(row * columns, columns), true, weight, bias, eps);
        }
    }

    /// <summary>Root mean square norm of each row: x * (1 / sqrt(mean(x^2) + eps)) * weight.</summary>
    public static void RootMeanSquare(ReadOnlySpan<float> x, Span<float> y, int rows, int columns, ReadOnlySpan<float> weight, float eps)
    {
        SoftmaxKernel.Check("rms_norm", x.Length, y.Length, rows, columns);
        CheckParameter("rms_norm", "weight", weight.Length, columns);
        for (int row = 0; row < rows; row++)
        {
            Row(x.Slice(row * columns, columns), y.Slice(row * columns, columns), false, weight, default, eps);
        }
    }

    /// <summary>Group norm of x [batch, channels, length]: each group of channels is one row; weight and bias belong to channels.</summary>
    public static void Group(
        ReadOnlySpan<float> x,
        Span<float> y,
        int batch,
        int channels,
        int length,
        int groups,
        ReadOnlySpan<float> weight,
        ReadOnlySpan<float> bias,
        float eps)
    {
        SoftmaxKernel.Check("group_norm", x.Length, y.Length, batch, channels * length);
        CheckParameter("group_norm", "weight", weight.Length, channels);
        CheckParameter("group_norm", "bias", bias.Length, channels);
        if (groups <= 0 || channels % groups != 0)
        {
            throw new ShapeException($"[group_norm] The number of groups must divide the channels: {channels} channels, {groups} groups.");
        }

        int size = channels / groups;
        for (int row = 0; row < batch * groups; row++)
        {
            (float mean, float scale) = Statistics(x.Slice(row * size * length, size * length), eps);
            for (int c = 0; c < size; c++)
            {
                int at = ((row * size) + c) * length;
                int channel = ((row % groups) * size) + c;
                Normalise(x.Slice(at, length), y.Slice(at, length), mean, scale, At(weight, channel, 1f), At(bias, channel, 0f));
            }
        }
    }

    /// <summary>Batch norm of x [batch, channels, length] with stored statistics.</summary>
    public static void Batch(
        ReadOnlySpan<float> x,
        Span<float> y,
        int batch,
        int channels,
        int length,
        ReadOnlySpan<float> mean,
        ReadOnlySpan<float> variance,
        ReadOnlySpan<float> weight,
        ReadOnlySpan<float> bias,
        float eps)
    {
        SoftmaxKernel.Check("batch_norm", x.Length, y.Length, batch, channels * length);
        CheckParameter("batch_norm", "weight", weight.Length, channels);
        CheckParameter("batch_norm", "bias", bias.Length, channels);
        if (mean.Length != channels || variance.Length != channels)
        {
            throw new ShapeException($"[batch_norm] {channels} channels need as many means ({mean.Length}) and variances ({variance.Length}).");
        }

        for (int row = 0; row < batch * channels; row++)
        {
            int c = row % channels;
            float scale = 1f / MathF.Sqrt(variance[c] + eps);
            Normalise(x.Slice(row * length, length), y.Slice(row * length, length), mean[c], scale, At(weight, c, 1f), At(bias, c, 0f));
        }
    }

    /// <summary>
    /// Mean and variance (over the count, not count - 1) of each channel of x [batch, channels, length]; the channel's pieces are summed each by itself
    /// and added in order of the batch.
    /// </summary>
    public static void BatchStatistics(ReadOnlySpan<float> x, int batch, int channels, int length, Span<float> mean, Span<float> variance)
    {
        SoftmaxKernel.Check("batch_norm", x.Length, x.Length, batch, channels * length);
        float count = (float)batch * length;
        for (int c = 0; c < channels; c++)
        {
            float sum = 0;
            for (int b = 0; b < batch; b++)
            {
                sum += Reductions.Sum(x.Slice(((b * channels) + c) * length, length));
            }

            mean[c] = sum / count;
            float squares = 0;
            for (int b = 0; b < batch; b++)
            {
                squares += Reductions.SumOfSquares(x.Slice(((b * channels) + c) * length, length), mean[c]);
            }

            variance[c] = squares / count;
        }
    }

    /// <summary>x / max(sqrt(sum of x^2), eps) of each row.</summary>
    public static void L2(ReadOnlySpan<float> x, Span<float> y, int rows, int columns, float eps = 1e-12f)
    {
        SoftmaxKernel.Check("normalize", x.Length, y.Length, rows, columns);
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<float> r = x.Slice(row * columns, columns);
            float size = MathF.Sqrt(Reductions.SumOfSquares(r));
            Elementwise.Divide(r, eps > size ? eps : size, y.Slice(row * columns, columns));
        }
    }

    /// <summary>Mean and 1 / sqrt(variance + eps) of one row.</summary>
    public static (float Mean, float Scale) Statistics(ReadOnlySpan<float> x, float eps)
    {
        float mean = Reductions.Sum(x) / x.Length;
        return (mean, 1f / MathF.Sqrt((Reductions.SumOfSquares(x, mean) / x.Length) + eps));
    }

    private static float At(ReadOnlySpan<float> parameter, int index, float otherwise) => parameter.IsEmpty ? otherwise : parameter[index];

    private static void Normalise(ReadOnlySpan<float> x, Span<float> y, float mean, float scale, float weight, float bias) =>
        Elementwise.Map(new Standardise(mean, scale, weight, bias), x, y);

    private static void Row(ReadOnlySpan<float> x, Span<float> y, bool centre, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, float eps)
    {
        if (V16.IsAccelerated)
        {
            RowAt<V16>(x, y, centre, weight, bias, eps);
        }
        else if (V8.IsAccelerated)
        {
            RowAt<Pair<V8>>(x, y, centre, weight, bias, eps);
        }
        else
        {
            Reference(x, y, centre, weight, bias, eps);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void RowAt<W>(
        ReadOnlySpan<float> x, Span<float> y, bool centre, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, float eps)
        where W : struct, ILanes<W>
    {
        ref float px = ref MemoryMarshal.GetReference(x);
        ref float py = ref MemoryMarshal.GetReference(y);
        ref float pw = ref MemoryMarshal.GetReference(weight);
        ref float pb = ref MemoryMarshal.GetReference(bias);
        int whole = x.Length & ~15;
        int rest = x.Length - whole;
        W zero = W.Of(0f);
        W sum = zero;
        float mean = 0f;
        if (centre)
        {
            for (int i = 0; i < whole; i += 16)
            {
                sum += W.Load(ref Unsafe.Add(ref px, i));
            }

            if (rest > 0)
            {
                sum += W.LoadPart(ref Unsafe.Add(ref px, whole), rest, zero);
            }

            mean = W.FoldSum(sum) / x.Length;
            sum = zero;
        }

        W m = W.Of(mean);
        for (int i = 0; i < whole; i += 16)
        {
            W d = W.Load(ref Unsafe.Add(ref px, i)) - m;
            sum = W.Fma(d, d, sum);
        }

        W last = zero;
        if (rest > 0)
        {
            last = W.LoadPart(ref Unsafe.Add(ref px, whole), rest, m) - m;
            sum = W.Fma(last, last, sum);
        }

        float scale = 1f / MathF.Sqrt((W.FoldSum(sum) / x.Length) + eps);
        W s = W.Of(scale);
        W one = W.Of(1f);
        if (weight.IsEmpty && bias.IsEmpty)
        {
            for (int i = 0; i < whole; i += 16)
            {
                W.Store((W.Load(ref Unsafe.Add(ref px, i)) - m) * s, ref Unsafe.Add(ref py, i));
            }
        }
        else if (bias.IsEmpty)
        {
            for (int i = 0; i < whole; i += 16)
            {
                W.Store((W.Load(ref Unsafe.Add(ref px, i)) - m) * s * W.Load(ref Unsafe.Add(ref pw, i)), ref Unsafe.Add(ref py, i));
            }
        }
        else
        {
            for (int i = 0; i < whole; i += 16)
            {
                W w = weight.IsEmpty ? one : W.Load(ref Unsafe.Add(ref pw, i));
                W value = (W.Load(ref Unsafe.Add(ref px, i)) - m) * s;
                W.Store(W.Fma(value, w, W.Load(ref Unsafe.Add(ref pb, i))), ref Unsafe.Add(ref py, i));
            }
        }

        if (rest > 0)
        {
            W w = weight.IsEmpty ? one : W.LoadPart(ref Unsafe.Add(ref pw, whole), rest, one);
            W value = last * s;
            value = bias.IsEmpty ? value * w : W.Fma(value, w, W.LoadPart(ref Unsafe.Add(ref pb, whole), rest, zero));
            W.StorePart(value, ref Unsafe.Add(ref py, whole), rest);
        }
    }

    /// <summary>One row of layer norm (centre) or root mean square norm, in plain loops: the definition.</summary>
    public static void Reference(
        ReadOnlySpan<float> x, Span<float> y, bool centre, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, float eps)
    {
        float mean = centre ? Reductions.Reference.Sum(x) / x.Length : 0f;
        float scale = 1f / MathF.Sqrt((Reductions.Reference.SumOfSquares(x, mean) / x.Length) + eps);
        for (int i = 0; i < x.Length; i++)
        {
            float value = (x[i] - mean) * scale;
            float w = weight.IsEmpty ? 1f : weight[i];
            y[i] = bias.IsEmpty ? value * w : V1.FusedMultiplyAdd(value, w, bias[i]);
        }
    }

    private static void CheckParameter(string operation, string name, int found, int expected)
    {
        if (found != 0 && found != expected)
        {
            throw new ShapeException($"[{operation}] The {name} must have {expected} values or none: found {found}.");
        }
    }

    private readonly struct Standardise(float mean, float scale, float weight, float bias) : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Of<T>(T x)
            where T : struct, ILanes<T> => T.Fma((x - T.Of(mean)) * T.Of(scale), T.Of(weight), T.Of(bias));

        public T Slope<T>(T x)
            where T : struct, ILanes<T> => T.Of(scale * weight);
    }
}
