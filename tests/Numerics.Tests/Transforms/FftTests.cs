using Euterpe.Testing;

namespace Euterpe.Numerics.Tests.Transforms;

public class FftTests
{
    private const string Tolerance = "1e-13 of the largest for float64, 1e-6 for float32";

    [SkippableTheory, Cases("scipy/fft")]
    [Trait("Category", "Parity")]
    public void Fft_matches_scipy(string name)
    {
        Fixture fixture = Fixture.Open(name);
        double wide = fixture.Tolerance(Tolerance, 1e-13), narrow = fixture.Tolerance(Tolerance, 1e-6);
        int compared = 0;
        foreach (string tensor in fixture.Io.Names)
        {
            string kind = tensor[..tensor.IndexOf('.')], n = tensor[(tensor.IndexOf('.') + 1)..];
            if (kind is "real" or "complex")
            {
                continue;
            }
            var fft = Fft.Of(int.Parse(n));
            if (kind == "rfft32")
            {
                float[] single = new float[2 * fft.Bins];
                fft.ForwardReal([.. fixture.Doubles("real." + n).Select(x => (float)x)], single);
                Close.Check(fixture.Floats(tensor), single, narrow, what: $"{name} {tensor}");
                compared++;
                continue;
            }
            double[] expected = fixture.Doubles(tensor), actual = new double[expected.Length];
            switch (kind)
            {
                case "fft": fft.Forward(fixture.Doubles("complex." + n), actual); break;
                case "ifft": fft.Inverse(fixture.Doubles("complex." + n), actual); break;
                case "rfft": fft.ForwardReal(fixture.Doubles("real." + n), actual); break;
                case "irfft": fft.InverseReal(fixture.Doubles("rfft." + n), actual); break;
                default:
                    double[] real = fixture.Doubles("real." + n);
                    bool inverse = kind.StartsWith("idct"), ortho = kind.EndsWith("_ortho")
                        || kind == "dct4";   // the fourth is stored orthonormal only
                    int type = kind[inverse ? 4 : 3] - '0';
                    actual = inverse ? Dct.Inverse(type, real, ortho) : Dct.Forward(type, real, ortho);
                    break;
            }
            Close.Check(expected, actual, wide, what: $"{name} {tensor}");
            compared++;
        }
        Assert.True(compared > 0);
    }

    [Fact]
    public void Fft_of_every_length_matches_its_definition()
    {
        foreach (int n in Enumerable.Range(1, 130).Concat([200, 257, 360, 400, 441, 480, 512, 600, 750, 1000, 1009, 1024]))
        {
            double[] x = [.. Enumerable.Range(0, 2 * n).Select(i => (double)Noise(i))], actual = new double[2 * n], back = new double[2 * n];
            var fft = Fft.Of(n);
            fft.Forward(x, actual);
            double[] expected = Definition(x);
            Close.Check(expected, actual, 1e-13, what: $"double {n}");
            fft.Inverse(actual, back);
            Close.Check(x, back, 1e-13, what: $"inverse {n}");
            float[] single = [.. x.Select(v => (float)v)], output = new float[2 * n];
            fft.Forward(single, output);
            Close.Check(expected, [.. output.Select(v => (double)v)], 5e-7, what: $"float {n}");
        }
    }

    [Theory]
    [InlineData(400, 400, 160)]
    [InlineData(1024, 1024, 480)]
    [InlineData(2048, 400, 512)]
    [InlineData(441, 300, 100)]
    [InlineData(134, 101, 7)]
    [InlineData(2, 2, 1)]
    [InlineData(1, 1, 1)]
    [InlineData(6, 5, 3)]
    public void Frames_have_the_same_bits_at_every_width_and_alone(int n, int windowLength, int hop)
    {
        float[] window = [.. Enumerable.Range(0, windowLength).Select(i => 0.5f + (0.4f * Noise(i + 999)))];
        float[] samples = [.. Enumerable.Range(0, (15 * hop) + windowLength).Select(Noise)];
        int first = (n - windowLength) / 2;
        foreach (FrameOutput output in Enum.GetValues<FrameOutput>())
        {
            foreach (double preemphasis in new[] { 0, 0.97 })
            {
                float[]? reference = null;
                foreach (int level in new[] { 1, 8, 16 })
                {
                    var frames = new FrameTransform(n, window, first, level) { Preemphasis = preemphasis, RemoveMean = preemphasis != 0 };
                    float[] result = new float[frames.Rows(output) * 16];
                    frames.Run(samples, hop, 16, output, result, frames.CreateScratch());
                    reference ??= result;
                    Close.Same<float>(reference, result, $"{n}, {output}, level {level}");
                    float[] alone = new float[result.Length];
                    for (int lane = 0; lane < 16; lane += 5)
                    {
                        frames.Run(samples.AsSpan(lane * hop), hop, 1, output, alone, frames.CreateScratch());
                        for (int row = 0; row < frames.Rows(output); row++)
                        {
                            Assert.Equal(reference[(row * 16) + lane], alone[row * 16]);
                        }
                    }
                }
                if (preemphasis == 0 && output == FrameOutput.Complex)
                {
                    CheckAgainstDefinition(n, hop, window, samples, first, reference!);
                }
            }
        }
    }

    [Fact]
    public void Bands_have_the_same_bits_at_every_width()
    {
        float[] dense = new float[7 * 33];
        for (int row = 1; row < 7; row++)
        {
            for (int k = 3 * row; k < (3 * row) + 9; k++)
            {
                dense[(row * 33) + k] = Noise((100 * row) + k);
            }
        }
        float[] x = [.. Enumerable.Range(0, 33 * 16).Select(Noise)], expected = new float[7 * 16];
        new BandRows(dense, 7, 33, 1).Run(x, expected);
        foreach (int level in new[] { 8, 16 })
        {
            float[] y = new float[7 * 16];
            new BandRows(dense, 7, 33, level).Run(x, y);
            Close.Same<float>(expected, y);
        }
        double exact = Enumerable.Range(0, 33).Sum(k => (double)dense[33 + k] * x[(k * 16) + 5]);
        Assert.Equal(exact, expected[16 + 5], 5);
        Assert.Equal(0f, expected[3]);
    }

    private static void CheckAgainstDefinition(int n, int hop, float[] window, float[] samples, int first, float[] result)
    {
        double[] expected = [.. Enumerable.Range(0, 16).SelectMany(lane =>
        {
            double[] frame = new double[2 * n];
            for (int i = 0; i < window.Length; i++)
            {
                frame[2 * (first + i)] = (double)samples[(lane * hop) + i] * window[i];
            }
            return Definition(frame).Take(2 * ((n / 2) + 1));
        })];
        int rows = 2 * ((n / 2) + 1);
        double[] actual = [.. Enumerable.Range(0, 16 * rows).Select(i => (double)result[(i % rows * 16) + (i / rows)])];
        Close.Check(expected, actual, 1e-6, what: $"frames of {n}");
    }

    private static double[] Definition(double[] x)
    {
        int n = x.Length / 2;
        double[] y = new double[2 * n], cosine = [.. Enumerable.Range(0, n).Select(k => RootsOfUnity.At(k, n).Cosine)];
        double[] sine = [.. Enumerable.Range(0, n).Select(k => RootsOfUnity.At(k, n).Sine)];
        for (int k = 0; k < n; k++)
        {
            for (int j = 0; j < n; j++)
            {
                int turn = (int)((long)k * j % n);
                y[2 * k] += (x[2 * j] * cosine[turn]) + (x[(2 * j) + 1] * sine[turn]);
                y[(2 * k) + 1] += (x[(2 * j) + 1] * cosine[turn]) - (x[2 * j] * sine[turn]);
            }
        }
        return y;
    }

    private static float Noise(int index)
    {
        ulong x = ((ulong)index + 1) * 0x9E3779B97F4A7C15UL;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9UL;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EBUL;
        return (((x ^ (x >> 31)) >> 40) / 8388608f) - 1f;
    }
}
