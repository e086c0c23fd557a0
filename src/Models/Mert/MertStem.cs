using Euterpe.Layers;
using Euterpe.Numerics;
using Euterpe.Tensors;
using static Euterpe.Tensors.Operations;

namespace Euterpe.Models.Mert;

/// <summary>
/// Samples to frames: convolutions, each followed by its function, with a norm of each channel over time behind the first, or one over channels
/// behind each. Frames lie channel-last; they pass in tiles through all layers, so that only the samples and the last frames are ever whole.
/// The convolutions stay f32 in every precision.
/// </summary>
internal sealed class MertStem : Module
{
    // Frames of the result that pass together: the first layer's part of them (some 4,000 frames of 512 channels) stays in the last cache.
    private const int TileFrames = 64;

    private readonly MertConfig config;
    private readonly Convolved[] layers;
    private readonly Parameter? groupWeight;
    private readonly Parameter? groupBias;

    public MertStem(Weights weights, MertConfig config)
        : base(weights)
    {
        this.config = config;
        layers = new Convolved[config.ConvDim.Length];
        for (int i = 0; i < layers.Length; i++)
        {
            Weights layer = weights.In("conv_layers", i);
            layers[i] = new Convolved(layer, config, i);
            if (i > 0 || config.LayerNormStem)
                continue;
            groupWeight = layer.Take("layer_norm.weight", Initial.Ones, config.ConvDim[0]);
            groupBias = layer.Take("layer_norm.bias", Initial.Zeros, config.ConvDim[0]);
        }
    }

    /// <param name="w">Where the result lives.</param>
    /// <param name="waves">[batch, samples].</param>
    /// <returns>[batch, frames, channels].</returns>
    public Tensor Forward(Workspace w, Tensor waves)
    {
        if (layers[0].Packed is null)
            return ForwardPlain(w, waves);
        int batch = waves.Size(0), samples = waves.Size(1), channels = config.ConvDim[^1], frames = samples;
        for (int i = 0; i < layers.Length; i++)
            frames = layers[i].Frames(frames);
        Tensor y = w.Allocate(batch, frames, channels);
        for (int item = 0; item < batch; item++)
        {
            using Workspace.Scope scope = w.Begin();
            Sound(w, waves.Span.Slice(item * samples, samples), y.Span.Slice(item * frames * channels, frames * channels), frames);
        }

        return y;
    }

    private void Sound(Workspace w, ReadOnlySpan<float> wave, Span<float> y, int frames)
    {
        int first = config.ConvDim[0], channels = config.ConvDim[^1];
        Tensor mean = w.Allocate(first), scale = w.Allocate(first);
        if (groupWeight is not null)
        {
            WaveConvolution.Statistics(wave, layers[0].Frames(wave.Length), config.ConvStride[0], layers[0].Packed!, layers[0].Bias, 1e-5f,
                mean.Span, scale.Span, w.Token);
        }

        for (int start = 0; start < frames; start += TileFrames)
        {
            using Workspace.Scope scope = w.Begin();
            int count = Math.Min(TileFrames, frames - start);

            // From the tile back to the samples that it hears.
            long begin = start, length = count;
            for (int i = layers.Length - 1; i >= 0; i--)
                (begin, length) = (begin * config.ConvStride[i], ((length - 1) * config.ConvStride[i]) + config.ConvKernel[i]);
            ReadOnlySpan<float> x = wave.Slice((int)begin, (int)length);
            int width = (int)length;
            for (int i = 0; i < layers.Length; i++)
            {
                int next = layers[i].Frames(width);
                bool last = i == layers.Length - 1;
                Tensor? made = last ? null : w.Allocate(next, config.ConvDim[i]);
                Span<float> to = last ? y.Slice(start * channels, count * channels) : made!.Span;
                if (i == 0 && groupWeight is not null)
                {
                    WaveConvolution.Normalised(x, next, config.ConvStride[0], layers[0].Packed!, layers[0].Bias, mean.Span, scale.Span,
                        groupWeight.Value.Span, groupBias!.Value.Span, config.FeatExtractActivation, to, w.Token);
                }
                else
                {
                    layers[i].Forward(w, x, width, to);
                }

                x = to;
                width = next;
            }
        }
    }

    /// <summary>The same in tensors that torch would have, channels first: slower, and the same bits.</summary>
    private Tensor ForwardPlain(Workspace w, Tensor waves)
    {
        Tensor x = waves.Unsqueeze(1); // [batch, 1, samples]
        for (int i = 0; i < layers.Length; i++)
        {
            x = Conv1d(w, x, layers[i].Plain, layers[i].PlainBias, config.ConvStride[i]); // [batch, channels, frames]
            if (i == 0 && groupWeight is not null)
                x = GroupNorm(w, x, config.ConvDim[0], groupWeight.Value, groupBias!.Value);
            if (layers[i].Norm is { } norm)
                x = norm.Forward(w, x.Transpose(1, 2)).Transpose(1, 2);
            x = Activate(w, x, config.FeatExtractActivation);
        }

        return Contiguous(w, x.Transpose(1, 2));
    }

    internal static Tensor Activate(Workspace w, Tensor x, Fused fused) => fused switch
    {
        Fused.Relu => Relu(w, x),
        Fused.Silu => Silu(w, x),
        Fused.GeluTanh => GeluTanh(w, x),
        Fused.QuickGelu => QuickGelu(w, x),
        _ => Gelu(w, x),
    };

    /// <summary>One convolution with what follows it, but for the norm over time.</summary>
    private sealed class Convolved : Module
    {
        private readonly Parameter weight;
        private readonly Parameter? bias;
        private readonly ConvolutionShape shape;
        private readonly Fused fused;

        public Convolved(Weights weights, MertConfig config, int index)
            : base(weights)
        {
            int ins = index == 0 ? 1 : config.ConvDim[index - 1], outs = config.ConvDim[index];
            (int kernel, int stride) = (config.ConvKernel[index], config.ConvStride[index]);
            shape = new ConvolutionShape { InChannels = ins, OutChannels = outs, KernelWidth = kernel, StrideWidth = stride };
            fused = config.FeatExtractActivation;
            weight = weights.Take("conv.weight", Initial.Fan, outs, ins, kernel);
            bias = config.ConvBias ? weights.Take("conv.bias", Initial.Zeros, outs) : null;
            if (config.LayerNormStem)
                Norm = new LayerNorm(weights.In("layer_norm"), outs);
            if (!weights.Loads || weights.Packing == Packing.Plain)
                return;
            Packed = Convolution.PackFrames(weight.Value.Span, shape);
        }

        public PackedMatrix? Packed { get; }

        public LayerNorm? Norm { get; }

        public Tensor Plain => weight.Value;

        public Tensor? PlainBias => bias?.Value;

        public ReadOnlySpan<float> Bias => bias is null ? default : bias.Value.Span;

        public int Frames(int width) => shape.OutWidth(width);

        public void Forward(Workspace w, ReadOnlySpan<float> x, int frames, Span<float> y)
        {
            if (Norm is null)
            {
                Convolution.Frames(x, frames, Packed!, shape, Bias, y, fused, w.Token);
                return;
            }

            Tensor made = w.Allocate(Frames(frames), shape.OutChannels);
            Convolution.Frames(x, frames, Packed!, shape, Bias, made.Span, Fused.None, w.Token);
            Activate(w, Norm.Forward(w, made), fused).Span.CopyTo(y);
        }
    }
}
