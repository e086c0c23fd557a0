namespace Euterpe.Numerics;

/// <summary>The span forms: y gets the function of every x; y may be x itself.</summary>
public static partial class Functions
{
    public static void Exp(ReadOnlySpan<float> x, Span<float> y) => Elementwise.Map(default(Unary.Exp), x, y);

    public static void Expm1(ReadOnlySpan<float> x, Span<float> y) => Elementwise.Map(default(Unary.Expm1), x, y);

    public static void Log(ReadOnlySpan<float> x, Span<float> y) => Elementwise.Map(default(Unary.Log), x, y);

    public static void Log10(ReadOnlySpan<float> x, Span<float> y) => Elementwise.Map(default(Unary.Log10), x, y);

    public static void Tanh(ReadOnlySpan<float> x, Span<float> y) => Elementwise.Map(default(Unary.Tanh), x, y);

    public static void Erf(ReadOnlySpan<float> x, Span<float> y) => Elementwise.Map(default(Unary.Erf), x, y);

    public static void Sin(ReadOnlySpan<float> x, Span<float> y) => Elementwise.Map(default(Unary.Sin), x, y);

    public static void Cos(ReadOnlySpan<float> x, Span<float> y) => Elementwise.Map(default(Unary.Cos), x, y);

    public static void Sigmoid(ReadOnlySpan<float> x, Span<float> y) => Elementwise.Map(default(Unary.Sigmoid), x, y);

    public static void Silu(ReadOnlySpan<float> x, Span<float> y) => Elementwise.Map(default(Unary.Silu), x, y);

    public static void QuickGelu(ReadOnlySpan<float> x, Span<float> y) => Elementwise.Map(default(Unary.QuickGelu), x, y);

    public static void GeluTanh(ReadOnlySpan<float> x, Span<float> y) => Elementwise.Map(default(Unary.GeluTanh), x, y);

    public static void Gelu(ReadOnlySpan<float> x, Span<float> y)
    {
        // Lengths that differ are Map's to refuse.
        int done = GeluKernel.IsAccelerated && x.Length == y.Length ? GeluKernel.Run(x, y) : 0;
        Elementwise.Map(default(Unary.Gelu), x[done..], y[done..]);
    }

    public static void Softplus(ReadOnlySpan<float> x, Span<float> y) => Elementwise.Map(default(Unary.Softplus), x, y);

    public static void Relu(ReadOnlySpan<float> x, Span<float> y) => Elementwise.Map(default(Unary.Relu), x, y);

    public static void Elu(ReadOnlySpan<float> x, Span<float> y, float alpha = 1f) => Elementwise.Map(new Unary.Elu(alpha), x, y);

    public static void LeakyRelu(ReadOnlySpan<float> x, Span<float> y, float slope) => Elementwise.Map(new Unary.LeakyRelu(slope), x, y);
}
