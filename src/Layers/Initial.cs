namespace Euterpe.Layers;

/// <summary>How a tensor begins where no file has it: mean plus scale times a normal number.</summary>
/// <param name="Mean">The value around which it begins.</param>
/// <param name="Scale">The standard deviation; <see cref="float.NaN"/> for 1 / sqrt(fan in).</param>
public readonly record struct Initial(float Mean, float Scale)
{
    public static Initial Zeros => new(0, 0);

    public static Initial Ones => new(1, 0);

    /// <summary>Normal numbers of standard deviation 1 / sqrt(elements of a row).</summary>
    public static Initial Fan => new(0, float.NaN);

    public static Initial Normal(float scale) => new(0, scale);

    public static Initial Constant(float value) => new(value, 0);
}
