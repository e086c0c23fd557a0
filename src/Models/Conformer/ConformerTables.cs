using Euterpe.Numerics;
using Euterpe.Tensors;

namespace Euterpe.Models.Conformer;

/// <summary>What all blocks read about positions, made once for the longest sound seen and kept.</summary>
internal sealed class ConformerTables
{
    private readonly ConformerConfig config;
    private readonly float[] frequencies;
    private readonly Lock gate = new();
    private (Tensor Cosine, Tensor Sine)? rotary;

    /// <param name="config">Sizes.</param>
    /// <param name="frequencies">Radians per position for each pair of channels of a head; empty for upstream's formula.</param>
    public ConformerTables(ConformerConfig config, ReadOnlySpan<float> frequencies = default)
    {
        this.config = config;
        this.frequencies = frequencies.IsEmpty && config.Positions == ConformerPositions.Rotary ? Frequencies(config.HeadSize, config.RotaryBase)
            : frequencies.ToArray();
    }

    /// <summary>1 / base^(2 i / width), each step in float32.</summary>
    public static float[] Frequencies(int width, double rotaryBase) =>
        [.. Enumerable.Range(0, (width + 1) / 2).Select(i => 1 / (float)DoubleFunctions.Pow(rotaryBase, 2f * i / width))];

    /// <summary>[length or more, pairs] each.</summary>
    public (Tensor Cosine, Tensor Sine) Rotary(int length)
    {
        lock (gate)
        {
            if (rotary is { } made && made.Cosine.Size(0) >= length)
                return made;
            int rows = Math.Max(length, 64), pairs = frequencies.Length;
            Tensor cosine = Tensor.Create(DType.F32, new Shape(rows, pairs)), sine = Tensor.Create(DType.F32, new Shape(rows, pairs));
            for (int t = 0; t < rows; t++)
            {
                for (int i = 0; i < pairs; i++)
                {
                    float angle = t * frequencies[i];
                    cosine.Span[(t * pairs) + i] = (float)DoubleFunctions.Cos(angle);
                    sine.Span[(t * pairs) + i] = (float)DoubleFunctions.Sin(angle);
                }
            }

            rotary = (cosine, sine);
            return rotary.Value;
        }
    }

    /// <summary>Sinusoids of the distances key minus query from -(length - 1) to length - 1: [2 length - 1, channels].</summary>
    public Tensor Sinusoids(Workspace w, int length)
    {
        int channels = config.HiddenSize;
        Tensor table = w.Allocate((2 * length) - 1, channels);
        float step = (float)-(DoubleFunctions.Log(10000.0) / channels);
        for (int i = 0; i < channels; i += 2)
        {
            float frequency = (float)DoubleFunctions.Exp(i * step);
            for (int row = 0; row < (2 * length) - 1; row++)
            {
                // Upstream counts distances from key to query: positive to the left.
                float angle = (length - 1 - row) * frequency;
                table.Span[(row * channels) + i] = (float)DoubleFunctions.Sin(angle);
                if (i + 1 < channels)
                    table.Span[(row * channels) + i + 1] = (float)DoubleFunctions.Cos(angle);
            }
        }

        return table;
    }
}
