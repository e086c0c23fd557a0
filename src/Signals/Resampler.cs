using System.Collections.Concurrent;
using Euterpe.Numerics;

namespace Euterpe.Signals;

/// <summary>The low-pass filter of a resampler: a windowed sinc.</summary>
public sealed record ResamplerQuality
{
    /// <summary>Zero crossings of the sinc on each side, at the lower of the two rates.</summary>
    public int ZeroCrossings { get; init; } = 32;

    /// <summary>The cut-off as a part of half the lower rate.</summary>
    public double RollOff { get; init; } = 0.95;

    /// <summary>Beta of a Kaiser window; null is a Hann window.</summary>
    public double? KaiserBeta { get; init; } = 12;

    /// <summary>Ours: stop band below -100 dB, pass band to 0.9 of the lower half rate.</summary>
    public static ResamplerQuality Standard { get; } = new();

    /// <summary>torchaudio's default: sinc_interp_hann, width 6, roll-off 0.99.</summary>
    public static ResamplerQuality TorchaudioHann { get; } = new() { ZeroCrossings = 6, RollOff = 0.99, KaiserBeta = null };

    /// <summary>torchaudio's "kaiser best": width 64, roll-off 0.9475937167399596, beta 14.769656459379492.</summary>
    public static ResamplerQuality TorchaudioKaiserBest { get; } = new()
    {
        ZeroCrossings = 64,
        RollOff = 0.9475937167399596,
        KaiserBeta = 14.769656459379492
    };
}

/// <summary>
/// Polyphase windowed-sinc resampling between whole rates: y[i] = sum over k of x[k] h(k / from - i / to), silence beyond the ends, ceil(to * n /
/// from) samples out. The kernel is computed in double and rounded once; every output is one dot product of fixed order, so blocks and wholes agree
/// to the bit.
/// </summary>
public sealed class Resampler
{
    /// <summary>Weights that are kept; beyond, each output computes its own (the same) anew.</summary>
    private const long MostKept = 1 << 22;

    private const int MostShared = 32;

    private static readonly ConcurrentDictionary<(int From, int To, ResamplerQuality Quality), Resampler> Kept = new();

    private readonly int _from;
    private readonly int _to;
    private readonly double _base;
    private readonly double _besselAtBeta;
    private readonly float[]? _weights;

    /// <param name="fromHertz">The rate of what comes in, 1 or more.</param>
    /// <param name="toHertz">The rate of what goes out, 1 or more.</param>
    /// <param name="quality">The low-pass filter; null for <see cref="ResamplerQuality.Standard"/>.</param>
    /// <exception cref="OptionsException">A number is out of its range, or every sample out would take too many in.</exception>
    public Resampler(int fromHertz, int toHertz, ResamplerQuality? quality = null)
    {
        Quality = quality ?? ResamplerQuality.Standard;
        if (fromHertz < 1 || toHertz < 1 || Quality.ZeroCrossings < 1 || !(Quality.RollOff > 0 && Quality.RollOff <= 1)
            || !(Quality.KaiserBeta is null or >= 0))
        {
            throw new OptionsException($"[resample] Rates of 1 Hz or more, one or more zero crossings, a roll-off in (0, 1] and a beta of 0 "
                + $"or more are "
                + $"expected: found {fromHertz} to {toHertz} Hz, {Quality}.");
        }
        (FromHertz, ToHertz) = (fromHertz, toHertz);
        int divisor = (int)System.Numerics.BigInteger.GreatestCommonDivisor(fromHertz, toHertz);
        (_from, _to) = (fromHertz / divisor, toHertz / divisor);
        _base = Math.Min(_from, _to) * Quality.RollOff;
        double half = Math.Ceiling((double)Quality.ZeroCrossings * _from / _base);
        if (half > 1 << 24)
        {
            throw new OptionsException($"[resample] From {fromHertz} to {toHertz} Hz every sample takes {2 * half:N0} others. Hint: is the "
                + $"rate right?");
        }
        Half = (int)half;
        _besselAtBeta = Bessel((Quality.KaiserBeta ?? 0) * (Quality.KaiserBeta ?? 0));
        if (_from != _to && (long)_to * Taps <= MostKept)
        {
            _weights = new float[_to * Taps];
            for (int phase = 0; phase < _to; phase++)
            {
                Weigh(phase, _weights.AsSpan(phase * Taps, Taps));
            }
        }
    }

    /// <summary>The same, kept for the next sound of these rates: a folder has few different ones.</summary>
    public static Resampler Shared(int fromHertz, int toHertz, ResamplerQuality? quality = null)
    {
        (int, int, ResamplerQuality) key = (fromHertz, toHertz, quality ?? ResamplerQuality.Standard);
        if (Kept.TryGetValue(key, out Resampler? resampler))
        {
            return resampler;
        }
        resampler = new Resampler(fromHertz, toHertz, quality);
        return Kept.Count < MostShared ? Kept.GetOrAdd(key, resampler) : resampler;
    }

    /// <summary>The rate of what comes in.</summary>
    public int FromHertz { get; }

    /// <summary>The rate of what goes out.</summary>
    public int ToHertz { get; }

    /// <summary>The low-pass filter.</summary>
    public ResamplerQuality Quality { get; }

    /// <summary>Samples that an output looks at on each side, at most.</summary>
    internal int Half { get; }

    /// <summary>Samples in one output's sum.</summary>
    internal int Taps => (2 * Half) + 1;

    /// <summary>Samples that come out of so many.</summary>
    public long Length(long samples) => checked(((samples * _to) + _from - 1) / _from);

    /// <summary>A whole sound; the same rates give a copy.</summary>
    public float[] Run(ReadOnlySpan<float> wave, CancellationToken token = default)
    {
        if (_from == _to)
        {
            return wave.ToArray();
        }
        float[] result = new float[checked((int)Length(wave.Length))];
        Fill(wave, 0, wave.Length, 0, result, token);
        return result;
    }

    /// <summary>Starts a sound that comes in blocks.</summary>
    public ResamplerStream Open() => new(this);

    /// <summary>The sample of the sound on which an output is centred, rounded down.</summary>
    internal long Centre(long output) => (long)((Int128)output * _from / _to);

    /// <summary>Outputs from first on; known holds the sound from sample origin on, which is silent before 0 and from total on.</summary>
    internal void Fill(ReadOnlySpan<float> known, long origin, long total, long first, Span<float> result, CancellationToken token)
    {
        float[]? own = _weights is null ? new float[Taps] : null, edge = null;
        for (int i = 0; i < result.Length; i++)
        {
            long centre = Centre(first + i), begin = centre - Half;
            int phase = (int)((Int128)(first + i) * _from % _to);
            if (own is not null)
            {
                Weigh(phase, own);
            }
            if ((i & 0xFFF) == 0)
            {
                token.ThrowIfCancellationRequested();
            }
            ReadOnlySpan<float> weights = own ?? _weights.AsSpan(phase * Taps, Taps);
            if (begin >= Math.Max(0, origin) && begin + Taps <= total)
            {
                result[i] = Reductions.Dot(known.Slice((int)(begin - origin), Taps), weights);
                continue;
            }
            edge ??= new float[Taps];
            for (int k = 0; k < Taps; k++)
            {
                long at = begin + k;
                edge[k] = at >= 0 && at < total ? known[(int)(at - origin)] : 0f;
            }
            result[i] = Reductions.Dot(edge, weights);
        }
    }

    /// <summary>Weights of the samples centre - Half .. centre + Half for outputs that lie phase / to of a sample step after their centre.</summary>
    private void Weigh(int phase, Span<float> weights)
    {
        // torchaudio: t = (sample - output) in zero crossings, sinc(t) times the window over +-ZeroCrossings, times base / from.
        // An output at i * from / to samples has the fraction phase / to beyond its centre.
        double scale = _base / _from;
        for (int k = 0; k < weights.Length; k++)
        {
            double t = ((k - Half) - ((double)phase / _to)) * scale;
            weights[k] = Math.Abs(t) >= Quality.ZeroCrossings ? 0f : (float)(Sinc(t) * Window(t / Quality.ZeroCrossings) * scale);
        }
    }

    /// <summary>
    /// I0 of the root of a square: sum of (square / 4)^k / k!². All terms are positive, so plain doubles keep 15 digits, far more than the weights
    /// have; a kernel has tens of thousands of them, and <see cref="DoubleFunctions.BesselI0"/> takes 50 times longer.
    /// </summary>
    private static double Bessel(double square)
    {
        double sum = 1, term = 1, quarter = square / 4;
        for (int k = 1; term > sum * 1e-17; k++)
        {
            term *= quarter / ((double)k * k);
            sum += term;
        }
        return sum;
    }

    private static double Sinc(double t) => t == 0 ? 1 : DoubleFunctions.Sin(Math.PI * t) / (Math.PI * t);

    private double Window(double x)
    {
        if (Quality.KaiserBeta is double beta)
        {
            return Bessel(beta * beta * Math.Max(0, 1 - (x * x))) / _besselAtBeta;
        }
        double cosine = DoubleFunctions.Cos(x * Math.PI / 2);
        return cosine * cosine;
    }
}

/// <summary>Resampling of a sound in blocks: give samples, take samples.</summary>
public sealed class ResamplerStream
{
    private readonly Resampler _resampler;
    private float[] _known = new float[4096];
    private int _count;
    private long _origin;
    private long _next;
    private bool _complete;

    internal ResamplerStream(Resampler resampler) => _resampler = resampler;

    /// <summary>Adds samples; take what they complete before adding many more.</summary>
    public void Add(ReadOnlySpan<float> samples)
    {
        if (_complete)
        {
            throw new InvalidOperationException("[resample] The sound has been ended.");
        }
        int drop = (int)Math.Clamp(_resampler.Centre(_next) - _resampler.Half - _origin, 0, _count);
        if (drop > 0)
        {
            _known.AsSpan(drop, _count - drop).CopyTo(_known);
            (_origin, _count) = (_origin + drop, _count - drop);
        }
        if (_count + samples.Length > _known.Length)
        {
            Array.Resize(ref _known, Math.Max(checked(_count + samples.Length), 2 * _known.Length));
        }
        samples.CopyTo(_known.AsSpan(_count));
        _count += samples.Length;
    }

    /// <summary>No more samples will come.</summary>
    public void Complete() => _complete = true;

    /// <summary>Writes what is ready, as far as there is room, and returns how many; 0 where more samples are needed.</summary>
    public int Take(Span<float> result, CancellationToken token = default)
    {
        long total = _origin + _count;
        long end = _complete ? _resampler.Length(total) : FirstNotReady(total);
        int count = (int)Math.Clamp(end - _next, 0, result.Length);
        if (_resampler.FromHertz == _resampler.ToHertz)
        {
            _known.AsSpan((int)(_next - _origin), count).CopyTo(result);
        }
        else
        {
            _resampler.Fill(_known.AsSpan(0, _count), _origin, total, _next, result[..count], token);
        }
        _next += count;
        return count;
    }

    /// <summary>The first output whose window reaches beyond what is known.</summary>
    private long FirstNotReady(long total)
    {
        long last = total - 1 - _resampler.Half;                  // its centre must not lie beyond
        return last < 0 ? 0 : _resampler.Length(last + 1);
    }
}
