using Euterpe.Numerics;

namespace Euterpe.Signals;

/// <summary>A scale of pitch as it is heard.</summary>
public enum MelScale
{
    /// <summary>Linear up to 1 kHz (15 mel), then logarithmic (Auditory Toolbox; librosa's default).</summary>
    Slaney,

    /// <summary>2595 log10(1 + f / 700).</summary>
    Htk,

    /// <summary>1127 ln(1 + f / 700).</summary>
    Kaldi,

    /// <summary>Hertz themselves (torchaudio's linear_fbanks).</summary>
    Linear,
}

/// <summary>From hertz to mels and back, in double precision.</summary>
public static class Mels
{
    private const double SlaneyBreak = 1000, SlaneyMels = 15;

    /// <summary>ln 6.4 / 27.</summary>
    private static readonly double SlaneyStep = DoubleFunctions.Log(6.4) / 27;

    /// <summary>Mels of a frequency of 0 hertz or more.</summary>
    public static double FromHertz(double hertz, MelScale scale) => scale switch
    {
        MelScale.Slaney => hertz < SlaneyBreak ? 3 * hertz / 200 : SlaneyMels + (DoubleFunctions.Log(hertz / SlaneyBreak) / SlaneyStep),
        MelScale.Htk => 2595 * DoubleFunctions.Log10(1 + (hertz / 700)),
        MelScale.Kaldi => 1127 * DoubleFunctions.Log(1 + (hertz / 700)),
        _ => hertz,
    };

    /// <summary>The frequency of a number of mels, in hertz.</summary>
    public static double ToHertz(double mels, MelScale scale) => scale switch
    {
        MelScale.Slaney => mels < SlaneyMels ? 200 * mels / 3 : SlaneyBreak * DoubleFunctions.Exp(SlaneyStep * (mels - SlaneyMels)),
        MelScale.Htk => 700 * (DoubleFunctions.Pow(10, mels / 2595) - 1),
        MelScale.Kaldi => 700 * (DoubleFunctions.Exp(mels / 1127) - 1),
        _ => mels,
    };

    /// <summary>count frequencies in hertz, evenly spaced in mels from low to high, both included.</summary>
    public static double[] Frequencies(int count, double lowHertz, double highHertz, MelScale scale)
    {
        double low = FromHertz(lowHertz, scale), step = (FromHertz(highHertz, scale) - low) / Math.Max(1, count - 1);
        return [.. Enumerable.Range(0, count).Select(i => ToHertz(low + (step * i), scale))];
    }
}
