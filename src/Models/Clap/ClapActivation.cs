using Euterpe.Numerics;

namespace Euterpe.Models.Clap;

/// <summary>Upstream's names of activation functions.</summary>
internal static class ClapActivation
{
    public static Fused Of(string name) => name switch
    {
        "gelu" => Fused.Gelu,
        "relu" => Fused.Relu,
        "silu" or "swish" => Fused.Silu,
        "gelu_new" or "gelu_pytorch_tanh" => Fused.GeluTanh,
        _ => throw new OptionsException($"[clap] The activation {name} is not implemented."),
    };

    public static void Check(ConfigObject config, string key, string name)
    {
        if (name is not ("gelu" or "relu" or "silu" or "swish" or "gelu_new" or "gelu_pytorch_tanh"))
            config.Refuse(key, "gelu, relu, silu and gelu_new are implemented");
    }
}
