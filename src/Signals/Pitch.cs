using Euterpe.Numerics;

namespace Euterpe.Signals;

/// <summary>Hertz, MIDI numbers and octaves.</summary>
public static class Pitch
{
    /// <summary>Concert pitch, MIDI note 69.</summary>
    public const double A4Hertz = 440;

    /// <summary>69 + 12 log2(f / 440).</summary>
    public static double MidiOfHertz(double hertz) => 69 + (12 * (DoubleFunctions.Log2(hertz) - DoubleFunctions.Log2(A4Hertz)));

    /// <summary>The frequency of a MIDI note, which need not be whole.</summary>
    public static double HertzOfMidi(double midi) => Step(A4Hertz, (midi - 69) / 12);

    /// <summary>hertz * 2^octaves.</summary>
    public static double Step(double hertz, double octaves) => hertz * DoubleFunctions.Pow(2, octaves);

    /// <summary>Octaves above A0 (27.5 Hz), where tuning is a part of one of the steps of an octave.</summary>
    public static double Octaves(double hertz, double tuning = 0, int stepsPerOctave = 12) =>
        DoubleFunctions.Log2(hertz / (A4Hertz * DoubleFunctions.Pow(2, tuning / stepsPerOctave) / 16));
}

/// <summary>Frequency weightings of the ear.</summary>
public static class Weighting
{
    /// <summary>A-weighting in decibels (IEC 61672), not below the floor.</summary>
    public static double A(double hertz, double floorDecibels = -80)
    {
        const double c0 = 12194.217 * 12194.217, c1 = 20.598997 * 20.598997, c2 = 107.65265 * 107.65265, c3 = 737.86223 * 737.86223;
        double square = hertz * hertz;
        double weight = 2 + (20 * (DoubleFunctions.Log10(c0) + (2 * DoubleFunctions.Log10(square)) - DoubleFunctions.Log10(square + c0)
            - DoubleFunctions.Log10(square + c1) - (0.5 * DoubleFunctions.Log10(square + c2)) - (0.5 * DoubleFunctions.Log10(square + c3))));
        return Math.Max(floorDecibels, weight);
    }
}
