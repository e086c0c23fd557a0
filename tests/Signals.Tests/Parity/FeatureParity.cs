using Euterpe.Testing;

namespace Euterpe.Signals.Tests.Parity;

[Trait("Category", "Parity")]
public class FeatureParity
{
    [SkippableTheory, Cases("librosa/mel")]
    public void Mel_matches_librosa(string name)
    {
        Fixture fixture = Fixture.Open(name);
        double tolerance = fixture.Tolerance($"{Parity.Fft}; {Parity.Db}", 1e-5);
        float[] wave = fixture.Wave("wave");
        FeatureMap Map(string tensor) => new(fixture.Shape(tensor)[0], fixture.Shape(tensor)[1], fixture.Floats(tensor));
        FeatureMap Mel(Call call, int power, Padding padding, bool cepstra = false) =>
            new MelSpectrogram(StftParity.Librosa(call) with { Padding = padding },
                cepstra ? MelParity.LibrosaBank(call) with { Norm = BandNorm.Slaney } : MelParity.LibrosaBank(call), power).Run(wave);
        foreach (string tensor in fixture.Io.Names.Where(n => n is not "wave"))
        {
            Call call = Call.Of(fixture, tensor);
            float[] expected = fixture.Floats(tensor);
            switch (tensor)
            {
                case "mule_mel" or "power1" or "power2":
                    Close.Check(expected, Mel(call, (int)(call.Number("power") ?? 2), Padding.Zeros).Values, tolerance, what: tensor);
                    break;
                case "reflect":
                    Close.Check(expected, Mel(Call.Of(fixture, "power2"), 2, Padding.Reflect).Values, tolerance, what: tensor);
                    break;
                case "mule_log":
                    Close.Check(expected, LogScale.DecimalPlus(1, 10_000).Apply(Mel(Call.Of(fixture, "mule_mel"), 2, Padding.Zeros)).Values,
                        tolerance, what: tensor);
                    break;
                case "db_default" or "db_ref_max" or "db_no_top" or "db_ref":
                    FeatureMap power = Map("power2");
                    double reference = call.Value("ref") == "np.max" ? power.Values.Max() : call.Number("ref") ?? 1;
                    double? top = call.Value("top_db") == "None" ? null : call.Number("top_db") ?? 80;
                    FeatureMap db = Decibels.FromPower(power, reference, call.Number("amin") ?? 1e-10, top);
                    Parity.CheckDecibels(expected, db.Values, 1, tensor);
                    break;
                case "amplitude_db":
                    FeatureMap amplitude = Map("power1");
                    Parity.CheckDecibels(expected, Decibels.FromAmplitude(amplitude, amplitude.Values.Max()).Values, 1, tensor);
                    break;
                case "db_back":
                    Close.Check(expected, Decibels.ToPower(Map("db_no_top")).Values, tolerance, what: tensor);
                    break;
                case "mfcc" or "mfcc_lifter" or "mfcc_no_norm" or "mfcc_dct3":
                    FeatureMap log = Decibels.FromPower(Mel(call, 2, Padding.Zeros, cepstra: true));     // its norm is that of the cosines
                    FeatureMap cepstra = Mfcc.Of(log, call.Whole("n_mfcc")!.Value, call.Whole("dct_type") ?? 2, call.Value("norm") != "None",
                        call.Number("lifter") ?? 0);
                    Close.Check(expected, cepstra.Values, tolerance, what: tensor);
                    break;
                case "delta" or "delta2_nearest":
                    FeatureMap delta = Deltas.SavitzkyGolay(Map("mfcc"), call.Whole("width") ?? 9, call.Whole("order") ?? 1,
                        call.Value("mode") == "nearest");
                    Close.Check(expected, delta.Values, tolerance, what: tensor);
                    break;
                case "mel_inverse":                                 // comes with sound from spectrograms
                    break;
                default:
                    Parity.Unclaimed(fixture, tensor);
                    break;
            }
        }
    }

    [SkippableTheory, Cases("torchaudio/spectra")]
    public void Spectra_match_torchaudio(string name)
    {
        Fixture fixture = Fixture.Open(name);
        double tolerance = fixture.Tolerance(Parity.Fft, 1e-5);
        Assert.Equal(Parity.Db, fixture.Case.GetProperty("dB tolerance").GetString());
        float[] wave = fixture.Wave("wave");
        string[] mel = Call.Of(fixture, "mel_htk_power2").Arguments("MelSpectrogram");
        int rate = int.Parse(mel[0]), bands = Call.Of(fixture, "mel_htk_power2").Whole("n_mels")!.Value;
        var stft = new StftOptions { FftSize = int.Parse(mel[1]), WindowSamples = int.Parse(mel[2]), HopSamples = int.Parse(mel[3]) };
        double high = Call.Of(fixture, "mel_slaney_power1").Number("f_max")!.Value;
        var htk = new MelBankOptions
        {
            SampleRate = rate,
            FftSize = stft.FftSize,
            Bands = bands,
            HighHertz = rate / 2,
            Scale = MelScale.Htk,
            Norm = BandNorm.None,
            SinglePrecision = true,
        };
        MelBankOptions slaney = htk with { Scale = MelScale.Slaney, Norm = BandNorm.Slaney, HighHertz = high };
        FeatureMap Htk(LogScale? log = null) => new MelSpectrogram(stft, htk, 2, log).Run(wave);
        FeatureMap Slaney(LogScale? log = null) => new MelSpectrogram(stft, slaney, 1, log).Run(wave);
        foreach (string tensor in fixture.Io.Names.Where(n => n != "wave"))
        {
            Call call = Call.Of(fixture, tensor);
            float[] expected = fixture.Floats(tensor);
            switch (tensor)
            {
                case "power_normalized":
                    FeatureMap power = new Stft(stft with { Scale = SpectrumScale.Window }).Power(wave);
                    Close.Check(expected, Parity.EveryColumn(power, Parity.Stride(call.Text)), tolerance, what: tensor);
                    break;
                case "mel_htk_power2":
                    Close.Check(expected, Htk().Values, tolerance, what: tensor);
                    break;
                case "mel_slaney_power1":
                    Close.Check(expected, Slaney().Values, tolerance, what: tensor);
                    break;
                case "log_mel_slaney":
                    Parity.CheckDecibels(expected, Slaney(LogScale.Natural(1e-5)).Values, 8.685889638, tensor);
                    break;
                case "db_power":
                    Parity.CheckDecibels(expected, Htk(LogScale.PowerDecibels()).Values, 1, tensor);
                    break;
                case "db_power_top80":
                    Parity.CheckDecibels(expected, Decibels.FromPower(Htk()).Values, 1, tensor);
                    break;
                case "db_magnitude":
                    Parity.CheckDecibels(expected, Slaney(LogScale.AmplitudeDecibels(1, 1e-10)).Values, 1, tensor);
                    break;
                case "mfcc_db" or "mfcc_log":
                    int coefficients = Call.Of(fixture, "mfcc_db").Whole("n_mfcc")!.Value;
                    FeatureMap log = tensor == "mfcc_db" ? Decibels.FromPower(Htk()) : Htk(LogScale.NaturalPlus(1e-6));
                    Close.Check(expected, Mfcc.Of(log, coefficients).Values, tolerance, what: tensor);
                    break;
                case "deltas":
                    int[] shape = fixture.Shape("mfcc_db");
                    FeatureMap deltas = Deltas.Regression(new FeatureMap(shape[0], shape[1], fixture.Floats("mfcc_db")),
                        call.Whole("win_length") ?? 5);
                    Close.Check(expected, deltas.Values, tolerance, what: tensor);
                    break;
                case "centroid":
                    float[] centroid = SpectralStatistics.Centroid(new Stft(stft).Magnitude(wave), rate, stft.FftSize);
                    // Upstream divides 0 by 0 on a silent frame; a silent frame's centroid is 0 here.
                    Close.Check([.. expected.Select(value => float.IsNaN(value) ? 0 : value)], centroid, tolerance, what: tensor);
                    break;
                default:
                    Parity.Unclaimed(fixture, tensor);
                    break;
            }
        }
    }

    [SkippableTheory, Cases("librosa/features")]
    public void Features_match_librosa(string name)
    {
        Fixture fixture = Fixture.Open(name);
        const string words = Parity.Fft + "; tonnetz, contrast (dB), centroid, bandwidth: 1e-4 of the largest; roll-off: exact bin unless "
            + "the threshold lies "
            + "within 1e-5 of the cumulated sum";
        double tolerance = fixture.Tolerance(words, 1e-5), coarse = fixture.Tolerance(words, 1e-4);
        float[] wave = fixture.Wave("wave");
        Call first = Call.Of(fixture, "magnitude8");
        int n = first.Whole("n_fft")!.Value, hop = first.Whole("hop_length")!.Value, rate = Call.Of(fixture, "centroid").Whole("sr")!.Value;
        var stft = new Stft(new StftOptions { FftSize = n, HopSamples = hop, Padding = Padding.Zeros });
        FeatureMap magnitude = stft.Magnitude(wave), power = stft.Power(wave);
        var chroma = new ChromaOptions { SampleRate = rate, FftSize = n };
        foreach (string tensor in fixture.Io.Names.Where(x => x != "wave"))
        {
            Call call = Call.Of(fixture, tensor);
            double[] expected = fixture.Doubles(tensor);
            void Check(IEnumerable<float> actual, double limit) => Close.Check(expected, [.. actual.Select(v => (double)v)], limit, what: tensor);
            switch (tensor)
            {
                case "magnitude8":
                    Check(Parity.EveryRow(magnitude, Parity.Stride(call.Text)), tolerance);
                    break;
                case "centroid":
                    Check(SpectralStatistics.Centroid(magnitude, rate, n), coarse);
                    break;
                case "bandwidth":
                    Check(SpectralStatistics.Bandwidth(magnitude, rate, n, call.Number("p") ?? 2), coarse);
                    break;
                case "rolloff85" or "rolloff10":
                    CheckRollOff(expected, magnitude, rate, n, call.Number("roll_percent")!.Value, tensor);
                    break;
                case "contrast" or "contrast_linear":
                    FeatureMap contrast = SpectralStatistics.Contrast(magnitude, rate, n, call.Whole("n_bands") ?? 6, call.Number("fmin") ?? 200,
                        call.Number("quantile") ?? 0.02, call.Flag("linear", false));
                    Check(contrast.Values, tensor == "contrast" ? coarse : tolerance);
                    break;
                case "flatness":
                    Check(SpectralStatistics.Flatness(magnitude), tolerance);
                    break;
                case "zcr":
                    Check(Levels.ZeroCrossingRate(wave, n, hop), tolerance);
                    break;
                case "rms":
                    Check(Levels.RootMeanSquare(wave, n, hop), tolerance);
                    break;
                case "rms_of_S":
                    Check(SpectralStatistics.RootMeanSquare(magnitude, n), tolerance);
                    break;
                case "poly":
                    Check(SpectralStatistics.Line(magnitude, rate, n).Values, tolerance);
                    break;
                case "chroma_tuning0" or "chroma_auto" or "chroma_norm2_24":
                    FeatureMap map = Chroma.Of(power, chroma with { Tuning = call.Number("tuning") ?? 0, Classes = call.Whole("n_chroma") ?? 12 },
                        estimateTuning: call.Number("tuning") is null, call.Whole("norm") == 2 ? BandNorm.L2 : BandNorm.Max);
                    Check(map.Values, tolerance);
                    break;
                case "tuning":
                    Check([(float)Tuning.Estimate(power, rate, n, call.Whole("bins_per_octave")!.Value)], tolerance);
                    break;
                case "tonnetz":
                    int[] shape = fixture.Shape("chroma_tuning0");
                    Check(Chroma.Tonnetz(new FeatureMap(shape[0], shape[1], fixture.Floats("chroma_tuning0"))).Values, coarse);
                    break;
                case "chroma_bank" or "chroma_bank_tuned":
                    double[] bank = ChromaBank.Weights(chroma with
                    {
                        Tuning = call.Number("tuning") ?? 0,
                        StartsAtC = call.Flag("base_c", true),
                        OctaveWidth = call.Value("octwidth") == "None" ? null : 2,
                    });
                    int stride = Parity.Stride(call.Text), bins = (n / 2) + 1;
                    Check(Enumerable.Range(0, 12 * bins).Where(i => i % bins % stride == 0).Select(i => (float)bank[i]), tolerance);
                    break;
                case "split" or "trim":
                    Call sizes = Call.Of(fixture, "split");
                    (double top, int frame, int step) = (sizes.Number("top_db")!.Value, sizes.Whole("frame_length")!.Value,
                        sizes.Whole("hop_length")!.Value);
                    (int Start, int End)[] parts = tensor == "split" ? Levels.Split(wave, top, frame, step) : [Levels.Trim(wave, top, frame, step)];
                    Check(parts.SelectMany(part => new float[] { part.Start, part.End }), 0);
                    break;
                case "preemphasis":
                    Check(Levels.Preemphasis(Slice(call, wave), call.Number("coef") ?? 0.97), tolerance);
                    break;
                case "deemphasis":
                    Check(Levels.Deemphasis(fixture.Floats("preemphasis")), tolerance);
                    break;
                case "mu_compress":
                    Check(Levels.MuCompress(Slice(call, wave)), tolerance);
                    break;
                case "mu_levels":
                    Check(Levels.MuLevels(Slice(call, wave)).Select(level => (float)level), 0);
                    break;
                default:
                    Parity.Unclaimed(fixture, tensor);
                    break;
            }
        }
    }

    [SkippableTheory, Cases("librosa/rhythm")]
    public void Rhythm_matches_librosa(string name)
    {
        Fixture fixture = Fixture.Open(name);
        double tolerance = fixture.Tolerance("onset strength 1e-4 of the largest (dB of a mel spectrogram); frames, beats and tempo exact: "
            + "they are indices and "
            + "grid values; tempogram 1e-4", 1e-4);
        float[] wave = fixture.Wave("wave"), envelope = fixture.Floats("envelope");
        Call first = Call.Of(fixture, "strength");
        int rate = first.Whole("sr")!.Value, hop = first.Whole("hop_length")!.Value;
        int compared = 0;
        foreach (string tensor in fixture.Io.Names)
        {
            Call? call = tensor is "wave" or "envelope" || tensor.EndsWith(".tempo") ? null : Call.Of(fixture, tensor);
            switch (tensor)
            {
                case "strength" or "strength_superflux" or "strength_median":
                    var options = new OnsetOptions
                    {
                        SampleRate = rate,
                        HopSamples = hop,
                        FftSize = call!.Whole("n_fft") ?? 2048,
                        Bands = call.Whole("n_mels") ?? 128,
                        LowHertz = call.Number("fmin") ?? 0,
                        HighHertz = call.Number("fmax"),
                        Lag = call.Whole("lag") ?? 1,
                        MaximumBands = call.Whole("max_size") ?? 1,
                        Median = call.Value("aggregate") == "np.median",
                        Detrend = call.Flag("detrend", false),
                    };
                    Close.Check(fixture.Floats(tensor), Rhythm.OnsetStrength(wave, options), tolerance, what: tensor);
                    compared++;
                    break;
                case "tempo":
                    Close.Check(fixture.Doubles(tensor), [Rhythm.Tempo(envelope, rate, hop)], 1e-6, what: tensor);
                    compared++;
                    break;
                case "tempo_aggregate_none":
                    int stride = Parity.Stride(call!.Text);
                    Close.Check(fixture.Doubles(tensor), [.. Rhythm.Tempos(envelope, rate, hop).Where((_, t) => t % stride == 0)], 1e-6,
                        what: tensor);
                    compared++;
                    break;
                case "tempogram":
                    int until = int.Parse(call!.Text[(call.Text.IndexOf("[:") + 2)..call.Text.IndexOf(']')]);
                    Close.Check(fixture.Floats(tensor), Rhythm.Tempogram(envelope.AsSpan(0, until), call.Whole("win_length")!.Value).Values,
                        tolerance, what: tensor);
                    compared++;
                    break;
                default:                                            // onset picking and beats come with beat tracking
                    break;
            }
        }
        Assert.Equal(6, compared);
    }

    [SkippableTheory, Cases("torchaudio/resample")]
    public void Resampling_matches_torchaudio_and_scipy(string name)
    {
        Fixture fixture = Fixture.Open(name);
        double tolerance = fixture.Tolerance("2e-5 of the largest: functional.resample computes its kernel in float32 when the wave is float32, and "
            + "transforms.Resample, though it says float64, takes the phase j / new as float32 first; exact arithmetic differs from either "
                + "by up to 1.3e-5 "
            + "(float64_deviation)", 2e-5);
        var best = fixture.Case.GetProperty("kaiser_best");
        var kaiser = new ResamplerQuality
        {
            ZeroCrossings = best.GetProperty("lowpass_filter_width").GetInt32(),
            RollOff = best.GetProperty("rolloff").GetDouble(),
            KaiserBeta = best.GetProperty("beta").GetDouble(),
        };
        foreach (string tensor in fixture.Io.Names.Where(n => !n.StartsWith("wave.")))
        {
            string kind = tensor.Split('.')[0];
            Call call = Call.Of(fixture, tensor);
            float[] actual;
            if (kind is "transform" or "functional" or "kaiser_best")
            {
                string rates = tensor.Split('.')[1];
                float[] wave = fixture.Wave("wave." + rates);
                actual = new Resampler(int.Parse(rates.Split('_')[0]), int.Parse(rates.Split('_')[1]),
                    kind == "kaiser_best" ? kaiser : ResamplerQuality.TorchaudioHann).Run(wave);
            }
            else
            {
                string[] a = call.Arguments(kind == "polyphase_scipy" ? "resample_poly" : "resample");
                actual = kind == "polyphase_scipy" ? ScipyResampling.Polyphase(fixture.Wave(a[0]), int.Parse(a[1]), int.Parse(a[2]))
                    : ScipyResampling.Fourier(fixture.Wave(a[0]), int.Parse(a[1]));
            }
            Close.Check(fixture.Floats(tensor), actual, tolerance, what: tensor);
        }
    }

    /// <summary>The exact bin, unless the threshold lies within 1e-5 of the cumulated sum at the bin that upstream names.</summary>
    private static void CheckRollOff(double[] expected, FeatureMap magnitude, int rate, int n, double share, string what)
    {
        float[] actual = SpectralStatistics.RollOff(magnitude, rate, n, share);
        for (int t = 0; t < expected.Length; t++)
        {
            if (Math.Abs(expected[t] - actual[t]) <= 1e-6 * rate)
            {
                continue;
            }
            float[] frame = magnitude.Frame(t);
            double total = frame.Sum(v => (double)v), until = frame.Take((int)Math.Round(Math.Min(expected[t], actual[t]) * n / rate) + 1).Sum(v =>
                (double)v);
            Assert.True(Math.Abs(until - (share * total)) <= 1e-5 * total, $"{what}[{t}]: expected {expected[t]}, found {actual[t]}");
        }
    }

    /// <summary>wave[a:b] as the call says it.</summary>
    private static float[] Slice(Call call, float[] wave)
    {
        string[] range = call.Text[(call.Text.IndexOf('[') + 1)..call.Text.IndexOf(']')].Split(':');
        return wave[(range[0].Length > 0 ? int.Parse(range[0]) : 0)..int.Parse(range[1])];
    }
}
