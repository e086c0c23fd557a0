namespace Euterpe.Numerics;

/// <summary>
/// Weights of a convolution in the order of its sum: for each output channel, k over taps, then input channels of the group. Packed once, at load.
/// A transposed convolution has one such row (over input channels) for each tap of each output channel.
/// </summary>
[Experimental("EUTERPE001")]
public sealed unsafe class PackedConvolution : IDisposable
{
    private readonly NativeBuffer memory;

    private PackedConvolution(ConvolutionShape shape)
    {
        Shape = shape;
        memory = new NativeBuffer(checked(shape.WeightLength * sizeof(float)));
    }

    public ConvolutionShape Shape { get; }

    internal float* Data => (float*)memory.Pointer;

    /// <param name="w">As torch stores it: [out, in / groups, height, width]; transposed [in, out / groups, height, width].</param>
    /// <exception cref="ShapeException">There are too few or too many weights.</exception>
    public static PackedConvolution Pack(ReadOnlySpan<float> w, ConvolutionShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        shape.Check();
        Convolution.CheckWeights(w.Length, shape);
        PackedConvolution packed = new(shape);
        int taps = shape.Taps, ins = shape.InPerGroup, outs = shape.OutPerGroup;
        float* to = packed.Data;
        for (int channel = 0; channel < shape.OutChannels; channel++)
        {
            int group = channel / outs;
            for (int tap = 0; tap < taps; tap++)
            {
                for (int i = 0; i < ins; i++)
                {
                    long at = shape.Transposed
                        ? (((((long)group * ins) + i) * outs) + (channel % outs)) * taps
                        : (((long)channel * ins) + i) * taps;
                    *to++ = w[(int)(at + tap)];
                }
            }
        }

        return packed;
    }

    public void Dispose()
    {
        memory.Dispose();
    }
}
