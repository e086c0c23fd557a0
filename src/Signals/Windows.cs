using Euterpe.Numerics;

namespace Euterpe.Signals;

/// <summary>The formula of a window.</summary>
public enum WindowShape
{
    /// <summary>0.5 - 0.5 cos.</summary>
    Hann,

    /// <summary>0.54 - 0.46 cos.</summary>
    Hamming,

    /// <summary>Hann to the power 0.85 (Kaldi).</summary>
    Povey,

    /// <summary>0.42 - 0.5 cos + 0.08 cos of twice the angle.</summary>
    Blackman,

    /// <summary>Ones.</summary>
    Rectangular,
}

/// <summary>Windows in double precision, as scipy, torch and transformers define them.</summary>
public static class Windows
{
    /// <param name="shape">Its formula.</param>
    /// <param name="length">1 or more samples.</param>
    /// <param name="periodic">One period of a longer signal (spectra), rather than symmetric (filters).</param>
    public static double[] Create(WindowShape shape, int length, bool periodic = true)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        double[] window = new double[length];
        int turn = periodic ? length : length - 1;
        for (int i = 0; i < length; i++)
        {
            window[i] = length == 1 ? 1 : At(shape, i, turn);
        }
        return window;
    }

    /// <summary>The window that the options describe.</summary>
    internal static double[] Of(StftOptions options)
    {
        int length = options.WindowSamples ?? options.FftSize;
        (float alpha, float beta)? cosine = options.Window switch
        {
            WindowShape.Hann => (0.5f, 0.5f),
            WindowShape.Hamming => (0.54f, 0.46f),
            _ => null,
        };
        if (!options.SinglePrecision || length == 1 || cosine is not { } terms)
        {
            return Create(options.Window, length, options.PeriodicWindow);
        }

        // torch's steps, each rounded to float32: i times (2 pi / turn), cosine, times -beta, plus alpha.
        double[] window = new double[length];
        float step = (float)(2 * Math.PI / (options.PeriodicWindow ? length : length - 1));
        for (int i = 0; i < length; i++)
        {
            float scaled = SingleCosine(i * step) * -terms.beta;
            window[i] = scaled + terms.alpha;
        }
        return window;
    }

    /// <summary>The Kaiser window of beta: I0(beta sqrt(1 - (2 i / (n - 1) - 1)²)) / I0(beta).</summary>
    public static double[] Kaiser(int length, double beta, bool periodic = true)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        double[] window = new double[length];
        int turn = periodic ? length : length - 1;
        for (int i = 0; i < length; i++)
        {
            double x = (2.0 * i / turn) - 1;
            window[i] = length == 1 ? 1 : DoubleFunctions.BesselI0(beta * Math.Sqrt(Math.Max(0, 1 - (x * x)))) / DoubleFunctions.BesselI0(beta);
        }
        return window;
    }

    /// <summary>A window in the middle of a longer frame of zeros; an odd one out goes to the right.</summary>
    public static double[] Centred(ReadOnlySpan<double> window, int length)
    {
        if (window.Length > length)
        {
            throw new ShapeException($"[window] {window.Length} samples do not fit a frame of {length}.");
        }
        double[] frame = new double[length];
        window.CopyTo(frame.AsSpan((length - window.Length) / 2));
        return frame;
    }

    /// <summary>
    /// The float32 cosine that torch takes from SLEEF: minus or plus the sine of the distance to the nearest odd quarter turn, by a polynomial. It is the
    /// rounded cosine but for one number in twenty, and those are what a window's edge consists of.
    /// </summary>
    private static float SingleCosine(float angle)
    {
        double quarters = (2 * Math.Round((angle / Math.PI) - 0.5)) + 1, t = angle - (quarters * (Math.PI / 2)), square = t * t;
        float s = (float)square, u = 2.6083159809786593541503e-06f;
        u = (float)(((double)u * s) - 0.0001981069071916863322258f);
        u = (float)(((double)u * s) + 0.00833307858556509017944336f);
        float sine = (float)(t * (1 + (((double)(u * s) - 0.166666597127914428710938f) * square)));
        return ((long)quarters & 2) == 0 ? -sine : sine;
    }

    private static double At(WindowShape shape, int i, int turn)
    {
        // The second half mirrors the first to the last bit.
        double angle = 2 * Math.PI * Math.Min(i, turn - i) / turn, cosine = DoubleFunctions.Cos(angle);
        return shape switch
        {
            WindowShape.Hann => 0.5 - (0.5 * cosine),
            WindowShape.Hamming => 0.54 - (0.46 * cosine),
            WindowShape.Povey => DoubleFunctions.Pow(0.5 - (0.5 * cosine), 0.85),
            WindowShape.Blackman => 0.42 - (0.5 * cosine) + (0.08 * DoubleFunctions.Cos(2 * angle)),
            WindowShape.Rectangular => 1,
            _ => throw new ArgumentOutOfRangeException(nameof(shape)),
        };
    }
}
