using Euterpe.Numerics;
using Euterpe.Tensors;

namespace Euterpe.Layers;

/// <summary>
/// y = x W^T + b for rows x; W is [outputs, inputs]. Plain it can be trained and saved; packed it is fast, and gives the same bits.
/// </summary>
public sealed class Linear : Module
{
    private readonly Parameter weight;
    private readonly Parameter? bias;
    private PackedMatrix? packed;

    public Linear(Weights weights, int inputs, int outputs, bool bias = true)
        : this(weights, [outputs, inputs], bias)
    {
    }

    private Linear(Weights weights, ReadOnlySpan<int> shape, bool bias)
        : base(weights)
    {
        weight = weights.Take("weight", Initial.Fan, shape);
        (Outputs, Inputs) = (shape[0], checked((int)(weight.Shape.Count / shape[0])));
        this.bias = bias ? weights.Take("bias", Initial.Zeros, Outputs) : null;
        if (weights.Loads && weights.Packing != Packing.Plain)
            Pack(weights.Packing);
    }

    public int Outputs { get; }

    public int Inputs { get; }

    /// <summary>
    /// A convolution whose rows the caller lays out itself (channels, then height, then width): the weight is [outputs, inputs, height, width] in the
    /// file.
    /// </summary>
    public static Linear OfConvolution(Weights weights, int inputs, int outputs, int height, int width) =>
        new(weights, [outputs, inputs, height, width], true);

    /// <summary>A convolution over single frames, without bias: the weight is [outputs, inputs, 1] in the file.</summary>
    public static Linear Pointwise(Weights weights, int inputs, int outputs) => new(weights, [outputs, inputs, 1], false);

    /// <summary>Packs the matrix and gives the plain one up. The bias stays f32.</summary>
    public void Pack(Packing packing)
    {
        packed = Packed.Of(weight.Stored, Outputs, Inputs, packing);
        weight.Release();
    }

    /// <param name="w">Where the result lives.</param>
    /// <param name="x">[..., inputs].</param>
    /// <param name="fused">What is done to each element after the bias.</param>
    /// <param name="residual">What is added last: [..., outputs], or null.</param>
    public Tensor Forward(Workspace w, Tensor x, Fused fused = Fused.None, Tensor? residual = null) => packed is not null
        ? Operations.Linear(w, x, packed, bias?.Value, fused, residual) // [..., outputs]
        : Packed.Finish(w, Operations.Linear(w, x, weight.Value.Reshape(Outputs, Inputs), bias?.Value), fused, residual);
}
