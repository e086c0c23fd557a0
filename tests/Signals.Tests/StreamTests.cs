using Euterpe.Numerics;
using Euterpe.Testing;

namespace Euterpe.Signals.Tests;

/// <summary>Whole sounds and the same sounds in blocks of random sizes: the same bits.</summary>
public class StreamTests
{
    [Theory]
    [InlineData(Padding.Reflect, WindowPlace.Centre, true, 1024, 1024, 480)]
    [InlineData(Padding.Zeros, WindowPlace.Centre, true, 400, 400, 160)]
    [InlineData(Padding.Edge, WindowPlace.Centre, true, 512, 300, 700)]
    [InlineData(Padding.Reflect, WindowPlace.Start, true, 512, 401, 99)]
    [InlineData(Padding.Reflect, WindowPlace.Centre, false, 441, 441, 100)]
    public void Mel_in_blocks_is_mel_of_the_whole(Padding padding, WindowPlace place, bool centered, int fft, int window, int hop)
    {
        var stft = new StftOptions { FftSize = fft, WindowSamples = window, HopSamples = hop, Padding = padding, Place = place, Centered = centered };
        var bank = new MelBankOptions { SampleRate = 16_000, FftSize = fft, Bands = 30 };
        var mel = new MelSpectrogram(stft, bank, 2, LogScale.PowerDecibels());
        for (uint seed = 0; seed < 8; seed++)
        {
            float[] wave = Sounds.Noise(seed == 0 ? fft : seed == 1 ? 9_000 : Sounds.Pick(seed, 30_000, 11) + fft, seed);
            FeatureMap whole = mel.Run(wave);
            MelStream stream = mel.Open();
            var frames = new List<float[]>();
            float[] lanes = new float[mel.Bands * FrameTransform.Lanes];
            for (int done = 0, block = 0; done <= wave.Length; block++)
            {
                int size = Math.Min(wave.Length - done, Sounds.Pick(block, seed % 3 == 0 ? 50 : 5_000, seed + 20));
                stream.Add(wave.AsSpan(done, size));
                done += size;
                if (done == wave.Length)
                {
                    stream.Complete();
                    done++;
                }
                for (int ready; (ready = stream.Take(lanes)) > 0;)
                {
                    for (int t = 0; t < ready; t++)
                    {
                        frames.Add([.. Enumerable.Range(0, mel.Bands).Select(band => lanes[(band * FrameTransform.Lanes) + t])]);
                    }
                }
            }
            Assert.Equal(whole.Frames, frames.Count);
            Close.Same<float>(whole.FrameMajor(), [.. frames.SelectMany(frame => frame)], $"seed {seed}");
        }
    }

    [Theory]
    [InlineData(44_100, 48_000)]
    [InlineData(48_000, 16_000)]
    [InlineData(16_000, 16_000)]
    [InlineData(8_000, 44_100)]
    [InlineData(44_099, 22_050)]
    [InlineData(767_999, 48_000)]
    public void Resampling_in_blocks_is_resampling_of_the_whole(int from, int to)
    {
        var resampler = new Resampler(from, to, ResamplerQuality.TorchaudioHann);
        for (uint seed = 0; seed < 4; seed++)
        {
            float[] wave = Sounds.Noise(seed == 0 ? 1 : Sounds.Pick(seed, 6_000, 12) + 1, seed), block = new float[1_000];
            float[] whole = resampler.Run(wave);
            Assert.Equal(resampler.Length(wave.Length), whole.Length);
            ResamplerStream stream = resampler.Open();
            var all = new List<float>();
            for (int done = 0, step = 0; done <= wave.Length; step++)
            {
                int size = Math.Min(wave.Length - done, Sounds.Pick(step, 900, seed + 30));
                stream.Add(wave.AsSpan(done, size));
                done += size;
                if (done == wave.Length)
                {
                    stream.Complete();
                    done++;
                }
                for (int ready; (ready = stream.Take(block.AsSpan(0, 1 + Sounds.Pick(step, 1_000, 5)))) > 0;)
                {
                    all.AddRange(block.AsSpan(0, ready));
                }
            }
            Close.Same<float>(whole, [.. all], $"{from} to {to}, seed {seed}");
        }
    }

    [Fact]
    public void Mono_reader_gives_the_resampled_mean_of_the_channels()
    {
        foreach ((int channels, int from) in new[] { (1, 16_000), (1, 22_050), (2, 44_100), (3, 16_000), (2, 8_000) })
        {
            Waveform sound = Sounds.OnGrid(from, channels, 30_011, 16);
            float[] expected = new Resampler(from, 16_000).Run(sound.ToMono());
            var reader = new MonoReader(sound.Open(), 16_000);
            var all = new List<float>();
            float[] block = new float[7_000];
            for (int i = 0, read; (read = reader.Read(block.AsSpan(0, 1 + Sounds.Pick(i, 7_000, 3)))) > 0; i++)
            {
                all.AddRange(block.AsSpan(0, read));
            }
            Close.Same<float>(expected, [.. all], $"{channels} channels from {from} Hz");
        }
    }

    [Fact]
    public void Resampling_keeps_a_tone_and_drops_what_the_lower_rate_cannot_hold()
    {
        const int from = 48_000, to = 32_000;
        float[] Tone(int rate, double hertz, int length) =>
            [.. Enumerable.Range(0, length).Select(i => (float)DoubleFunctions.Sin(2 * Math.PI * hertz * i / rate))];
        float[] kept = new Resampler(from, to).Run(Tone(from, 12_000, 48_000)), expected = Tone(to, 12_000, kept.Length);
        float[] dropped = new Resampler(from, to).Run(Tone(from, 20_000, 48_000));
        Close.Check(expected.AsSpan(1_000, 30_000), kept.AsSpan(1_000, 30_000), 1e-4);
        Assert.All(dropped[1_000..31_000], x => Assert.InRange(Math.Abs(x), 0, 1e-5));
    }

    [Fact]
    public void Options_that_make_no_sense_are_refused_in_one_message()
    {
        OptionsException stft = Assert.Throws<OptionsException>(() => new Stft(new StftOptions { FftSize = 0, HopSamples = 0 }));
        Assert.Contains("transform", stft.Message);
        Assert.Contains("hop", stft.Message);
        Assert.Throws<OptionsException>(() => new MelBank(new MelBankOptions { LowHertz = 9_000, HighHertz = 8_000 }));
        Assert.Throws<OptionsException>(() => new Resampler(0, 16_000));
        Assert.Throws<OptionsException>(() => new Resampler(int.MaxValue, 1));
        Assert.Throws<ShapeException>(() => new MelSpectrogram(new StftOptions { Centered = false }, null).Run(new float[100]));
    }
}
