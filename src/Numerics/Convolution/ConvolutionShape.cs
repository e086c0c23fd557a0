namespace Euterpe.Numerics;

/// <summary>
/// What a convolution is, apart from its weights. One dimension is two with a height of 1. Padding is zeros; a transposed convolution removes it.
/// </summary>
[Experimental("EUTERPE001")]
public sealed record ConvolutionShape
{
    public required int InChannels { get; init; }

    public required int OutChannels { get; init; }

    public int KernelHeight { get; init; } = 1;

    public required int KernelWidth { get; init; }

    public int StrideHeight { get; init; } = 1;

    public int StrideWidth { get; init; } = 1;

    public int DilationHeight { get; init; } = 1;

    public int DilationWidth { get; init; } = 1;

    public int PadTop { get; init; }

    public int PadBottom { get; init; }

    public int PadLeft { get; init; }

    public int PadRight { get; init; }

    public int Groups { get; init; } = 1;

    /// <summary>Gradient of a convolution used as a layer: weights are [in, out / groups, height, width].</summary>
    public bool Transposed { get; init; }

    /// <summary>Transposed only: rows added at the bottom of the result.</summary>
    public int ExtraHeight { get; init; }

    /// <summary>Transposed only: columns added at the right of the result.</summary>
    public int ExtraWidth { get; init; }

    public int InPerGroup => InChannels / Groups;

    public int OutPerGroup => OutChannels / Groups;

    public int Taps => KernelHeight * KernelWidth;

    /// <summary>Numbers in the weights.</summary>
    public long WeightLength => (long)OutChannels * InPerGroup * Taps;

    /// <summary>Height of the result, 0 or less when the input is too small.</summary>
    public int OutHeight(int height)
    {
        return Out(height, KernelHeight, StrideHeight, DilationHeight, PadTop, PadBottom, ExtraHeight);
    }

    /// <summary>Width of the result, 0 or less when the input is too small.</summary>
    public int OutWidth(int width)
    {
        return Out(width, KernelWidth, StrideWidth, DilationWidth, PadLeft, PadRight, ExtraWidth);
    }

    /// <exception cref="OptionsException">A size is not possible; all that is wrong is named.</exception>
    public void Check()
    {
        List<string> wrong = [];
        if (Groups < 1 || InChannels < 1 || OutChannels < 1 || InChannels % Math.Max(Groups, 1) != 0 || OutChannels % Math.Max(Groups, 1) != 0)
            wrong.Add($"{InChannels} input and {OutChannels} output channels must be positive multiples of {Groups} groups");
        if (KernelHeight < 1 || KernelWidth < 1)
            wrong.Add($"a kernel of {KernelHeight} x {KernelWidth} must be at least 1 x 1");
        if (StrideHeight < 1 || StrideWidth < 1 || DilationHeight < 1 || DilationWidth < 1)
            wrong.Add($"strides {StrideHeight} x {StrideWidth} and dilations {DilationHeight} x {DilationWidth} must be at least 1");
        if (PadTop < 0 || PadBottom < 0 || PadLeft < 0 || PadRight < 0 || ExtraHeight < 0 || ExtraWidth < 0)
            wrong.Add("paddings cannot be negative");
        if (!Transposed && (ExtraHeight != 0 || ExtraWidth != 0))
            wrong.Add("extra rows and columns belong to transposed convolutions");
        if (wrong.Count > 0)
            throw new OptionsException($"[convolution] {string.Join("; ", wrong)}.");
    }

    private int Out(int size, int kernel, int stride, int dilation, int before, int after, int extra)
    {
        long span = (long)dilation * (kernel - 1);
        long result = Transposed
            ? ((long)(size - 1) * stride) - before - after + span + extra + 1
            : FloorDivide(size + (long)before + after - span - 1, stride) + 1;
        return checked((int)result);
    }

    private static long FloorDivide(long a, long b)
    {
        return a >= 0 ? a / b : -((-a + b - 1) / b);
    }
}
