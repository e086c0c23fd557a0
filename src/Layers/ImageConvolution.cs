using Euterpe.Numerics;
using Euterpe.Tensors;

namespace Euterpe.Layers;

/// <summary>
/// Convolutions over one channel-last image whose results lie side by side, each with the batch norm that follows it folded in: together they are one
/// matrix product, k running over taps (time, then frequency), then channels.
/// </summary>
public sealed class ImageConvolution : Module
{
    private readonly PackedMatrix? packed;
    private readonly Tensor? bias;

    /// <param name="weights">Holds the convolutions and the norms.</param>
    /// <param name="parts">Names of each convolution (weight [outputs, inputs, frequency taps, time taps] and bias) and of its norm.</param>
    /// <param name="inputs">Channels of the image.</param>
    /// <param name="outputs">Channels of each part.</param>
    /// <param name="taps">Of a square kernel.</param>
    public ImageConvolution(Weights weights, (string Convolution, string Norm)[] parts, int inputs, int outputs, int taps)
        : base(weights)
    {
        (Inputs, Outputs, Taps) = (inputs, parts.Length * outputs, taps);
        int k = taps * taps * inputs;
        using Tensor? matrix = weights.Loads ? Tensor.Create(DType.F32, new Shape(Outputs, k)) : null;
        bias = weights.Loads ? Tensor.Create(DType.F32, new Shape(Outputs)) : null;
        for (int part = 0; part < parts.Length; part++)
        {
            Weights convolution = weights.In(parts[part].Convolution);
            Parameter weight = convolution.Take("weight", Initial.Fan, outputs, inputs, taps, taps);
            Parameter shift = convolution.Take("bias", Initial.Zeros, outputs);
            var norm = new BatchNorm(weights.In(parts[part].Norm), outputs);
            if (matrix is null || bias is null)
                continue;
            (float[] scale, float[] offset) = norm.Fold();
            Fold(weight.Value.Span, scale, inputs, taps, matrix.Span[(part * outputs * k)..]);
            for (int o = 0; o < outputs; o++)
                bias.Span[(part * outputs) + o] = (shift.Value.Span[o] * scale[o]) + offset[o];
            weight.Release();
        }

        if (matrix is not null)
            packed = Packed.Of(matrix, Outputs, k, weights.Packing);
    }

    public int Inputs { get; }

    public int Outputs { get; }

    public int Taps { get; }

    /// <param name="w">Where the result lives.</param>
    /// <param name="patches">From <see cref="Operations.ImagePatches"/>: [positions, taps * taps * inputs].</param>
    /// <param name="fused">What is done to each element after the norm.</param>
    /// <param name="residual">What is added last: [positions, outputs], or null.</param>
    public Tensor Forward(Workspace w, Tensor patches, Fused fused = Fused.None, Tensor? residual = null) =>
        Operations.Linear(w, patches, packed!, bias, fused, residual); // [positions, outputs]

    private static void Fold(ReadOnlySpan<float> from, float[] scale, int inputs, int taps, Span<float> to)
    {
        int k = taps * taps * inputs, at = 0;
        for (int o = 0; o < scale.Length; o++)
        {
            for (int time = 0; time < taps; time++)
            {
                for (int frequency = 0; frequency < taps; frequency++)
                {
                    for (int i = 0; i < inputs; i++)
                        to[at++] = from[(o * k) + (((i * taps) + frequency) * taps) + time] * scale[o];
                }
            }
        }
    }
}
