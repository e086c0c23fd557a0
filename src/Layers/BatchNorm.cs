namespace Euterpe.Layers;

/// <summary>Each channel moved and scaled by the statistics of training. Channels are the last dimension here, wherever upstream has them.</summary>
public sealed class BatchNorm : Module
{
    private readonly Parameter weight;
    private readonly Parameter bias;
    private readonly Parameter mean;
    private readonly Parameter variance;
    private readonly float epsilon;

    public BatchNorm(Weights weights, int channels, float epsilon = 1e-5f)
        : base(weights)
    {
        weight = weights.Take("weight", Initial.Ones, channels);
        bias = weights.Take("bias", Initial.Zeros, channels);
        mean = weights.Take("running_mean", Initial.Zeros, channels);
        variance = weights.Take("running_var", Initial.Ones, channels);
        // How often training looked: it changes nothing once training is over.
        weights.Leave("num_batches_tracked");
        this.epsilon = epsilon;
    }

    /// <summary>
    /// What inference needs: y = x * scale + shift, with scale = weight / sqrt(variance + epsilon) and shift = bias - mean * scale.
    /// </summary>
    public (float[] Scale, float[] Shift) Fold()
    {
        ReadOnlySpan<float> w = weight.Value.Span, b = bias.Value.Span, m = mean.Value.Span, v = variance.Value.Span;
        var scale = new float[w.Length];
        var shift = new float[w.Length];
        for (int c = 0; c < w.Length; c++)
        {
            scale[c] = w[c] * (1 / MathF.Sqrt(v[c] + epsilon));
            shift[c] = b[c] - (m[c] * scale[c]);
        }

        return (scale, shift);
    }
}
