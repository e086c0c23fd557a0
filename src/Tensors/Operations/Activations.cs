using Euterpe.Numerics;

namespace Euterpe.Tensors;

// Functions of single elements. The formulas stand in Numerics; here are the shape (any) and the type (F32).
public static unsafe partial class Operations
{
    public static Tensor Exp(Workspace w, Tensor x) => Map(w, "exp", x, default(Unary.Exp));

    /// <summary>Natural logarithm.</summary>
    public static Tensor Log(Workspace w, Tensor x) => Map(w, "log", x, default(Unary.Log));

    public static Tensor Sin(Workspace w, Tensor x) => Map(w, "sin", x, default(Unary.Sin));

    public static Tensor Cos(Workspace w, Tensor x) => Map(w, "cos", x, default(Unary.Cos));

    public static Tensor Tanh(Workspace w, Tensor x) => Map(w, "tanh", x, default(Unary.Tanh));

    public static Tensor Erf(Workspace w, Tensor x) => Map(w, "erf", x, default(Unary.Erf));

    public static Tensor Sigmoid(Workspace w, Tensor x) => Map(w, "sigmoid", x, default(Unary.Sigmoid));

    /// <summary>x * sigmoid(x).</summary>
    public static Tensor Silu(Workspace w, Tensor x) => Map(w, "silu", x, default(Unary.Silu));

    /// <summary>x times the normal distribution's probability of x (the exact one, with erf).</summary>
    public static Tensor Gelu(Workspace w, Tensor x) => Map(w, "gelu", x, default(Unary.Gelu));

    /// <summary>GELU by its tanh approximation ("gelu_new", "gelu_pytorch_tanh").</summary>
    public static Tensor GeluTanh(Workspace w, Tensor x) => Map(w, "gelu_tanh", x, default(Unary.GeluTanh));

    /// <summary>x * sigmoid(1.702 x).</summary>
    public static Tensor QuickGelu(Workspace w, Tensor x) => Map(w, "quick_gelu", x, default(Unary.QuickGelu));

    public static Tensor Relu(Workspace w, Tensor x) => Map(w, "relu", x, default(Unary.Relu));

    public static Tensor LeakyRelu(Workspace w, Tensor x, float slope = 0.01f) => Map(w, "leaky_relu", x, new Unary.LeakyRelu(slope));

    public static Tensor Elu(Workspace w, Tensor x, float alpha = 1) => Map(w, "elu", x, new Unary.Elu(alpha));

    /// <summary>log(1 + e^x).</summary>
    public static Tensor Softplus(Workspace w, Tensor x) => Map(w, "softplus", x, default(Unary.Softplus));

    public static Tensor Sqrt(Workspace w, Tensor x) => Map(w, "sqrt", x, default(Unary.Sqrt));

    /// <summary>1 / sqrt(x), both steps rounded.</summary>
    public static Tensor Rsqrt(Workspace w, Tensor x) => Map(w, "rsqrt", x, default(RsqrtOf));

    public static Tensor Neg(Workspace w, Tensor x) => Map(w, "neg", x, default(Unary.Negate));

    public static Tensor Abs(Workspace w, Tensor x) => Map(w, "abs", x, default(Unary.Abs));

    public static Tensor Square(Workspace w, Tensor x) => Map(w, "square", x, default(Unary.Square));

    /// <summary>Elements below or above the bounds become the bounds; a NaN stays.</summary>
    public static Tensor Clamp(Workspace w, Tensor x, float min = float.NegativeInfinity, float max = float.PositiveInfinity) =>
        Map(w, "clamp", x, new Unary.Clamp(min, max));

    /// <summary>x to a whole power by repeated products, or to a half; other exponents as e^(exponent log x) with the precision of double.</summary>
    public static Tensor Pow(Workspace w, Tensor x, float exponent)
    {
        switch (exponent)
        {
            case 2:
                return Square(w, x);
            case 0.5f:
                return Sqrt(w, x);
            case -0.5f:
                return Rsqrt(w, x);
        }
        CheckFloats("pow", x);
        Tensor y = Copy(w, x);
        foreach (ref float value in y.Span)
        {
            value = (float)DoubleFunctions.Pow(value, exponent);
        }
        return y;
    }

    private struct RsqrtOf : IUnary
    {
        public readonly T Of<T>(T x) where T : struct, ILanes<T> => T.Of(1) / T.Sqrt(x);

        public readonly T Slope<T>(T x) where T : struct, ILanes<T> => T.Of(-0.5f) / (x * T.Sqrt(x));
    }
}
