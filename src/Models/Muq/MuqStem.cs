using Euterpe.Layers;
using Euterpe.Numerics;
using Euterpe.Tensors;
using static Euterpe.Tensors.Operations;

namespace Euterpe.Models.Muq;

/// <summary>
/// Two residual blocks of convolutions over the mel, which halve it twice in frequency and in time, and a projection of what is left of each moment.
/// Images are [time, band, channel], so that every convolution is a matrix product; a sound goes through both blocks piece by piece, each piece with
/// the rows around it that it looks at.
/// </summary>
internal sealed class MuqStem : Module
{
    // Tokens of a piece: the images of a piece stay small, and few rows are computed twice.
    private const int Piece = 64;

    private readonly MuqStemBlock first;
    private readonly MuqStemBlock second;
    private readonly PackedMatrix? projection;
    private readonly Parameter bias;

    public MuqStem(Weights weights, MuqConfig config)
        : base(weights)
    {
        int channels = config.ConvDim, hidden = config.Conformer.HiddenSize, bands = MuqConfig.Bands / 4;
        first = new MuqStemBlock(weights.In("conv", 0), 1, channels, 2);
        second = new MuqStemBlock(weights.In("conv", 1), channels, channels, config.Fold / 2);
        Parameter weight = weights.Take("linear.weight", Initial.Fan, hidden, channels * bands);
        bias = weights.Take("linear.bias", Initial.Zeros, hidden);
        if (!weights.Loads)
            return;
        // Upstream flattens channels before bands.
        var ordered = new float[hidden * channels * bands];
        ReadOnlySpan<float> from = weight.Value.Span;
        for (int o = 0; o < hidden; o++)
        {
            int row = o * channels * bands;
            for (int c = 0; c < channels; c++)
            {
                for (int band = 0; band < bands; band++)
                    ordered[row + (band * channels) + c] = from[row + (c * bands) + band];
            }
        }

        projection = PackedMatrix.Pack(ordered, hidden, channels * bands, weights.Packing == Packing.BF16 ? PackedType.BF16 : PackedType.F32);
    }

    /// <summary>Tokens of so many mel frames.</summary>
    public int Tokens(int frames) => second.Rows(first.Rows(frames));

    /// <param name="w">Where the result lives.</param>
    /// <param name="features">[mel frames, bands].</param>
    /// <param name="into">[tokens, hidden], contiguous.</param>
    public void Forward(Workspace w, Tensor features, Tensor into)
    {
        int frames = features.Size(0), middle = first.Rows(frames), tokens = Tokens(frames);
        Tensor mel = features.Reshape(frames, features.Size(1), 1);
        for (int start = 0; start < tokens; start += Piece)
        {
            using Workspace.Scope scope = w.Begin();
            int count = Math.Min(Piece, tokens - start);
            (int from, int rows) = second.Needs(start, count, middle);
            Tensor image = first.Forward(w, mel, 0, frames, from, rows);
            Tensor half = second.Forward(w, image, from, middle, start, count); // [count, bands / 4, channels]
            Linear(w, half.Reshape(count, half.Size(1) * half.Size(2)), projection!, bias.Value).CopyTo(into.Narrow(0, start, count));
        }
    }
}

/// <summary>Two convolutions beside a third, each with its norm; the sum is rectified.</summary>
internal sealed class MuqStemBlock : Module
{
    private const int Taps = 3;

    // Numbers of the patches of one product.
    private const int PatchNumbers = 2 << 20;

    private readonly ImageConvolution entry;
    private readonly ImageConvolution inner;
    private readonly int stride;

    /// <param name="weights">Holds conv1 to conv3 and bn1 to bn3.</param>
    /// <param name="inputs">Channels that come in.</param>
    /// <param name="channels">Channels that go out.</param>
    /// <param name="stride">In time; 2 in frequency.</param>
    public MuqStemBlock(Weights weights, int inputs, int channels, int stride)
        : base(weights)
    {
        this.stride = stride;
        entry = new ImageConvolution(weights, [("conv1", "bn1"), ("conv3", "bn3")], inputs, channels, Taps);
        inner = new ImageConvolution(weights, [("conv2", "bn2")], channels, channels, Taps);
    }

    public int Rows(int rows) => ((rows - 1) / stride) + 1;

    /// <summary>Which rows of the input so many rows of the result look at.</summary>
    public (int From, int Count) Needs(int row, int count, int height)
    {
        (int low, int high) = Around(row, count, Rows(height));
        int from = Math.Max(0, (low * stride) - 1), to = Math.Min(height, ((high - 1) * stride) + 2);
        return (from, to - from);
    }

    /// <param name="w">Where the result lives.</param>
    /// <param name="image">[rows, bands, inputs]: rows of the whole from <paramref name="firstRow"/> on.</param>
    /// <param name="firstRow">Number of its first row.</param>
    /// <param name="height">Rows of the whole.</param>
    /// <param name="row">First row of the result.</param>
    /// <param name="count">Rows of the result.</param>
    /// <returns>[count, bands / 2, channels].</returns>
    public Tensor Forward(Workspace w, Tensor image, int firstRow, int height, int row, int count)
    {
        int channels = inner.Outputs, all = Rows(height), bands = ((image.Size(1) - 1) / 2) + 1;
        (int low, int high) = Around(row, count, all);
        Tensor both = Convolve(w, entry, image, firstRow, height, (stride, 2), low, high - low, null); // [positions, 2 * channels]
        Tensor main = Relu(w, both.Narrow(1, 0, channels)).Reshape(high - low, bands, channels);
        Tensor side = both.Narrow(1, channels, channels).Narrow(0, (row - low) * bands, count * bands);
        return Relu(w, Convolve(w, inner, main, low, all, (1, 1), row, count, side)).Reshape(count, bands, channels);
    }

    private static (int Low, int High) Around(int row, int count, int height) => (Math.Max(0, row - 1), Math.Min(height, row + count + 1));

    private static Tensor Convolve(Workspace w, ImageConvolution convolution, Tensor image, int firstRow, int height, (int, int) stride, int row,
        int count, Tensor? residual)
    {
        int bands = ((image.Size(1) - 1) / stride.Item2) + 1;
        int together = Math.Max(1, PatchNumbers / (bands * Taps * Taps * convolution.Inputs));
        Tensor y = w.Allocate(count * bands, convolution.Outputs);
        for (int done = 0; done < count; done += together)
        {
            using Workspace.Scope scope = w.Begin();
            int rows = Math.Min(together, count - done);
            Tensor patches = ImagePatches(w, image, firstRow, height, (Taps, Taps), stride, (1, 1), row + done, rows);
            Tensor added = convolution.Forward(w, patches, Fused.None, residual?.Narrow(0, done * bands, rows * bands));
            added.CopyTo(y.Narrow(0, done * bands, rows * bands));
        }

        return y;
    }
}
