using Euterpe.Numerics;

namespace Euterpe.Signals;

/// <summary>scipy's two ways to resample, in double precision, for features that were defined with them.</summary>
public static class ScipyResampling
{
    /// <summary>
    /// scipy.signal.resample_poly: up / down through a Kaiser (5.0) low-pass of 20 max(up, down) + 1 taps; ceil(n up / down) samples.
    /// </summary>
    public static float[] Polyphase(ReadOnlySpan<float> wave, int up, int down)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(up);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(down);
        int divisor = (int)System.Numerics.BigInteger.GreatestCommonDivisor(up, down);
        (up, down) = (up / divisor, down / divisor);
        if (up == down)
        {
            return wave.ToArray();
        }
        int most = Math.Max(up, down), half = checked(10 * most);
        double[] taps = Windows.Kaiser((2 * half) + 1, 5, periodic: false);
        for (int i = 0; i < taps.Length; i++)
        {
            double x = (double)(i - half) / most;
            taps[i] *= x == 0 ? 1.0 / most : DoubleFunctions.Sin(Math.PI * x) / (Math.PI * x * most);
        }
        double total = Reductions.Sum(taps);
        float[] result = new float[checked((int)((((long)wave.Length * up) + down - 1) / down))];
        for (int i = 0; i < result.Length; i++)
        {
            // The zero-stuffed sound has its sample k at k * up; output i lies at i * down.
            long place = (long)i * down, first = Math.Max(0, (place - half + up - 1) / up), last = Math.Min(wave.Length - 1, (place + half) / up);
            double sum = 0;
            for (long k = place - half < 0 ? 0 : first; k <= last; k++)
            {
                sum += wave[(int)k] * taps[(int)(half + place - (k * up))];
            }
            result[i] = (float)(sum * up / total);
        }
        return result;
    }

    /// <summary>scipy.signal.resample: through the spectrum of the whole, cut or padded with zeros; the sound is taken as periodic.</summary>
    public static float[] Fourier(ReadOnlySpan<float> wave, int samples)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(samples);
        double[] x = new double[wave.Length], y = new double[samples];
        for (int i = 0; i < x.Length; i++)
        {
            x[i] = wave[i];
        }
        Fft from = Fft.Of(x.Length), to = Fft.Of(samples);
        double[] spectrum = new double[2 * from.Bins], cut = new double[2 * to.Bins];
        from.ForwardReal(x, spectrum);
        int shorter = Math.Min(x.Length, samples);
        spectrum.AsSpan(0, 2 * ((shorter / 2) + 1)).CopyTo(cut);
        if (shorter % 2 == 0 && samples != x.Length)
        {
            double factor = samples < x.Length ? 2 : 0.5;
            (cut[shorter], cut[shorter + 1]) = (cut[shorter] * factor, cut[shorter + 1] * factor);
        }
        to.InverseReal(cut, y);
        return [.. y.Select(value => (float)(value * samples / x.Length))];
    }
}
