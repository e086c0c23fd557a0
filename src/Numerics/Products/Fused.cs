namespace Euterpe.Numerics;

/// <summary>The function that a product applies to each output after the bias: the same bits as that of <c>Functions</c>.</summary>
[Experimental("EUTERPE001")]
public enum Fused
{
    None,
    Relu,
    Gelu,
    GeluTanh,
    QuickGelu,
    Silu,
    Tanh,
    Sigmoid,
}
