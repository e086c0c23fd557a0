using Euterpe.Numerics;
using Euterpe.Signals;

namespace Euterpe.Tasks.Trials;

/// <summary>
/// Twenty sounds of five kinds, made by formulas and the counter generator: the same on every machine, at any rate, without files and without
/// FFmpeg. Each has two halves,
/// which are the same sound at another time: other notes, other noise.
/// </summary>
internal static class TrialSounds
{
    public const int Count = 20;

    private const int Kinds = 5;
    private const double Seconds = 3;

    /// <summary>One half of a sound.</summary>
    public static Waveform Half(int sound, int half, int sampleRate)
    {
        float[] samples = new float[(int)(Seconds * sampleRate)];
        int variant = sound / Kinds;
        var random = new Philox(20, "trial sounds");
        switch (sound % Kinds)
        {
            case 0:
                Plucks(samples, sampleRate, 98 * DoubleFunctions.Pow(1.7, variant), random, sound, half);
                break;
            case 1:
                Band(samples, sampleRate, 180 * DoubleFunctions.Pow(2.6, variant), random, sound, half);
                break;
            case 2:
                Drums(samples, sampleRate, 0.62 - (0.13 * variant), 90 + (60 * variant), random, sound, half);
                break;
            case 3:
                Sweeps(samples, sampleRate, 0.5 + (0.5 * variant), 150 + (200 * variant), half);
                break;
            default:
                Bells(samples, sampleRate, 260 * DoubleFunctions.Pow(1.6, variant), 1.2 - (0.2 * variant), half);
                break;
        }

        float peak = 0;
        foreach (float sample in samples)
            peak = Math.Max(peak, Math.Abs(sample));
        for (int i = 0; i < samples.Length; i++)
            samples[i] *= 0.5f / peak;
        return new Waveform(sampleRate, samples);
    }

    /// <summary>A string of a scale, plucked four times a second.</summary>
    private static void Plucks(float[] samples, int rate, double root, Philox random, int sound, int half)
    {
        ReadOnlySpan<int> scale = [0, 2, 4, 7, 9, 12];
        int length = rate / 4;
        for (int begin = 0, note = 0; begin < samples.Length; begin += length, note++)
        {
            double pitch = root * DoubleFunctions.Pow(2, scale[random.Integer(sound, half, note, scale.Length)] / 12.0);
            Span<float> heard = samples.AsSpan(begin, Math.Min(length, samples.Length - begin));
            for (int h = 1; h <= 4 && h * pitch < rate / 2.2; h++)
            {
                double strength = 1.0 / h, fading = DoubleFunctions.Exp(-(3.0 + h) / rate), turn = h * pitch / rate;
                for (int i = 0; i < heard.Length; i++)
                {
                    heard[i] += (float)(strength * DoubleFunctions.Sin(2 * Math.PI * (turn * i % 1)));
                    strength *= fading;
                }
            }
        }
    }

    /// <summary>Noise through a resonance.</summary>
    private static void Band(float[] samples, int rate, double centre, Philox random, int sound, int half)
    {
        random.FillNormal(sound, half, samples);
        double angle = 2 * Math.PI * centre / rate, radius = 1 - (Math.PI * centre / 8 / rate), one = 0, two = 0;
        for (int i = 0; i < samples.Length; i++)
        {
            double value = samples[i] + (2 * radius * DoubleFunctions.Cos(angle) * one) - (radius * radius * two);
            (two, one) = (one, value);
            samples[i] = (float)value;
        }
    }

    /// <summary>A falling drum on each beat, a hiss between.</summary>
    private static void Drums(float[] samples, int rate, double beat, double pitch, Philox random, int sound, int half)
    {
        random.FillNormal(sound, half, samples);
        double offset = half * beat / 3;
        for (int i = 0; i < samples.Length; i++)
        {
            double time = ((double)i / rate) + offset, since = time % beat, hiss = (time + (beat / 2)) % beat;
            double drum = DoubleFunctions.Sin(2 * Math.PI * pitch * (since
                + (0.03 * (1 - DoubleFunctions.Exp(-since * 40))))) * DoubleFunctions.Exp(-since * 9);
            samples[i] = (float)(drum + (0.15 * samples[i] * DoubleFunctions.Exp(-hiss * 60)));
        }
    }

    /// <summary>A tone that rises over three octaves, again and again.</summary>
    private static void Sweeps(float[] samples, int rate, double perSecond, double lowest, int half)
    {
        double phase = 0, rise = DoubleFunctions.Pow(8, perSecond / rate), step = lowest / rate * DoubleFunctions.Pow(8, 0.4 * half);
        for (int i = 0; i < samples.Length; i++)
        {
            phase = (phase + step) % 1;
            step *= rise;
            step = step >= 8 * lowest / rate ? lowest / rate : step;
            samples[i] = (float)DoubleFunctions.Sin(2 * Math.PI * phase);
        }
    }

    /// <summary>A bell: one tone bends another, less as it dies away.</summary>
    private static void Bells(float[] samples, int rate, double pitch, double period, int half)
    {
        for (int i = 0; i < samples.Length; i++)
        {
            double time = ((double)i / rate) + (0.3 * half), since = time % period;
            double bend = 4 * DoubleFunctions.Exp(-since * 2) * DoubleFunctions.Sin(2 * Math.PI * 1.41 * pitch * since);
            samples[i] = (float)(DoubleFunctions.Sin((2 * Math.PI * pitch * since) + bend) * DoubleFunctions.Exp(-since * 2.5));
        }
    }
}
