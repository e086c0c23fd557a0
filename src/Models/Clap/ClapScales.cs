using Euterpe.Layers;
using Euterpe.Numerics;

namespace Euterpe.Models.Clap;

/// <summary>What cosines are multiplied by to become logits: learned, one for each direction.</summary>
internal sealed class ClapScales : Module
{
    private readonly Parameter audio;
    private readonly Parameter text;

    public ClapScales(Weights weights)
        : base(weights)
    {
        // ln(1 / 0.07), as training begins.
        audio = weights.Take("logit_scale_a", Initial.Constant(2.6592f));
        text = weights.Take("logit_scale_t", Initial.Constant(2.6592f));
    }

    public float Audio => Functions.Exp(audio.Value.Span[0]);

    public float Text => Functions.Exp(text.Value.Span[0]);
}
