using System.Globalization;
using Euterpe.Testing;

namespace Euterpe.Signals.Tests.Parity;

[Trait("Category", "Parity")]
public class MelParity
{
    [SkippableTheory, Cases("librosa/mel_banks")]
    public void Banks_match_librosa(string name)
    {
        Fixture fixture = Fixture.Open(name);
        double tolerance = fixture.Tolerance(
            "1e-6 of the largest element: float64 arithmetic, rounded to float32 at the end (rows land in a float32 array before the norm is "
                + "applied)", 1e-6);
        double[] hz = fixture.Doubles("hz");
        foreach (string tensor in fixture.Io.Names.Where(n => n != "hz" && !n.EndsWith(".value")))
        {
            if (tensor.EndsWith(".index"))
            {
                string bank = tensor[..^6];
                Call call = Call.Of(fixture, bank);
                Close.Check(Parity.Bank(fixture, bank, out int rows, out _), new MelBank(LibrosaBank(call)).Dense, tolerance, what: bank);
                Assert.Equal(rows, call.Whole("n_mels"));
                continue;
            }
            Call text = Call.Of(fixture, tensor);
            double[] actual = tensor switch
            {
                "mel_slaney" => [.. hz.Select(f => Mels.FromHertz(f, MelScale.Slaney))],
                "mel_htk" => [.. hz.Select(f => Mels.FromHertz(f, MelScale.Htk))],
                "back_slaney" => [.. Enumerable.Range(0, fixture.Shape(tensor)[0]).Select(i => Mels.ToHertz(5.0 * i, MelScale.Slaney))],
                "midi_of_hz" => [.. hz[1..].Select(Pitch.MidiOfHertz)],
                "mel_frequencies" => Mels.Frequencies(text.Whole("n_mels")!.Value, text.Number("fmin")!.Value, text.Number("fmax")!.Value,
                    MelScale.Slaney),
                "cqt_frequencies" => [.. Enumerable.Range(0, text.At("librosa.cqt_frequencies", 0)).Select(i =>
                    Pitch.Step(text.Number("fmin")!.Value, i / 12.0))],
                "a_weighting" => [.. hz[1..].Select(f => Weighting.A(f))],
                _ => [],
            };
            Close.Check(fixture.Doubles(tensor), actual, tolerance, what: tensor);
        }
    }

    [SkippableTheory, Cases("torchaudio/mel_banks")]
    public void Banks_match_torchaudio(string name)
    {
        Fixture fixture = Fixture.Open(name);
        double tolerance = fixture.Tolerance("2e-6 of the largest element: upstream computes in float32 throughout", 2e-6);
        foreach (string tensor in fixture.Io.Names.Where(n => !n.EndsWith(".value")))
        {
            if (tensor.StartsWith("dct"))
            {
                string[] dct = Call.Of(fixture, tensor).Arguments("create_dct");
                bool ortho = dct[2] == "'ortho'";
                float[] matrix = Mfcc.TorchaudioMatrix(int.Parse(dct[0]), int.Parse(dct[1]), ortho);
                Close.Check(fixture.Floats(tensor), matrix, tolerance, what: tensor);
                continue;
            }
            string bank = tensor[..^6];
            Call call = Call.Of(fixture, bank);
            bool linear = call.Text.StartsWith("linear_fbanks");
            string[] a = call.Arguments(linear ? "linear_fbanks" : "melscale_fbanks");
            var options = new MelBankOptions
            {
                FftSize = 2 * (int.Parse(a[0]) - 1),
                LowHertz = double.Parse(a[1], CultureInfo.InvariantCulture),
                HighHertz = double.Parse(a[2], CultureInfo.InvariantCulture),
                Bands = int.Parse(a[3]),
                SampleRate = int.Parse(a[4]),
                Norm = call.Value("norm") == "slaney" ? BandNorm.Slaney : BandNorm.None,
                Scale = linear ? MelScale.Linear : call.Value("mel_scale") == "slaney" ? MelScale.Slaney : MelScale.Htk,
                SinglePrecision = true,
            };
            Close.Check(Parity.Bank(fixture, bank, out _, out _), new MelBank(options).Dense, tolerance, what: bank);
        }
    }

    [SkippableTheory, Cases("audio_utils/banks")]
    public void Banks_match_transformers(string name)
    {
        Fixture fixture = Fixture.Open(name);
        double tolerance = fixture.Tolerance("1e-6 of the largest element: float64 throughout", 1e-6);
        double[] hz = fixture.Doubles("hz");
        foreach (string tensor in fixture.Io.Names.Where(n => n != "hz" && !n.EndsWith(".value")))
        {
            string kind = tensor.Split('.')[0];
            if (tensor.EndsWith(".index"))
            {
                string bank = tensor[..^6];
                Close.Check(Parity.Bank(fixture, bank, out _, out _), new MelBank(TransformersBank(Call.Of(fixture, bank))).Dense, tolerance,
                    what: bank);
            }
            else if (kind is "mel" or "hertz")
            {
                MelScale scale = ScaleOf(tensor.Split('.')[1]);
                double[] mels = [.. hz.Select(f => Mels.FromHertz(f, scale))];
                Close.Check(fixture.Doubles(tensor), kind == "mel" ? mels : [.. mels.Select(m => Mels.ToHertz(m, scale))], tolerance, what: tensor);
            }
            else if (kind == "window")
            {
                WindowShape shape = tensor.Split('.')[1] switch
                {
                    "hann" => WindowShape.Hann,
                    "hamming" => WindowShape.Hamming,
                    "povey" =>
                    WindowShape.Povey,
                    _ => WindowShape.Rectangular
                };
                bool padded = tensor.EndsWith(".symmetric_padded");
                Call call = Call.Of(fixture, padded ? "window.*.symmetric_padded" : "window.*");
                int length = call.At("window_function", 0);
                double[] window = Windows.Create(shape, length, periodic: !padded);
                Close.Check(fixture.Doubles(tensor), padded ? Windows.Centred(window, call.Whole("frame_length")!.Value) : window, tolerance,
                    what: tensor);
            }
            else if (kind.StartsWith("chroma"))
            {
                Call call = Call.Of(fixture, tensor);
                string[] a = call.Arguments("chroma_filter_bank");
                var options = new ChromaOptions { FftSize = int.Parse(a[0]), Classes = int.Parse(a[1]), SampleRate = int.Parse(a[2]) };
                double[] bank = ChromaBank.Weights(options);
                int bins = (options.FftSize / 2) + 1, stride = Parity.Stride(call.Text);
                double[] stored = [.. Enumerable.Range(0, options.Classes).SelectMany(c =>
                    Enumerable.Range(0, bins).Where(k => k % stride == 0).Select(k => bank[(c * bins) + k]))];
                Close.Check(fixture.Doubles(tensor), stored, tolerance, what: tensor);
            }
            else
            {
                Parity.Unclaimed(fixture, tensor);
            }
        }
    }

    [SkippableTheory, Cases("audio_utils/spectrogram")]
    public void Spectrogram_matches_transformers(string name)
    {
        Fixture fixture = Fixture.Open(name);
        double tolerance = fixture.Tolerance($"{Parity.Fft}; {Parity.Db}", 1e-5);
        float[] wave = fixture.Wave("wave");
        foreach (string tensor in fixture.Io.Names.Where(n => n != "wave" && !n.EndsWith(".value")))
        {
            if (tensor.EndsWith(".index"))
            {
                Close.Check(Parity.Bank(fixture, tensor[..^6], out _, out _), new MelBank(TransformersBank(Call.Of(fixture, tensor[..^6]))).Dense,
                    1e-6, what: tensor);
                continue;
            }
            Call call = Call.Of(fixture, tensor);
            bool isShort = call.Value("frame_length") is null;
            int frame = call.Whole("frame_length") ?? int.Parse(call.Arguments("spectrogram")[2], CultureInfo.InvariantCulture);
            var stft = new StftOptions
            {
                FftSize = call.Whole("fft_length") ?? frame,
                WindowSamples = frame,
                HopSamples = call.Whole("hop_length") ?? int.Parse(call.Arguments("spectrogram")[3], CultureInfo.InvariantCulture),
                Place = WindowPlace.Start,
                Centered = call.Flag("center", true),
                Padding = StftParity.PaddingOf(call.Value("pad_mode"), Padding.Reflect),
                Preemphasis = call.Number("preemphasis") ?? 0,
                RemoveMean = call.Flag("remove_dc_offset", false),
            };
            int power = call.Whole("power") ?? 1;
            string? bank = call.Text.Contains("htk bank") ? "bank.htk" : call.Text.Contains("slaney bank") ? "bank.slaney" : null;
            double floor = call.Number("mel_floor") ?? 1e-10;
            string? kind = call.Value("log_mel") ?? (call.Text.Contains("bank, log,") ? "log" : null);
            LogScale? log = kind switch
            {
                "dB" when power == 2 => LogScale.PowerDecibels(call.Number("reference") ?? 1, Math.Max(floor, call.Number("min_value") ?? 1e-10)),
                "dB" => LogScale.AmplitudeDecibels(call.Number("reference") ?? 1, Math.Max(floor, call.Number("min_value") ?? 1e-5)),
                "log10" => LogScale.Decimal(floor),
                "log" => LogScale.Natural(floor),
                _ => null,
            };
            float[] sound = isShort ? wave[..int.Parse(call.Text[(call.Text.IndexOf("[:") + 2)..call.Text.IndexOf(']')])] : wave;
            FeatureMap map = new MelSpectrogram(stft, bank is null ? null : TransformersBank(Call.Of(fixture, bank)), power, log).Run(sound);
            map = Decibels.Limited(map, call.Number("db_range"));
            double perUnit = kind switch { "dB" => 1, "log10" => 10 * (3 - power), "log" => 4.342944819 * (3 - power), _ => 0 };
            float[] expected = fixture.Floats(tensor), actual = Parity.EveryRow(map, Parity.Stride(call.Text));
            if (kind is null)
            {
                Close.Check(expected, actual, tolerance, what: tensor);
            }
            else
            {
                Parity.CheckDecibels(expected, actual, perUnit, tensor);
            }
        }
    }

    internal static MelBankOptions LibrosaBank(Call call) => new()
    {
        SampleRate = call.Whole("sr") ?? 22_050,
        FftSize = call.Whole("n_fft") ?? 2048,
        Bands = call.Whole("n_mels") ?? 128,
        LowHertz = call.Number("fmin") ?? 0,
        HighHertz = call.Number("fmax"),
        Scale = call.Flag("htk", false) ? MelScale.Htk : MelScale.Slaney,
        Norm = call.Value("norm") switch
        {
            null or "slaney" => BandNorm.Slaney,
            "None" => BandNorm.None,
            "inf" => BandNorm.Max,
            "1" or "1.0" =>
            BandNorm.L1,
            _ => BandNorm.L2
        },
    };

    private static MelBankOptions TransformersBank(Call call)
    {
        string[] a = call.Arguments("mel_filter_bank");
        return new MelBankOptions
        {
            FftSize = 2 * (int.Parse(a[0]) - 1),
            Bands = int.Parse(a[1]),
            LowHertz = double.Parse(a[2], CultureInfo.InvariantCulture),
            HighHertz = double.Parse(a[3], CultureInfo.InvariantCulture),
            SampleRate = int.Parse(a[4]),
            Norm = a[5] == "'slaney'" ? BandNorm.Slaney : BandNorm.None,
            Scale = ScaleOf(a[6].Trim('\'')),
            TriangularInMels = a.Length > 7 && a[7] == "True",
            WholeNyquist = true,
        };
    }

    private static MelScale ScaleOf(string name) => name switch { "htk" => MelScale.Htk, "kaldi" => MelScale.Kaldi, _ => MelScale.Slaney };
}
