using System.Runtime.CompilerServices;
using Euterpe.Layers;
using Euterpe.Numerics;
using Euterpe.Tensors;
using static Euterpe.Tensors.Operations;

namespace Euterpe.Models.Mert;

/// <summary>
/// Where a frame stands, as a convolution over many frames around it, in groups of channels. Its weight is stored as direction and size (weight norm
/// over the first two dimensions): w[o, i, t] = g[t] * v[o, i, t] / |v[., ., t]|. Each group is one product whose rows are overlapping views.
/// </summary>
internal sealed class MertPosition : Module
{
    private readonly Parameter size;
    private readonly Parameter direction;
    private readonly Parameter bias;
    private readonly int channels;
    private readonly int taps;
    private readonly int groups;
    private readonly Fused fused;
    private readonly PackedMatrix[]? packed;
    private readonly Tensor? plain;

    public MertPosition(Weights weights, MertConfig config)
        : base(weights)
    {
        (channels, taps, groups) = (config.HiddenSize, config.NumConvPosEmbeddings, config.NumConvPosEmbeddingGroups);
        fused = config.FeatExtractActivation;
        Weights conv = weights.In("conv");
        bias = conv.Take("bias", Initial.Zeros, channels);
        size = conv.Take("parametrizations.weight.original0", Initial.Ones, 1, 1, taps);
        direction = conv.Take("parametrizations.weight.original1", Initial.Fan, channels, Width, taps);
        if (!weights.Loads)
            return;
        Tensor folded = Fold();
        if (weights.Packing == Packing.Plain)
        {
            plain = folded;
            return;
        }

        packed = new PackedMatrix[groups];
        var shape = new ConvolutionShape { InChannels = Width, OutChannels = Width, KernelWidth = taps };
        for (int g = 0; g < groups; g++)
            packed[g] = Convolution.PackFrames(folded.Span.Slice(g * Width * Width * taps, Width * Width * taps), shape);
        folded.Dispose();
    }

    /// <summary>Channels of a group, in and out.</summary>
    private int Width => channels / groups;

    /// <param name="w">Where the result lives.</param>
    /// <param name="x">[batch, frames, channels].</param>
    /// <param name="residual">Added last, or null.</param>
    /// <returns>As x.</returns>
    public Tensor Forward(Workspace w, Tensor x, Tensor? residual = null)
    {
        int batch = x.Size(0), frames = x.Size(1);
        if (packed is null)
        {
            // An even kernel gives one frame more than there are; it is dropped.
            Tensor whole = Conv1d(w, x.Transpose(1, 2), plain!, bias.Value, padding: taps / 2, groups: groups).Narrow(2, 0, frames);
            Tensor made = MertStem.Activate(w, Contiguous(w, whole.Transpose(1, 2)), fused);
            return residual is null ? made : Add(w, made, residual);
        }

        Tensor y = w.Allocate(batch, frames, channels);
        using Workspace.Scope scope = w.Begin();
        int rows = frames + taps - 1, before = taps / 2;
        Tensor padded = w.Zeros(groups, rows, Width);
        for (int item = 0; item < batch; item++)
        {
            ReadOnlySpan<float> from = x.Span.Slice(item * frames * channels, frames * channels);
            for (int g = 0; g < groups; g++)
            {
                Span<float> to = padded.Span.Slice(((g * rows) + before) * Width, Math.Min(frames, rows - before) * Width);
                for (int t = 0; t * Width < to.Length; t++)
                    from.Slice((t * channels) + (g * Width), Width).CopyTo(to[(t * Width)..]);
            }

            for (int g = 0; g < groups; g++)
            {
                int at = (item * frames * channels) + (g * Width);
                MatrixProduct.Multiply(padded.Span.Slice(g * rows * Width, rows * Width), frames, Width, packed[g], y.Span[at..], channels,
                    bias.Value.Span.Slice(g * Width, Width), fused, residual is null ? default : residual.Span[at..],
                    residual is null ? 0 : channels, w.Token);
            }
        }

        return y;
    }

    // Runs once, over millions of numbers: not in the slow code of a first call.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private Tensor Fold()
    {
        Tensor folded = Tensor.Create(DType.F32, new Shape(channels, Width, taps));
        ReadOnlySpan<float> v = direction.Value.Span, g = size.Value.Span;
        Span<float> to = folded.Span;
        var squares = new double[taps];
        for (int i = 0; i < v.Length; i += taps)
        {
            ReadOnlySpan<float> row = v.Slice(i, taps);
            for (int t = 0; t < row.Length; t++)
                squares[t] += (double)row[t] * row[t];
        }

        var scale = new double[taps];
        for (int t = 0; t < taps; t++)
            scale[t] = g[t] / Math.Sqrt(squares[t]);
        for (int i = 0; i < v.Length; i += taps)
        {
            ReadOnlySpan<float> row = v.Slice(i, taps);
            Span<float> made = to.Slice(i, taps);
            for (int t = 0; t < row.Length; t++)
                made[t] = (float)(row[t] * scale[t]);
        }

        return folded;
    }
}
