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
