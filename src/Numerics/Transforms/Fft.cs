using System.Collections.Concurrent;

namespace Euterpe.Numerics;

/// <summary>
/// Discrete Fourier transforms of one length, any length: X[k] = sum over j of x[j] exp(-2 pi i j k / n). Complex values are interleaved (real,
/// imaginary). Lengths with small prime factors take mixed-radix passes; a prime factor above 61 goes through a chirp in double precision. One plan
/// serves many threads. The bits are those of <see cref="FrameTransform"/>'s lanes, whatever travels beside.
/// </summary>
[Experimental("EUTERPE001")]
public sealed unsafe class Fft
{
    private static readonly ConcurrentDictionary<int, Fft> Plans = new();

    private readonly Lazy<FftPlan<float>> _single;
    private readonly Lazy<FftPlan<double>> _double;
    private readonly Lazy<Bluestein> _awkward;

    private Fft(int length)
    {
        Length = length;
        IsDirect = FftPlan<double>.Factors(length) is not null;
        _single = new(() => new FftPlan<float>(length));
        _double = new(() => new FftPlan<double>(length));
        _awkward = new(() => new Bluestein(length));
    }

    public int Length { get; }

    /// <summary>Bins of a real transform: length / 2 + 1.</summary>
    public int Bins => (Length / 2) + 1;

    internal bool IsDirect { get; }

    internal FftPlan<float> Single => _single.Value;

    internal FftPlan<double> Double => _double.Value;

    internal Bluestein Awkward => _awkward.Value;

    /// <summary>The plan for a length of 1 or more; plans of lengths up to 2^20 are kept.</summary>
    public static Fft Of(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, 1 << 28);
        return length <= 1 << 20 ? Plans.GetOrAdd(length, static n => new Fft(n)) : new Fft(length);
    }

    /// <param name="input">n complex values.</param>
    /// <param name="output">n complex values; may be the input itself.</param>
    public void Forward(ReadOnlySpan<double> input, Span<double> output)
    {
        Check("fft", input.Length, 2 * Length, output.Length, 2 * Length);
        if (!IsDirect)
        {
            input.CopyTo(output);
            Awkward.Run(output);
            return;
        }
        double[] work = input.ToArray();
        fixed (double* x = work)
        {
            Double.Run<Double1>(x, 1);
        }
        Order<double>(work, output, Double.Position);
    }

    public void Forward(ReadOnlySpan<float> input, Span<float> output)
    {
        Check("fft", input.Length, 2 * Length, output.Length, 2 * Length);
        if (!IsDirect)
        {
            ThroughDouble(input, output, Forward);
            return;
        }
        float[] work = input.ToArray();
        fixed (float* x = work)
        {
            Single.Run<Float1>(x, 1);
        }
        Order<float>(work, output, Single.Position);
    }

    /// <summary>With the factor 1 / n.</summary>
    public void Inverse(ReadOnlySpan<double> input, Span<double> output)
    {
        Check("ifft", input.Length, 2 * Length, output.Length, 2 * Length);
        double[] turned = Exchanged(input);
        Forward(turned, turned);
        for (int k = 0; k < Length; k++)
        {
            (output[2 * k], output[(2 * k) + 1]) = (turned[(2 * k) + 1] / Length, turned[2 * k] / Length);
        }
    }

    public void Inverse(ReadOnlySpan<float> input, Span<float> output)
    {
        Check("ifft", input.Length, 2 * Length, output.Length, 2 * Length);
        float[] turned = Exchanged(input);
        Forward(turned, turned);
        for (int k = 0; k < Length; k++)
        {
            (output[2 * k], output[(2 * k) + 1]) = (turned[(2 * k) + 1] / Length, turned[2 * k] / Length);
        }
    }

    /// <param name="input">n real values.</param>
    /// <param name="output">n / 2 + 1 complex values.</param>
    public void ForwardReal(ReadOnlySpan<double> input, Span<double> output)
    {
        Check("rfft", input.Length, Length, output.Length, 2 * Bins);
        if (!IsDirect)
        {
            double[] whole = Widened(input);
            Awkward.Run(whole);
            whole.AsSpan(0, 2 * Bins).CopyTo(output);
            return;
        }
        double[] work = Length % 2 == 0 ? input.ToArray() : Widened(input);
        fixed (double* x = work, y = output)
        {
            if (Length % 2 == 0)
            {
                FftPlan<double> half = Of(Length / 2).Double;
                half.Run<Double1>(x, 1);
                RealSplit<Double1, double, ComplexBin<Double1, double>>.Even(half, x, 1, y);
            }
            else
            {
                Double.Run<Double1>(x, 1);
                RealSplit<Double1, double, ComplexBin<Double1, double>>.Odd(Double, x, 1, y);
            }
        }
    }

    public void ForwardReal(ReadOnlySpan<float> input, Span<float> output)
    {
        Check("rfft", input.Length, Length, output.Length, 2 * Bins);
        if (!IsDirect)
        {
            ThroughDouble(input, output, ForwardReal);
            return;
        }
        float[] work = Length % 2 == 0 ? input.ToArray() : Widened(input);
        fixed (float* x = work, y = output)
        {
            if (Length % 2 == 0)
            {
                FftPlan<float> half = Of(Length / 2).Single;
                half.Run<Float1>(x, 1);
                RealSplit<Float1, float, ComplexBin<Float1, float>>.Even(half, x, 1, y);
            }
            else
            {
                Single.Run<Float1>(x, 1);
                RealSplit<Float1, float, ComplexBin<Float1, float>>.Odd(Single, x, 1, y);
            }
        }
    }

    /// <summary>
    /// n / 2 + 1 complex values to n real ones, with the factor 1 / n; the imaginary parts of bin 0 and, for even n, of the last are not looked at.
    /// </summary>
    public void InverseReal(ReadOnlySpan<double> input, Span<double> output)
    {
        Check("irfft", input.Length, 2 * Bins, output.Length, Length);
        double[] whole = Mirrored(input);
        Inverse(whole, whole);
        for (int j = 0; j < Length; j++)
        {
            output[j] = whole[2 * j];
        }
    }

    public void InverseReal(ReadOnlySpan<float> input, Span<float> output)
    {
        Check("irfft", input.Length, 2 * Bins, output.Length, Length);
        float[] whole = Mirrored(input);
        Inverse(whole, whole);
        for (int j = 0; j < Length; j++)
        {
            output[j] = whole[2 * j];
        }
    }

    private delegate void InDouble(ReadOnlySpan<double> input, Span<double> output);

    private static void ThroughDouble(ReadOnlySpan<float> input, Span<float> output, InDouble transform)
    {
        double[] from = new double[input.Length], to = new double[output.Length];
        for (int i = 0; i < from.Length; i++)
        {
            from[i] = input[i];
        }
        transform(from, to);
        for (int i = 0; i < to.Length; i++)
        {
            output[i] = (float)to[i];
        }
    }

    private static void Order<S>(S[] work, Span<S> output, int[] position)
    {
        for (int k = 0; k < position.Length; k++)
        {
            (output[2 * k], output[(2 * k) + 1]) = (work[2 * position[k]], work[(2 * position[k]) + 1]);
        }
    }

    private static S[] Exchanged<S>(ReadOnlySpan<S> input)
    {
        S[] turned = new S[input.Length];
        for (int i = 0; i < input.Length; i += 2)
        {
            (turned[i], turned[i + 1]) = (input[i + 1], input[i]);
        }
        return turned;
    }

    private static S[] Widened<S>(ReadOnlySpan<S> real)
    {
        S[] complex = new S[2 * real.Length];
        for (int i = 0; i < real.Length; i++)
        {
            complex[2 * i] = real[i];
        }
        return complex;
    }

    private S[] Mirrored<S>(ReadOnlySpan<S> half)
        where S : System.Numerics.INumber<S>
    {
        S[] whole = new S[2 * Length];
        for (int k = 0; k < Bins; k++)
        {
            bool real = k == 0 || 2 * k == Length;
            (whole[2 * k], whole[(2 * k) + 1]) = (half[2 * k], real ? S.Zero : half[(2 * k) + 1]);
            if (!real)
            {
                (whole[2 * (Length - k)], whole[(2 * (Length - k)) + 1]) = (half[2 * k], -half[(2 * k) + 1]);
            }
        }
        return whole;
    }

    private void Check(string operation, int input, int expectedInput, int output, int expectedOutput)
    {
        if (input != expectedInput || output < expectedOutput)
        {
            throw new ShapeException($"[{operation}] Length {Length} takes {expectedInput} numbers and gives {expectedOutput}: found {input} "
                + $"and {output}.");
        }
    }
}
