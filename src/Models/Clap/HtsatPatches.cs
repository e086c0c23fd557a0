using Euterpe.Layers;
using Euterpe.Numerics;
using Euterpe.Tensors;

namespace Euterpe.Models.Clap;

/// <summary>
/// From a log-mel to tokens: statistics per mel bin, stretching in time, folding into a square, patches, and (fusion) three crops beside the whole.
/// </summary>
internal sealed class HtsatPatches : Module
{
    private readonly ClapAudioConfig config;
    private readonly (float[] Scale, float[] Shift) bins;
    private readonly Linear projection;
    private readonly LayerNorm? norm;
    private readonly Linear? mel;
    private readonly HtsatFusion? fusion;

    /// <param name="encoder">The encoder's tensors: batch_norm and patch_embed stand side by side.</param>
    /// <param name="config">Sizes.</param>
    public HtsatPatches(Weights encoder, ClapAudioConfig config)
        : base(encoder.In("patch_embed"))
    {
        this.config = config;
        var batch = new BatchNorm(encoder.In("batch_norm"), config.NumMelBins);
        bins = encoder.Loads ? batch.Fold() : ([], []);
        Weights patch = encoder.In("patch_embed");
        int channels = config.PatchEmbedsHiddenSize;
        projection = Linear.OfConvolution(patch.In("proj"), 1, channels, config.PatchSize[0], config.PatchSize[1]);
        norm = config.EnablePatchLayerNorm ? new LayerNorm(patch.In("norm"), channels) : null;
        if (config.EnableFusion)
        {
            fusion = new HtsatFusion(patch.In("fusion_model"), channels, config.AffBlockR);
            mel = Linear.OfConvolution(patch.In("mel_conv2d"), 1, channels, config.PatchSize[0], 3 * config.PatchSize[1]);
        }
    }

    /// <param name="w">Where the result lives.</param>
    /// <param name="features">[batch, 1 or 4, frames, bins], in dB.</param>
    /// <param name="longer">Which sounds are longer than a window: theirs are three crops beside the whole (fusion only).</param>
    /// <returns>[batch * grid, channels].</returns>
    public Tensor Forward(Workspace w, Tensor features, ReadOnlySpan<bool> longer)
    {
        Check(features, longer);
        int batch = features.Size(0), each = config.GridHeight * config.GridWidth, channels = config.PatchEmbedsHiddenSize;
        Tensor tokens = w.Allocate(batch * each, channels);
        for (int b = 0; b < batch; b++)
        {
            using Workspace.Scope scope = w.Begin();
            Tensor image = Image(w, features, b, 0);
            Tensor whole = projection.Forward(w, Rows(w, image, config.PatchSize[1], config.PatchStride[1], config.GridWidth));
            if (fusion is not null && longer[b])
                whole = fusion.Forward(w, whole, Crops(w, features, b));
            whole.Span.CopyTo(tokens.Span.Slice(b * each * channels, each * channels));
        }

        return norm is null ? tokens : norm.Forward(w, tokens);
    }

    private void Check(Tensor features, ReadOnlySpan<bool> longer)
    {
        int least = config.EnableFusion ? 4 : 1;
        if (features.Rank != 4 || features.Size(3) != config.NumMelBins || (config.EnableFusion ? features.Size(1) != least : features.Size(1) != 1))
            throw new ShapeException($"[clap] Features are [batch, {least}, frames, {config.NumMelBins}]: found {features.Shape}.");
        if (features.Size(2) > config.SpecFrames || features.Size(2) < 2)
            throw new ShapeException(
                $"[clap] Features have 2 to {config.SpecFrames} frames: found {features.Size(2)}. Hint: cut the sound into windows.");
        if (config.EnableFusion && longer.Length != features.Size(0))
            throw new ShapeException($"[clap] One longer flag a sound was expected: found {longer.Length} for {features.Size(0)}.");
    }

    /// <summary>
    /// One channel as a square: the stretched spectrogram cut into strips of equal time, laid on top of each other, frequency upwards inside a strip.
    /// </summary>
    private Tensor Image(Workspace w, Tensor features, int item, int channel)
    {
        int frames = features.Size(2), count = config.NumMelBins, side = config.SpecSize;
        ReadOnlySpan<float> source = features.Span.Slice(((item * features.Size(1)) + channel) * frames * count, frames * count);
        Tensor normal = w.Allocate(1, 1, frames, count);
        Span<float> moved = normal.Span;
        for (int t = 0; t < frames; t++)
        {
            for (int f = 0; f < count; f++)
                moved[(t * count) + f] = (source[(t * count) + f] * bins.Scale[f]) + bins.Shift[f];
        }

        // [1, 1, spec frames, bins]
        Tensor stretched = frames < config.SpecFrames
            ? Operations.Interpolate(w, normal, [config.SpecFrames, count], InterpolateMode.Bicubic, alignCorners: true) : normal;
        Tensor image = w.Allocate(side, side);
        ReadOnlySpan<float> from = stretched.Span;
        Span<float> to = image.Span;
        for (int strip = 0; strip < config.FreqRatio; strip++)
        {
            for (int t = 0; t < side; t++)
            {
                ReadOnlySpan<float> frame = from.Slice(((strip * side) + t) * count, count);
                for (int f = 0; f < count; f++)
                    to[(((strip * count) + f) * side) + t] = frame[f];
            }
        }

        return image;
    }

    /// <summary>Patches of the image as rows, [grid height * columns, patch height * width]; outside of the image there are zeros.</summary>
    private Tensor Rows(Workspace w, Tensor image, int width, int stride, int columns)
    {
        int side = config.SpecSize, height = config.PatchSize[0];
        int top = (height - config.PatchStride[0]) / 2, left = (config.PatchSize[1] - config.PatchStride[1]) / 2;
        Tensor rows = w.Allocate(config.GridHeight * columns, height * width);
        ReadOnlySpan<float> from = image.Span;
        Span<float> to = rows.Span;
        int at = 0;
        for (int row = 0; row < config.GridHeight; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                for (int i = 0; i < height; i++)
                {
                    int y = (row * config.PatchStride[0]) - top + i, x = (column * stride) - left;
                    if (y >= 0 && y < side && x >= 0 && x + width <= side)
                    {
                        from.Slice((y * side) + x, width).CopyTo(to.Slice(at, width));
                    }
                    else
                    {
                        for (int j = 0; j < width; j++)
                            to[at + j] = y >= 0 && y < side && x + j >= 0 && x + j < side ? from[(y * side) + x + j] : 0;
                    }

                    at += width;
                }
            }
        }

        return rows;
    }

    /// <summary>
    /// The three crops, each a third as wide as the whole, side by side; what is missing to the whole's width is zero. [grid, channels].
    /// </summary>
    private Tensor Crops(Workspace w, Tensor features, int item)
    {
        int channels = config.PatchEmbedsHiddenSize, width = 3 * config.PatchSize[1], stride = 3 * config.PatchStride[1];
        // The convolution keeps the padding of the narrow one.
        int padding = (config.PatchSize[1] - config.PatchStride[1]) / 2;
        int columns = ((config.SpecSize + (2 * padding) - width) / stride) + 1;
        Tensor side = w.Zeros(config.GridHeight * config.GridWidth, channels);
        for (int crop = 0; crop < 3; crop++)
        {
            using Workspace.Scope scope = w.Begin();
            Tensor tokens = mel!.Forward(w, Rows(w, Image(w, features, item, 1 + crop), width, stride, columns));
            for (int row = 0; row < config.GridHeight; row++)
            {
                tokens.Span.Slice(row * columns * channels, columns * channels)
                    .CopyTo(side.Span[(((row * config.GridWidth) + (crop * columns)) * channels)..]);
            }
        }

        return side;
    }
}
