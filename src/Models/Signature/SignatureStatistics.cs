using Euterpe.Numerics;

namespace Euterpe.Models.Signature;

/// <summary>
/// Statistics of the frames of a sound, with memory that does not grow: means and deviations of timbre (once with all frames alike, once weighted by
/// the
/// fourth root of their power, so that neither a loud sound nor the silence after it counts for all), its changes, the long-term spectrum,
/// the shape of the loudness, chroma, and the rhythm of the onsets. Loudness itself is left out: only shapes and ratios are kept.
/// </summary>
internal sealed class SignatureStatistics
{
    private const int Bands = SignatureFrames.Bands, Cepstra = SignatureFrames.Cepstra, PitchClasses = SignatureFrames.PitchClasses;
    private const int SpectrumBands = 32, ContrastBands = 8, Shapes = 4, LevelsPerDecibel = 4, LowestLevel = -120, Levels = 240 * LevelsPerDecibel;

    // Eight seconds: counts of frames beyond it say no more, so a whole song does not leave the range of what was seen.
    private const int LongestCount = 344;

    private static readonly int[] s_lags = [4, 6, 8, 11, 14, 18, 22, 28, 36, 46, 60, 80];
    private static readonly int[] s_drops = [6, 12, 20, 30, 45];

    private readonly Moments _cepstrum = new(Cepstra - 1), _cepstrumLoud = new(Cepstra - 1), _change = new(Cepstra), _changeLoud = new(Cepstra);
    private readonly Moments _shape = new(Shapes), _contrast = new(ContrastBands), _chroma = new(PitchClasses), _tonality = new(2);
    private readonly double[] _spectrum = new double[SpectrumBands];
    private readonly long[] _levels = new long[Levels];
    private readonly double[] _values = new double[Cepstra];

    // The last two frames, for central differences, and the weight of the last one.
    private readonly double[] _before = new double[Cepstra], _last = new double[Cepstra], _lastLog = new double[Bands];
    private double _lastWeight, _energy, _energyTime, _loudest = -1;
    private long _frames, _loudestAt;

    // The flux of the first and of the last 80 frames, and its products with what it was some frames ago.
    private readonly double[] _head = new double[80], _ring = new double[128], _products = new double[12];
    private double _flux, _fluxSquares;

    /// <summary>Numbers that <see cref="Result"/> has.</summary>
    public static int Size { get; } = new SignatureStatistics().Result().Length;

    /// <summary>Adds the frame in one lane.</summary>
    public void Add(SignatureFrames frames, int lane)
    {
        ReadOnlySpan<double> cepstrum = frames.Cepstrum.AsSpan(lane * Cepstra, Cepstra), mel = frames.Mel.AsSpan(lane * Bands, Bands);
        ReadOnlySpan<double> log = frames.LogMel.AsSpan(lane * Bands, Bands), chroma = frames.Chroma.AsSpan(lane * PitchClasses, PitchClasses);
        double energy = frames.Energy[lane], weight = Math.Sqrt(Math.Sqrt(energy + 1e-9));
        _cepstrum.Add(cepstrum[1..], 1);
        _cepstrumLoud.Add(cepstrum[1..], weight);
        AddChange(cepstrum, weight);
        AddShape(mel, log, weight);
        _chroma.Add(chroma, weight);
        AddTonality(chroma, weight);
        AddLoudness(energy);
        AddFlux(log);
        _frames++;
    }

    /// <summary>The statistics of all frames; to be asked for once, at the end.</summary>
    public double[] Result()
    {
        var result = new List<double>(256);
        AddMoments(result, _cepstrum, deviations: true);
        AddMoments(result, _cepstrumLoud, deviations: true);
        if (_frames > 0)
        {
            Change(_last, _before);
        }
        for (int k = 0; k < Cepstra; k++)
        {
            result.Add(Log(_change.Deviation(k) + 1e-3));
            result.Add(Log(_changeLoud.Deviation(k) + 1e-3));
        }
        for (int k = 0; k < Shapes; k++)
        {
            result.Add(_shape.Mean(k));
            result.Add(_shape.Deviation(k));
        }
        for (int k = 0; k < ContrastBands; k++)
        {
            result.Add(_contrast.Mean(k));
            result.Add(_contrast.Deviation(k));
        }
        for (int k = 0; k < PitchClasses; k++)
        {
            result.Add(_chroma.Mean(k));
        }
        result.Add(_tonality.Mean(0));
        result.Add(_tonality.Mean(1));
        double all = _spectrum.Sum() + 1e-12;
        result.AddRange(_spectrum.Select(band => Log((band / all) + 1e-6)));
        AddEnvelope(result);
        AddRhythm(result);
        return [.. result];
    }

    private static double Log(double value) => DoubleFunctions.Log(value);

    /// <summary>Central differences: a frame's is known once the next one is; beyond both ends the edge frame stands.</summary>
    private void AddChange(ReadOnlySpan<double> cepstrum, double weight)
    {
        if (_frames == 0)
        {
            cepstrum.CopyTo(_last);
            cepstrum.CopyTo(_before);
        }
        else
        {
            Change(cepstrum, _before);
            _last.CopyTo(_before.AsSpan());
            cepstrum.CopyTo(_last);
        }
        _lastWeight = weight;
    }

    private void Change(ReadOnlySpan<double> next, ReadOnlySpan<double> before)
    {
        for (int k = 0; k < Cepstra; k++)
        {
            _values[k] = next[k] - before[k];
        }
        _change.Add(_values, 1);
        _changeLoud.Add(_values, _lastWeight);
    }

    /// <summary>Centroid, width, 85 % point and flatness of the mel bands, and the contrast of peaks and valleys in 8 regions.</summary>
    private void AddShape(ReadOnlySpan<double> mel, ReadOnlySpan<double> log, double weight)
    {
        double sum = 1e-12, first = 0, second = 0, logs = 0;
        for (int band = 0; band < Bands; band++)
        {
            sum += mel[band];
            first += mel[band] * band;
            second += mel[band] * band * band;
            logs += log[band];
        }
        double centroid = first / sum, reach = 0;
        int roll = 0;
        while (roll < Bands - 1 && (reach += mel[roll]) < 0.85 * sum)
        {
            roll++;
        }
        _values[0] = centroid;
        _values[1] = Math.Sqrt(Math.Max(0, (second / sum) - (centroid * centroid)));
        _values[2] = roll;
        _values[3] = (logs / Bands) - Log((sum / Bands) + 1e-7);
        _shape.Add(_values, weight);
        const int region = Bands / ContrastBands;
        for (int k = 0; k < ContrastBands; k++)
        {
            double high = log[k * region], low = high;
            for (int band = (k * region) + 1; band < (k + 1) * region; band++)
            {
                high = Math.Max(high, log[band]);
                low = Math.Min(low, log[band]);
            }
            _values[k] = high - low;
        }
        _contrast.Add(_values, weight);
        for (int band = 0; band < Bands; band++)
        {
            _spectrum[band * SpectrumBands / Bands] += mel[band];
        }
    }

    /// <summary>How spread the chroma is (entropy), and its largest part.</summary>
    private void AddTonality(ReadOnlySpan<double> chroma, double weight)
    {
        double entropy = 0, largest = 0;
        foreach (double part in chroma)
        {
            entropy -= part * Log(part + 1e-9);
            largest = Math.Max(largest, part);
        }
        (_values[0], _values[1]) = (entropy, largest);
        _tonality.Add(_values, weight);
    }

    private void AddLoudness(double energy)
    {
        _energy += energy;
        _energyTime += energy * _frames;
        if (energy > _loudest)
        {
            (_loudest, _loudestAt) = (energy, _frames);
        }
        double decibels = 10 * DoubleFunctions.Log10(energy + 1e-12);
        _levels[Math.Clamp((int)Math.Floor((decibels - LowestLevel) * LevelsPerDecibel), 0, Levels - 1)]++;
    }

    /// <summary>The mean rise of the logarithmic bands since the frame before: where something begins.</summary>
    private void AddFlux(ReadOnlySpan<double> log)
    {
        double flux = 0;
        for (int band = 0; band < Bands && _frames > 0; band++)
        {
            flux += Math.Max(0, log[band] - _lastLog[band]);
        }
        flux /= Bands;
        log.CopyTo(_lastLog);
        for (int i = 0; i < s_lags.Length; i++)
        {
            _products[i] += s_lags[i] <= _frames ? flux * _ring[(_frames - s_lags[i]) & 127] : 0;
        }
        _ring[_frames & 127] = flux;
        if (_frames < _head.Length)
        {
            _head[_frames] = flux;
        }
        _flux += flux;
        _fluxSquares += flux * flux;
    }

    /// <summary>Shares and numbers of frames within some decibels of the loudest; length, centre and peak of the loudness.</summary>
    private void AddEnvelope(List<double> result)
    {
        int top = Array.FindLastIndex(_levels, count => count > 0);
        foreach (int drop in s_drops)
        {
            long count = 0;
            for (int level = top; level >= 0 && level > top - (drop * LevelsPerDecibel); level--)
            {
                count += _levels[level];
            }
            result.Add((double)count / Math.Max(1, _frames));
            result.Add(Log(1 + Math.Min(count, LongestCount)));
        }
        double centre = _energy > 0 ? _energyTime / _energy : 0;
        result.Add(Log(1 + Math.Min(_frames, LongestCount)));
        result.Add(centre / Math.Max(1, _frames));
        result.Add(Log(1 + Math.Min(centre, LongestCount)));
        result.Add((double)_loudestAt / Math.Max(1, _frames));
        result.Add(Log(1 + Math.Min(_loudestAt, LongestCount)));
    }

    /// <summary>Mean and deviation of the flux, and its autocorrelation at lags from 0.09 to 1.9 s.</summary>
    private void AddRhythm(List<double> result)
    {
        double count = Math.Max(1, _frames), mean = _flux / count, variance = Math.Max(0, (_fluxSquares / count) - (mean * mean));
        result.Add(Log(mean + 1e-3));
        result.Add(Log(Math.Sqrt(variance) + 1e-3));
        for (int i = 0; i < s_lags.Length; i++)
        {
            int lag = s_lags[i];
            double early = _flux, late = _flux;      // sums without the last, and without the first, lag values
            for (int k = 0; k < lag && k < _frames; k++)
            {
                late -= _head[k];
                early -= _ring[(_frames - 1 - k) & 127];
            }
            double pairs = Math.Max(0, _frames - lag), covariance = pairs > 0 ? _products[i] - (mean * (early + late)) + (pairs * mean * mean) : 0;
            result.Add(covariance / (count * (variance + 1e-6)));
        }
    }

    private static void AddMoments(List<double> result, Moments moments, bool deviations)
    {
        for (int k = 0; k < moments.Size; k++)
        {
            result.Add(moments.Mean(k));
            if (deviations)
            {
                result.Add(Log(moments.Deviation(k) + 1e-3));
            }
        }
    }
}
