using Euterpe.Numerics;
using Euterpe.Signals;

namespace Euterpe.Models.Signature;

/// <summary>
/// What <c>signature</c> knows about one frame: 24 cepstral coefficients of 128 logarithmic mel bands, the bands themselves, loudness, and a chroma.
/// 22,050 Hz, 2,048 samples each 512: librosa's defaults.
/// </summary>
internal sealed class SignatureFrames
{
    public const int SampleRate = 22_050, FftSize = 2048, Hop = 512, Bands = 128, Cepstra = 24, PitchClasses = 12;

    private const int Lanes = FrameTransform.Lanes;

    // Power below which a band counts as silent: a full-scale tone reaches about 1e3.
    private const float BandFloor = 1e-7f;

    private static readonly MelSpectrogram s_spectrum = new(new StftOptions { FftSize = FftSize, HopSamples = Hop, Padding = Padding.Zeros }, null);
    private static readonly BandRows s_bank = Bank();
    private static readonly float[] s_cosines = Cosines();
    private static readonly sbyte[] s_pitchClass = PitchClassOfBin();

    private readonly MelStream _stream = s_spectrum.Open();
    private readonly float[] _power = new float[s_spectrum.Bands * Lanes];
    private readonly float[] _mel = new float[Bands * Lanes];
    private readonly float[] _log = new float[Bands * Lanes];

    /// <summary>Power of all bins but the first.</summary>
    public double[] Energy { get; } = new double[Lanes];

    /// <summary>[lane, band]: mel power.</summary>
    public double[] Mel { get; } = new double[Lanes * Bands];

    /// <summary>[lane, band]: natural logarithm of mel power.</summary>
    public double[] LogMel { get; } = new double[Lanes * Bands];

    /// <summary>[lane, coefficient].</summary>
    public double[] Cepstrum { get; } = new double[Lanes * Cepstra];

    /// <summary>[lane, pitch class], summing to 1 where there is sound.</summary>
    public double[] Chroma { get; } = new double[Lanes * PitchClasses];

    public void Add(ReadOnlySpan<float> samples) => _stream.Add(samples);

    public void Complete() => _stream.Complete();

    /// <summary>The next frames, 16 at most; 0 where more samples are needed.</summary>
    public int Take()
    {
        int count = _stream.Take(_power);
        if (count == 0)
        {
            return 0;
        }
        s_bank.Run(_power, _mel);
        for (int i = 0; i < _mel.Length; i++)
        {
            _log[i] = _mel[i] + BandFloor;
        }
        Functions.Log(_log, _log);
        Array.Clear(Energy);
        Array.Clear(Chroma);
        for (int bin = 1; bin < s_spectrum.Bands; bin++)
        {
            ReadOnlySpan<float> row = _power.AsSpan(bin * Lanes, Lanes);
            int pitch = s_pitchClass[bin];
            for (int lane = 0; lane < count; lane++)
            {
                Energy[lane] += row[lane];
                if (pitch >= 0)
                {
                    Chroma[(lane * PitchClasses) + pitch] += MathF.Sqrt(row[lane]);
                }
            }
        }
        for (int lane = 0; lane < count; lane++)
        {
            Frame(lane);
        }
        return count;
    }

    private void Frame(int lane)
    {
        Span<double> mel = Mel.AsSpan(lane * Bands, Bands), log = LogMel.AsSpan(lane * Bands, Bands);
        for (int band = 0; band < Bands; band++)
        {
            mel[band] = _mel[(band * Lanes) + lane];
            log[band] = _log[(band * Lanes) + lane];
        }
        for (int k = 0; k < Cepstra; k++)
        {
            // Four chains, so that the additions need not wait for one another; the order is fixed all the same.
            ReadOnlySpan<float> cosines = s_cosines.AsSpan(k * Bands, Bands);
            double a = 0, b = 0, c = 0, d = 0;
            for (int band = 0; band < Bands; band += 4)
            {
                a += cosines[band] * log[band];
                b += cosines[band + 1] * log[band + 1];
                c += cosines[band + 2] * log[band + 2];
                d += cosines[band + 3] * log[band + 3];
            }
            Cepstrum[(lane * Cepstra) + k] = a + b + (c + d);
        }
        Span<double> chroma = Chroma.AsSpan(lane * PitchClasses, PitchClasses);
        double sum = 1e-9;
        foreach (double value in chroma)
        {
            sum += value;
        }
        for (int i = 0; i < PitchClasses; i++)
        {
            chroma[i] /= sum;
        }
    }

    private static BandRows Bank()
    {
        var bank = new MelBank(new MelBankOptions { SampleRate = SampleRate, FftSize = FftSize, Bands = Bands });
        return new BandRows(bank.Dense, bank.Bands, bank.Bins);
    }

    /// <summary>The orthonormal cosine transform of type 2.</summary>
    private static float[] Cosines()
    {
        double[] matrix = Dct.Matrix(2, Bands, Cepstra, ortho: true);
        return [.. matrix.Select(value => (float)value)];
    }

    /// <summary>The pitch class (0 is C) nearest to each bin from 60 to 5,000 Hz, else -1.</summary>
    private static sbyte[] PitchClassOfBin()
    {
        var classes = new sbyte[(FftSize / 2) + 1];
        for (int bin = 0; bin < classes.Length; bin++)
        {
            double hertz = (double)bin * SampleRate / FftSize;
            classes[bin] = hertz is < 60 or > 5000 ? (sbyte)-1
                : (sbyte)(((int)Math.Floor((12 * DoubleFunctions.Log2(hertz / 440)) + 69.5) % 12 + 12) % 12);
        }
        return classes;
    }
}
