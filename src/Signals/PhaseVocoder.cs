using Euterpe.Numerics;

namespace Euterpe.Signals;

/// <summary>Faster or slower at the same pitch (librosa.phase_vocoder), in double precision.</summary>
public static class PhaseVocoder
{
    /// <summary>spectrum is [bins, frames, 2]; the result has ceil(frames / rate) frames. A rate above 1 is faster.</summary>
    public static float[] Stretch(ReadOnlySpan<float> spectrum, int bins, int frames, double rate, int hopSamples, int fftSize)
    {
        if (spectrum.Length != 2L * bins * frames || bins != (fftSize / 2) + 1 || frames < 1 || !(rate > 0) || !double.IsFinite(rate))
        {
            throw new ShapeException($"[phase vocoder] {(fftSize / 2) + 1} bins of one or more frames and a rate above 0 are expected: "
                + $"found {spectrum.Length} numbers for [{bins}, {frames}, 2], rate {rate}.");
        }
        int steps = checked((int)Math.Ceiling(frames / rate));
        float[] stretched = new float[checked(2 * bins * steps)];
        for (int k = 0; k < bins; k++)
        {
            ReadOnlySpan<float> row = spectrum.Slice(2 * k * frames, 2 * frames);
            double advance = 2 * Math.PI * hopSamples * k / fftSize, phase = DoubleFunctions.Atan2(row[1], row[0]);
            for (int t = 0; t < steps; t++)
            {
                double step = t * rate;
                int left = (int)step;
                double alpha = step - left;
                (double r0, double i0) = left < frames ? (row[2 * left], row[(2 * left) + 1]) : (0f, 0f);
                (double r1, double i1) = left + 1 < frames ? (row[2 * (left + 1)], row[(2 * (left + 1)) + 1]) : (0f, 0f);
                double magnitude = ((1 - alpha) * Math.Sqrt((r0 * r0) + (i0 * i0))) + (alpha * Math.Sqrt((r1 * r1) + (i1 * i1)));
                int at = 2 * ((k * steps) + t);
                (stretched[at], stretched[at + 1]) = ((float)(magnitude * DoubleFunctions.Cos(phase)),
                    (float)(magnitude * DoubleFunctions.Sin(phase)));
                double turn = DoubleFunctions.Atan2(i1, r1) - DoubleFunctions.Atan2(i0, r0) - advance;
                turn -= 2 * Math.PI * Math.Round(turn / (2 * Math.PI), MidpointRounding.ToEven);
                phase += advance + turn;
            }
        }
        return stretched;
    }
}
