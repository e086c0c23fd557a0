using Euterpe.Numerics;
using Euterpe.Tensors;

namespace Euterpe.Layers;

/// <summary>
/// Several linear layers over the same rows (query, key, value) whose results lie side by side: packed, they are one product. The names stay
/// upstream's.
/// </summary>
public sealed class JoinedLinear : Module
{
    private readonly Parameter[] weights;
    private readonly Parameter[] biases;
    private readonly int inputs;
    private PackedMatrix? packed;
    private Tensor? bias;

    public JoinedLinear(Weights weights, string[] names, int inputs, int outputsOfEach, bool bias = true)
        : base(weights)
    {
        this.inputs = inputs;
        this.weights = new Parameter[names.Length];
        biases = new Parameter[bias ? names.Length : 0];
        for (int i = 0; i < names.Length; i++)
        {
            Weights part = weights.In(names[i]);
            this.weights[i] = part.Take("weight", Initial.Fan, outputsOfEach, inputs);
            if (bias)
                biases[i] = part.Take("bias", Initial.Zeros, outputsOfEach);
        }

        if (weights.Loads && weights.Packing != Packing.Plain)
            Pack(weights.Packing);
    }

    public void Pack(Packing packing)
    {
        packed = Packed.Of(weights, inputs, packing);
        bias = biases.Length == 0 ? null : Packed.Join(biases, 1).Reshape(biases.Length * biases[0].Value.Size(0));
        foreach (Parameter weight in weights)
            weight.Release();
    }

    /// <param name="w">Where the result lives.</param>
    /// <param name="x">[rows, inputs].</param>
    public Tensor Forward(Workspace w, Tensor x)
    {
        if (packed is not null)
            return Operations.Linear(w, x, packed, bias, Fused.None); // [rows, names * outputs]
        var parts = new Tensor[weights.Length];
        for (int i = 0; i < parts.Length; i++)
            parts[i] = Operations.Linear(w, x, weights[i].Value, biases.Length == 0 ? null : biases[i].Value);
        return Operations.Cat(w, -1, parts);
    }
}
