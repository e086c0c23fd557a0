using Euterpe.Numerics;
using Euterpe.Signals;

namespace Euterpe.Bench.Works;

/// <summary>The logarithmic mel spectrogram of a minute of sound on one thread, beside torchaudio: CLAP's setting and three others.</summary>
internal sealed class Mel : IWork
{
    private const int Seconds = 60;

    private static readonly (int Rate, int Fft, int Hop, int Mels)[] Settings =
        [(48_000, 1024, 480, 64), (32_000, 2048, 512, 128), (24_000, 1024, 240, 80), (16_000, 400, 160, 80)];

    public string Name => "mel";

    public string Peer => "torchaudio";

    public string Unit => "x real time";

    public string Goal => "geometric mean >= 3, worst >= 2";

    public IReadOnlyList<Row> Prepare(Session session)
    {
        PeerProcess peer = session.Start("/usr/bin/python3", Places.Script("mel.py"));
        var rows = new List<Row>();
        foreach ((int rate, int fft, int hop, int mels) in Settings)
        {
            // torchaudio.transforms.MelSpectrogram's defaults, then log(x + 1e-6).
            var stft = new StftOptions { FftSize = fft, HopSamples = hop };
            var bank = new MelBankOptions { SampleRate = rate, FftSize = fft, Bands = mels, Scale = MelScale.Htk, Norm = BandNorm.None };
            var mel = new MelSpectrogram(stft, bank, 2, LogScale.NaturalPlus(1e-6));
            float[] wave = Gemm.Noise(Seconds * rate, (ulong)fft);
            Check(mel, wave);
            rows.Add(new Row($"{rate} Hz, fft {fft}, hop {hop}, {mels} mels", Seconds * 1000, () => Harness.Time(() => mel.Run(wave)),
                [() => peer.Ask($"{rate} {fft} {hop} {mels}")]));
        }
        return rows;
    }

    /// <summary>Some frames beside the definition in double precision.</summary>
    private static void Check(MelSpectrogram mel, float[] wave)
    {
        FeatureMap map = mel.Run(wave);
        int n = mel.Stft.FftSize, bins = (n / 2) + 1;
        double[] window = Windows.Create(WindowShape.Hann, n), frame = new double[n], spectrum = new double[2 * bins],
            weights = MelBank.Weights(mel.Bank!.Options);
        for (int t = 4; t < map.Frames - 4; t += 397)
        {
            for (int i = 0; i < n; i++)
            {
                frame[i] = wave[(t * mel.Stft.HopSamples) - (n / 2) + i] * window[i];
            }
            Fft.Of(n).ForwardReal(frame, spectrum);
            for (int band = 0; band < map.Rows; band++)
            {
                double sum = 1e-6;
                for (int k = 0; k < bins; k++)
                {
                    sum += weights[(band * bins) + k] * ((spectrum[2 * k] * spectrum[2 * k]) + (spectrum[(2 * k) + 1] * spectrum[(2 * k) + 1]));
                }
                if (!(Math.Abs(DoubleFunctions.Log(sum) - map[band, t]) <= 1e-4))
                {
                    throw new BenchException($"our mel of {n} is wrong: band {band} of frame {t} is {map[band, t]}, in double precision "
                        + $"{DoubleFunctions.Log(sum)}.");
                }
            }
        }
    }
}
