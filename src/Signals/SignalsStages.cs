using Euterpe.Numerics;

namespace Euterpe.Signals;

/// <summary>What this room puts under the proof of sameness. The items are sounds of different lengths; they go one by one, as sounds do.</summary>
[Experimental("EUTERPE001")]
public static class SignalsStages
{
    private const int Rate = 22_050;

    /// <summary>All of them, in a fixed order.</summary>
    public static IReadOnlyList<FingerprintStage> All { get; } =
    [
        new("signals/windows", 1, AllWindows),
        new("signals/stft", 1, (f, _) => Sounds(f, new Stft(new StftOptions { FftSize = 512, HopSamples = 160, WindowSamples = 400 }).Complex)),
        new("signals/mel", 1, (f, _) => Sounds(f, new MelSpectrogram(
            new StftOptions { FftSize = 1024, HopSamples = 320 },
            new MelBankOptions { SampleRate = Rate, FftSize = 1024, Bands = 64, LowHertz = 50 },
            log: LogScale.PowerDecibels()))),
        new("signals/mel-htk", 2, (f, _) => Sounds(f, new MelSpectrogram(
            new StftOptions { FftSize = 400, HopSamples = 160, Padding = Padding.Zeros, Preemphasis = 0.97, RemoveMean = true },
            new MelBankOptions { SampleRate = Rate, FftSize = 400, Bands = 40, Scale = MelScale.Htk, Norm = BandNorm.None },
            power: 1,
            log: LogScale.Natural(1e-6)))),
        new("signals/resample", 1, (f, _) => Sounds(f, (sound, token) =>
            [.. new Resampler(44_100, 48_000).Run(sound, token), .. new Resampler(22_050, 16_000, ResamplerQuality.TorchaudioHann).Run(sound, token)])),
        new("signals/features", 1, (f, _) => Sounds(f, Features)),
    ];

    /// <summary>A short sound of an item: a chord that decays, and noise.</summary>
    public static float[] Sound(int item)
    {
        float[] x = NumericsStages.Normals("sound", item, 3001 + (517 * item));
        for (int i = 0; i < x.Length; i++)
        {
            double t = i / (double)Rate;
            double tone = 0;
            foreach (int interval in (int[])[0, 4, 7])
            {
                tone += DoubleFunctions.Sin(6.283185307179586 * 220 * DoubleFunctions.Pow(2, (interval + item) / 12.0) * t);
            }

            x[i] = (float)((0.2 * tone * DoubleFunctions.Exp(-4 * t)) + (0.01 * x[i]));
        }

        return x;
    }

    private delegate float[] Analysis(ReadOnlySpan<float> sound, CancellationToken token);

    private static void Sounds(Fingerprint f, Analysis analysis)
    {
        for (int item = 0; item < FingerprintStage.Items; item++)
        {
            f.Add(analysis(Sound(item), default));
        }
    }

    private static void Sounds(Fingerprint f, MelSpectrogram mel) => Sounds(f, (sound, token) => mel.Run(sound, token).Values);

    private static float[] Features(ReadOnlySpan<float> sound, CancellationToken token)
    {
        const int fft = 1024;
        var stft = new Stft(new StftOptions { FftSize = fft, HopSamples = 256, Padding = Padding.Zeros });
        FeatureMap power = stft.Power(sound, token), magnitude = stft.Magnitude(sound, token);
        FeatureMap decibels = Decibels.FromPower(new MelBank(new MelBankOptions { SampleRate = Rate, FftSize = fft, Bands = 40 }).Apply(power));
        float[] onsets = Rhythm.OnsetStrength(decibels, new OnsetOptions { SampleRate = Rate, FftSize = fft, HopSamples = 256 });
        return
        [
            .. Mfcc.Of(decibels, 13).Values,
            .. Chroma.Of(power, new ChromaOptions { SampleRate = Rate, FftSize = fft }).Values,
            .. SpectralStatistics.Centroid(magnitude, Rate, fft),
            .. SpectralStatistics.Bandwidth(magnitude, Rate, fft),
            .. SpectralStatistics.Flatness(magnitude),
            .. SpectralStatistics.Contrast(magnitude, Rate, fft, 4).Values,
            .. Levels.RootMeanSquare(sound, fft, 256),
            .. onsets,
            .. Rhythm.Tempogram(onsets, 8).Values,
        ];
    }

    private static void AllWindows(Fingerprint f, int batch)
    {
        foreach (WindowShape shape in Enum.GetValues<WindowShape>())
        {
            f.Add(Windows.Create(shape, 401));
        }

        f.Add(Windows.Kaiser(129, 14.77));
    }
}
