using Euterpe.Numerics;

namespace Euterpe.Signals;

/// <summary>What the weights of a band are divided by.</summary>
public enum BandNorm
{
    /// <summary>Triangles of height 1.</summary>
    None,

    /// <summary>Divided by half the band's width, so that every band has the same area.</summary>
    Slaney,

    /// <summary>Divided by the sum of the row.</summary>
    L1,

    /// <summary>Divided by the root of the row's summed squares.</summary>
    L2,

    /// <summary>Divided by the row's largest weight.</summary>
    Max,
}

/// <summary>A bank of triangles over the bins of a transform.</summary>
public sealed record MelBankOptions
{
    /// <summary>Samples per second, in hertz.</summary>
    public int SampleRate { get; init; } = 22_050;

    /// <summary>Length of the transform; its bins are 0 to FftSize / 2.</summary>
    public int FftSize { get; init; } = 2048;

    /// <summary>How many triangles.</summary>
    public int Bands { get; init; } = 128;

    /// <summary>Where the lowest triangle begins.</summary>
    public double LowHertz { get; init; }

    /// <summary>Null is half the sample rate.</summary>
    public double? HighHertz { get; init; }

    /// <summary>On which the triangles are evenly spread.</summary>
    public MelScale Scale { get; init; } = MelScale.Slaney;

    /// <summary>What the weights of a band are divided by.</summary>
    public BandNorm Norm { get; init; } = BandNorm.Slaney;

    /// <summary>Triangles are straight in mels rather than in hertz (transformers' triangularize_in_mel_space).</summary>
    public bool TriangularInMels { get; init; }

    /// <summary>Half an odd sample rate is rounded down before the bins are spread over it (torchaudio, transformers).</summary>
    public bool WholeNyquist { get; init; }

    /// <summary>
    /// torchaudio's arithmetic: every step but the ends of the scale in float32, and <see cref="WholeNyquist"/>. It moves weights by up to 3e-6,
    /// which shows as up to 1e-4 dB.
    /// </summary>
    public bool SinglePrecision { get; init; }

    internal void Check()
    {
        double high = HighHertz ?? SampleRate / 2.0;
        if (SampleRate < 1 || FftSize < 1 || Bands < 1 || !(LowHertz >= 0) || !(high > LowHertz) || !double.IsFinite(high))
        {
            throw new OptionsException($"[mel] A rate, a transform and bands of 1 or more, and 0 <= low < high are expected: found {SampleRate} Hz, "
                + $"{FftSize}, {Bands} bands from {LowHertz} to {high} Hz.");
        }
    }
}

/// <summary>
/// Filter banks as librosa, torchaudio and transformers make them, computed in double and rounded once. Each bin meets two triangles, so they are
/// applied as short runs, never as a full matrix. A band without bins stays zero.
/// </summary>
public sealed class MelBank
{
    private readonly BandRows _rows;

    /// <summary>Computes the weights. Impossible options are an <see cref="OptionsException"/>.</summary>
    public MelBank(MelBankOptions options)
    {
        options.Check();
        Options = options;
        Dense = [.. Weights(options).Select(w => (float)w)];
        _rows = new BandRows(Dense, Bands, Bins);
    }

    /// <summary>What it was made from.</summary>
    public MelBankOptions Options { get; }

    /// <summary>How many triangles.</summary>
    public int Bands => Options.Bands;

    /// <summary>Bins of a spectrum, FftSize / 2 + 1.</summary>
    public int Bins => (Options.FftSize / 2) + 1;

    /// <summary>[bands, bins].</summary>
    public float[] Dense { get; }

    internal BandRows Rows => _rows;

    /// <summary>Bands over a spectrogram of the same bins.</summary>
    public FeatureMap Apply(FeatureMap spectrum)
    {
        if (spectrum.Rows != Bins)
        {
            throw new ShapeException($"[mel] The bank takes {Bins} bins, the spectrogram has {spectrum.Rows}.");
        }
        var map = new FeatureMap(Bands, spectrum.Frames);
        float[] from = new float[Bins * FrameTransform.Lanes], to = new float[Bands * FrameTransform.Lanes];
        for (int t = 0; t < spectrum.Frames; t += FrameTransform.Lanes)
        {
            int count = Math.Min(FrameTransform.Lanes, spectrum.Frames - t);
            for (int k = 0; k < Bins; k++)
            {
                spectrum.Row(k).Slice(t, count).CopyTo(from.AsSpan(k * FrameTransform.Lanes));
            }
            _rows.Run(from, to);
            for (int band = 0; band < Bands; band++)
            {
                to.AsSpan(band * FrameTransform.Lanes, count).CopyTo(map.Row(band)[t..]);
            }
        }
        return map;
    }

    /// <summary>The bank in double precision, [bands, bins].</summary>
    public static double[] Weights(MelBankOptions options)
    {
        options.Check();
        int bins = (options.FftSize / 2) + 1;
        MelScale scale = options.Scale;
        double low = Mels.FromHertz(options.LowHertz, scale), high = Mels.FromHertz(options.HighHertz ?? options.SampleRate / 2.0, scale);
        double[] marks = Evenly(low, high, options.Bands + 2, options.SinglePrecision);
        double[] corners = options.TriangularInMels ? marks : [.. marks.Select(mel => options.SinglePrecision ? SingleHertz(mel, scale)
            : Mels.ToHertz(mel, scale))];
        double[] places = options.WholeNyquist || options.SinglePrecision
            ? Evenly(0, options.SampleRate / 2, bins, options.SinglePrecision)
            : [.. Enumerable.Range(0, bins).Select(k => (double)options.SampleRate * k / options.FftSize)];
        places = options.TriangularInMels ? [.. places.Select(hertz => Mels.FromHertz(hertz, scale))] : places;
        double[] weights = new double[options.Bands * bins];
        for (int band = 0; band < options.Bands; band++)
        {
            Span<double> row = weights.AsSpan(band * bins, bins);
            double left = corners[band], peak = corners[band + 1], right = corners[band + 2];
            for (int k = 0; k < bins; k++)
            {
                row[k] = options.SinglePrecision
                    ? Math.Max(0, Math.Min((float)(places[k] - left) / (float)(peak - left), (float)(right - places[k]) / (float)(right - peak)))
                    : Math.Max(0, Math.Min((places[k] - left) / (peak - left), (right - places[k]) / (right - peak)));
            }
            Normalize(row, options.Norm, right - left);
        }
        return weights;
    }

    /// <summary>count numbers from low to high, both included; single: as torch.linspace does it, from both ends, fused, in float32.</summary>
    private static double[] Evenly(double low, double high, int count, bool single)
    {
        double[] marks = new double[count];
        float from = (float)low, to = (float)high, narrow = (to - from) / Math.Max(1, count - 1);
        double step = (high - low) / Math.Max(1, count - 1);
        for (int i = 0; i < count; i++)
        {
            marks[i] = !single ? low + (step * i) : i < count / 2
                ? MathF.FusedMultiplyAdd(narrow, i, from) : MathF.FusedMultiplyAdd(-narrow, count - i - 1, to);
        }
        return marks;
    }

    /// <summary>torchaudio's _mel_to_hz, each operation rounded to float32.</summary>
    private static double SingleHertz(double mel, MelScale scale)
    {
        float mels = (float)mel;
        switch (scale)
        {
            case MelScale.Htk:
                return 700f * (SleefPower.OfTen(mels / 2595f) - 1f);
            case MelScale.Slaney when mels < 15f:
                return (float)(200.0 / 3) * mels;
            case MelScale.Slaney:
                return 1000f * (float)DoubleFunctions.Exp((float)(DoubleFunctions.Log(6.4) / 27) * (mels - 15f));
            default:
                return (float)Mels.ToHertz(mel, scale);
        }
    }

    private static void Normalize(Span<double> row, BandNorm norm, double width)
    {
        double divisor = norm switch
        {
            BandNorm.Slaney => width / 2,
            BandNorm.L1 => Reductions.Sum(row),
            BandNorm.L2 => Math.Sqrt(Reductions.SumOfSquares(row)),
            BandNorm.Max => Reductions.Max(row),
            _ => 1,
        };
        for (int k = 0; k < row.Length && divisor > 1.1754943508222875e-38; k++)
        {
            row[k] /= divisor;
        }
    }
}
