using Euterpe.Testing;

namespace Euterpe.Signals.Tests.Parity;

[Trait("Category", "Parity")]
public class StftParity
{
    [SkippableTheory, Cases("librosa/stft")]
    public void Stft_matches_librosa(string name)
    {
        Fixture fixture = Fixture.Open(name);
        double tolerance = fixture.Tolerance(Parity.Fft, 1e-5);
        float[] wave = fixture.Wave("wave");
        Call first = Call.Of(fixture, "default");
        foreach (string tensor in fixture.Io.Names.Where(n => n is not ("wave" or "loud")))
        {
            Call call = Call.Of(fixture, tensor);
            StftOptions options = Librosa(call.Whole("n_fft") is null ? first : call);
            switch (tensor)
            {
                case "istft":
                    Close.Check(fixture.Floats(tensor), new Stft(options).Inverse(fixture.Floats("default"), fixture.Shape("default")[1]), tolerance,
                        what: tensor);
                    break;
                case "istft_of_bent_length":
                    Close.Check(fixture.Floats(tensor), new Stft(options).Inverse(Bent(fixture, "default"), fixture.Shape("default")[1], wave.Length),
                        tolerance, what: tensor);
                    break;
                case "phase_vocoder":
                    Assert.Equal("1e-3 of the largest: phases accumulate in float32",
                        fixture.Case.GetProperty("phase_vocoder tolerance").GetString());
                    float[] stretched = PhaseVocoder.Stretch(fixture.Floats("loud"), fixture.Shape("loud")[0], fixture.Shape("loud")[1],
                        call.Number("rate")!.Value, options.HopSamples, options.FftSize);
                    Close.Check(fixture.Floats(tensor), stretched, 1e-3, what: tensor);
                    break;
                default:
                    Close.Check(fixture.Floats(tensor), new Stft(options).Complex(wave), tolerance, what: tensor);
                    break;
            }
        }
    }

    [SkippableTheory, Cases("torchaudio/torch_stft")]
    public void Stft_matches_torch(string name)
    {
        Fixture fixture = Fixture.Open(name);
        double tolerance = fixture.Tolerance(Parity.Fft, 1e-5);
        float[] wave = fixture.Wave("wave");
        Call first = Call.Of(fixture, "center_reflect");
        int frames = fixture.Shape("center_reflect")[1];
        foreach (string tensor in fixture.Io.Names.Where(n => n != "wave"))
        {
            Call call = Call.Of(fixture, tensor);
            Call sizes = call.Text.StartsWith("torch.stft(") ? call : first;
            var options = new StftOptions
            {
                FftSize = sizes.At("torch.stft", 1),
                HopSamples = sizes.At("torch.stft", 2),
                WindowSamples = sizes.At("torch.stft", 3),
                Centered = call.Flag("center", true),
                Padding = PaddingOf(call.Value("pad_mode"), Padding.Reflect),
                Scale = call.Flag("normalized", false) ? SpectrumScale.FrameLength : SpectrumScale.None,
            };
            float[] actual = tensor switch
            {
                "istft" => new Stft(options).Inverse(fixture.Floats("center_reflect"), frames),
                "istft_length" => new Stft(options).Inverse(fixture.Floats("center_reflect"), frames, wave.Length),
                "istft_of_bent" => new Stft(options).Inverse(Bent(fixture, "center_reflect"), frames, wave.Length),
                _ => new Stft(options).Complex(wave),
            };
            Close.Check(fixture.Floats(tensor), actual, tolerance, what: tensor);
        }
    }

    internal static StftOptions Librosa(Call call) => new()
    {
        FftSize = call.Whole("n_fft") ?? 2048,
        HopSamples = call.Whole("hop_length") ?? (call.Whole("win_length") ?? call.Whole("n_fft") ?? 2048) / 4,
        WindowSamples = call.Whole("win_length"),
        Centered = call.Flag("center", true),
        Padding = PaddingOf(call.Value("pad_mode"), Padding.Zeros),
        Window = call.Value("window") switch
        {
            null or "hann" => WindowShape.Hann,
            "hamming" => WindowShape.Hamming,
            string w =>
            throw new NotSupportedException(w)
        },
    };

    internal static Padding PaddingOf(string? name, Padding otherwise) => name switch
    {
        null => otherwise,
        "reflect" => Padding.Reflect,
        "constant" => Padding.Zeros,
        "edge" or "replicate" => Padding.Edge,
        _ => throw new NotSupportedException(name),
    };

    /// <summary>The spectrogram times numpy.linspace(0.2, 1.5, bins), rounded to float32.</summary>
    private static float[] Bent(Fixture fixture, string tensor)
    {
        float[] values = fixture.Floats(tensor);
        int bins = fixture.Shape(tensor)[0], row = values.Length / bins;
        for (int i = 0; i < values.Length; i++)
        {
            values[i] *= (float)(0.2 + (1.3 / (bins - 1) * (i / row)));
        }
        return values;
    }
}
