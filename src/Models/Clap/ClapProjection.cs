using Euterpe.Layers;
using Euterpe.Numerics;
using Euterpe.Tensors;

namespace Euterpe.Models.Clap;

/// <summary>From a tower's width to the space that sounds and words share; the result has norm 1.</summary>
internal sealed class ClapProjection : Module
{
    private readonly Linear linear1;
    private readonly Linear linear2;
    private readonly Fused activation;

    public ClapProjection(Weights weights, int inputs, int outputs, string activation)
        : base(weights)
    {
        this.activation = ClapActivation.Of(activation);
        linear1 = new Linear(weights.In("linear1"), inputs, outputs);
        linear2 = new Linear(weights.In("linear2"), outputs, outputs);
    }

    public Tensor Forward(Workspace w, Tensor pooled) =>
        Operations.Normalize(w, linear2.Forward(w, linear1.Forward(w, pooled, activation)), -1); // [rows, outputs]
}
