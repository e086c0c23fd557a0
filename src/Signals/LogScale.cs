using Euterpe.Numerics;

namespace Euterpe.Signals;

/// <summary>
/// A logarithm of power or magnitude, as a closed choice: factor * (log(max(floor, gain * x + offset)) - log(max(floor, reference))).
/// </summary>
public sealed record LogScale
{
    private LogScale(bool isDecimal, double factor, double floor, double gain = 1, double offset = 0, double reference = 1)
    {
        double log = Math.Max(floor, reference) == 1 ? 0 : isDecimal
            ? DoubleFunctions.Log10(Math.Max(floor, reference)) : DoubleFunctions.Log(Math.Max(floor, reference));
        Operation = new LogScaled(isDecimal, (float)gain, (float)offset, (float)floor, (float)factor, (float)(-factor * log));
    }

    internal LogScaled Operation { get; }

    /// <summary>ln(max(floor, x)).</summary>
    public static LogScale Natural(double floor) => new(false, 1, floor);

    /// <summary>ln(x + offset), for x of 0 or more.</summary>
    public static LogScale NaturalPlus(double offset, double gain = 1) => new(false, 1, 0, gain, offset);

    /// <summary>log10(max(floor, x)).</summary>
    public static LogScale Decimal(double floor) => new(true, 1, floor);

    /// <summary>log10(gain x + offset).</summary>
    public static LogScale DecimalPlus(double offset, double gain = 1) => new(true, 1, 0, gain, offset);

    /// <summary>Decibels of a power: 10 log10, librosa's and torchaudio's floor 1e-10.</summary>
    public static LogScale PowerDecibels(double reference = 1, double floor = 1e-10) => new(true, 10, floor, reference: reference);

    /// <summary>Decibels of a magnitude: 20 log10. The floor is a magnitude (librosa 1e-5, torchaudio 1e-10).</summary>
    public static LogScale AmplitudeDecibels(double reference = 1, double floor = 1e-5) => new(true, 20, floor, reference: reference);

    /// <summary>y gets the logarithm of every x; y may be x.</summary>
    public void Apply(ReadOnlySpan<float> x, Span<float> y) => Elementwise.Map(Operation, x, y);

    /// <summary>Of every number of a map, as a new one.</summary>
    public FeatureMap Apply(FeatureMap map)
    {
        var logarithms = new FeatureMap(map.Rows, map.Frames);
        Apply(map.Values, logarithms.Values);
        return logarithms;
    }
}

/// <summary>Decibels as librosa has them.</summary>
public static class Decibels
{
    /// <summary>
    /// 10 log10(max(floor, power) / max(floor, reference)), then not below the maximum of the whole map minus topDecibels (null: no limit).
    /// </summary>
    public static FeatureMap FromPower(FeatureMap power, double reference = 1, double floor = 1e-10, double? topDecibels = 80) =>
        Limited(LogScale.PowerDecibels(reference, floor).Apply(power), topDecibels);

    /// <summary>20 log10 of a magnitude; its floor is that of power, squared root: 1e-5.</summary>
    public static FeatureMap FromAmplitude(FeatureMap magnitude, double reference = 1, double floor = 1e-5, double? topDecibels = 80) =>
        Limited(LogScale.AmplitudeDecibels(reference, floor).Apply(magnitude), topDecibels);

    /// <summary>reference * 10^(decibels / 10).</summary>
    public static FeatureMap ToPower(FeatureMap decibels, double reference = 1)
    {
        var power = new FeatureMap(decibels.Rows, decibels.Frames);
        for (int i = 0; i < power.Values.Length; i++)
        {
            power.Values[i] = (float)(reference * DoubleFunctions.Pow(10, 0.1 * decibels.Values[i]));
        }
        return power;
    }

    /// <summary>Raises what lies more than range below the maximum, in place.</summary>
    public static FeatureMap Limited(FeatureMap decibels, double? range)
    {
        if (range is double top && decibels.Values.Length > 0)
        {
            float least = (float)(Reductions.Max(decibels.Values) - top);
            for (int i = 0; i < decibels.Values.Length; i++)
            {
                decibels.Values[i] = Math.Max(decibels.Values[i], least);
            }
        }
        return decibels;
    }
}
