using Euterpe.Numerics;

namespace Euterpe.Models;

/// <summary>Upstream's names of activation functions.</summary>
internal static class ActivationNames
{
    private const string Implemented = "gelu, relu, silu, swish, gelu_new and quick_gelu are implemented";

    /// <summary>The function that a key of a configuration names; another name is refused by the configuration.</summary>
    public static Fused Read(ConfigObject config, string key, string missing)
    {
        switch (config.Text(key, missing))
        {
            case "gelu":
                return Fused.Gelu;
            case "relu":
                return Fused.Relu;
            case "silu" or "swish":
                return Fused.Silu;
            case "gelu_new" or "gelu_pytorch_tanh":
                return Fused.GeluTanh;
            case "quick_gelu":
                return Fused.QuickGelu;
            case "tanh":
                return Fused.Tanh;
            default:
                config.Refuse(key, Implemented);
                return Fused.None;
        }
    }
}
