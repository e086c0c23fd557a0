using Euterpe.Tensors;

namespace Euterpe.Layers;

/// <summary>Rows to mean 0 and variance 1, then scaled and shifted per channel.</summary>
public sealed class LayerNorm : Module
{
    private readonly Parameter weight;
    private readonly Parameter bias;
    private readonly float epsilon;

    /// <param name="weights">Holds <c>weight</c> and <c>bias</c>.</param>
    /// <param name="channels">Numbers per row.</param>
    /// <param name="epsilon">Added to the variance; 1e-5 is PyTorch's default.</param>
    public LayerNorm(Weights weights, int channels, float epsilon = 1e-5f)
        : base(weights)
    {
        weight = weights.Take("weight", Initial.Ones, channels);
        bias = weights.Take("bias", Initial.Zeros, channels);
        this.epsilon = epsilon;
    }

    /// <param name="w">Where the result lives.</param>
    /// <param name="x">[..., channels].</param>
    public Tensor Forward(Workspace w, Tensor x) => Operations.LayerNorm(w, x, weight.Value, bias.Value, epsilon);
}
