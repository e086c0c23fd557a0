namespace Euterpe.Numerics;

/// <summary>What this room puts under the proof of sameness.</summary>
[Experimental("EUTERPE001")]
public static class NumericsStages
{
    private const ulong Seed = 440;

    public static IReadOnlyList<FingerprintStage> All { get; } =
    [
        new("numerics/random", 1, Random),
        new("numerics/functions", 1, FloatFunctions),
        new("numerics/functions-f64", 1, Doubles),
        new("numerics/reductions", 1, Sums),
        new("numerics/softmax", 1, Softmax),
        new("numerics/norms", 1, Norms),
        new("numerics/product-f32", 1, (f, batch) => Product(f, batch, PackedType.F32)),
        new("numerics/product-bf16", 1, (f, batch) => Product(f, batch, PackedType.BF16)),
        new("numerics/product-plain", 1, PlainProduct),
        new("numerics/convolution", 1, Convolve),
        new("numerics/attention", 1, Attend),
        new("numerics/fourier", 1, Fourier),
        new("numerics/storage", 1, Storage),
    ];

    /// <summary>Normal numbers of an item of a stage.</summary>
    public static float[] Normals(string stage, long item, int count)
    {
        float[] x = new float[count];
        new Philox(Seed, "fingerprint/" + stage).FillNormal(item, 0, x);
        return x;
    }

    private static void Random(Fingerprint f, int batch)
    {
        Philox random = new(Seed, "fingerprint/random");
        for (int item = 0; item < FingerprintStage.Items; item++)
        {
            float[] x = new float[101];
            random.FillUniform(item, 7, x);
            f.Add(x);
            random.FillNormal(item, 8, x);
            f.Add(x);
            f.Add((float)random.Integer(item, 9, 3, 1000));
        }
    }

    private static void FloatFunctions(Fingerprint f, int batch)
    {
        Philox random = new(Seed, "fingerprint/functions");
        foreach ((int first, int count) in FingerprintStage.Batches(batch))
        {
            // Every kind of value: any bits, everyday sizes, wide angles.
            const int Length = 403;
            float[] x = new float[count * Length];
            for (int i = 0; i < x.Length; i++)
            {
                long item = first + (i / Length);
                long at = i % Length;
                x[i] = (at % 3) switch
                {
                    0 => BitConverter.UInt32BitsToSingle(random.Bits(item, 0, at)),
                    1 => 4f * random.Normal(item, 1, at),
                    _ => 2e5f * (random.Uniform(item, 2, at) - 0.5f),
                };
            }

            float[][] results = [.. FunctionList.Select(function => Mapped(function, x))];
            for (int item = 0; item < count; item++)
            {
                foreach (float[] y in results)
                {
                    f.Add(y.AsSpan(item * Length, Length));
                }
            }
        }
    }

    private delegate void SpanFunction(ReadOnlySpan<float> x, Span<float> y);

    private static IEnumerable<SpanFunction> FunctionList =>
    [
        Functions.Exp, Functions.Expm1, Functions.Log, Functions.Log10, Functions.Tanh, Functions.Erf, Functions.Sin, Functions.Cos, Functions.Sigmoid,
        Functions.Silu, Functions.QuickGelu, Functions.Gelu, Functions.GeluTanh, Functions.Softplus, (x, y) => Functions.Elu(x, y, 1.25f),
        (x, y) => Functions.LeakyRelu(x, y, 0.01f),
    ];

    private static float[] Mapped(SpanFunction function, float[] x)
    {
        float[] y = new float[x.Length];
        function(x, y);
        return y;
    }

    private static void Doubles(Fingerprint f, int batch)
    {
        Philox random = new(Seed, "fingerprint/functions-f64");
        for (int i = 0; i < 200; i++)
        {
            double x = random.Normal(0, 0, i) * 3.0 * (1 + (i % 7 * 37.77));
            double positive = Math.Abs(x) + 1e-3;
            double small = x / 300;
            f.Add(
            [
                DoubleFunctions.Exp(x / 2), DoubleFunctions.Expm1(small), DoubleFunctions.Log(positive), DoubleFunctions.Log10(positive),
                DoubleFunctions.Log2(positive), DoubleFunctions.Log1p(positive), DoubleFunctions.Pow(positive, small), DoubleFunctions.Sin(x),
                DoubleFunctions.Cos(x * 1e9), DoubleFunctions.Tan(x), DoubleFunctions.Atan(x), DoubleFunctions.Atan2(x, positive - 9),
                DoubleFunctions.Sinh(small * 9), DoubleFunctions.Cosh(small * 9), DoubleFunctions.Tanh(small), DoubleFunctions.Asinh(x), DoubleFunctions.Erf(small),
                DoubleFunctions.BesselI0(small * 9),
            ]);
        }
    }

    private static void Sums(Fingerprint f, int batch)
    {
        for (int item = 0; item < FingerprintStage.Items; item++)
        {
            float[] x = Normals("reductions", item, 1003 + (97 * item));
            float[] y = Normals("reductions/other", item, x.Length);
            double[] d = Array.ConvertAll(x, v => (double)v);
            f.Add(Reductions.Sum(x));
            f.Add(Reductions.SumOfSquares(x, 0.25f));
            f.Add(Reductions.Dot(x, y));
            f.Add(Reductions.Max(x));
            f.Add(Reductions.Min(x));
            f.Add(Reductions.Variance(x));
            f.Add([Reductions.Sum(d), Reductions.SumOfSquares(d, 0.25), Reductions.Variance(d), Reductions.SumToDouble(y)]);
        }
    }

    private static void Softmax(Fingerprint f, int batch)
    {
        const int Rows = 3;
        const int Columns = 197;
        foreach ((int first, int count) in FingerprintStage.Batches(batch))
        {
            float[] x = Gather("softmax", first, count, Rows * Columns);
            float[] y = new float[x.Length];
            float[] log = new float[x.Length];
            SoftmaxKernel.Rows(x, y, count * Rows, Columns);
            SoftmaxKernel.LogRows(x, log, count * Rows, Columns);
            Scatter(f, count, y, log);
        }
    }

    private static void Norms(Fingerprint f, int batch)
    {
        const int Channels = 12;
        const int Length = 83;
        float[] weight = Normals("norms/weight", 0, Length);
        float[] bias = Normals("norms/bias", 0, Length);
        float[] variance = Array.ConvertAll(Normals("norms/variance", 0, Channels), v => (v * v) + 0.1f);
        foreach ((int first, int count) in FingerprintStage.Batches(batch))
        {
            float[] x = Gather("norms", first, count, Channels * Length);
            float[][] y = [.. Enumerable.Range(0, 5).Select(_ => new float[x.Length])];
            NormKernels.Layer(x, y[0], count * Channels, Length, weight, bias, 1e-5f);
            NormKernels.RootMeanSquare(x, y[1], count * Channels, Length, weight, 1e-6f);
            NormKernels.Group(x, y[2], count, Channels, Length, 4, weight.AsSpan(0, Channels), bias.AsSpan(0, Channels), 1e-5f);
            NormKernels.Batch(
                x, y[3], count, Channels, Length, bias.AsSpan(0, Channels), variance, weight.AsSpan(0, Channels), bias.AsSpan(0, Channels), 1e-5f);
            NormKernels.L2(x, y[4], count * Channels, Length);
            Scatter(f, count, y);
        }
    }

    // More inputs than one block of 512, outputs that end a panel's tail, rows on both sides of a micro-kernel's height.
    private static void Product(Fingerprint f, int batch, PackedType type)
    {
        const int Rows = 9;
        const int Inputs = 601;
        const int Outputs = 83;
        using PackedMatrix w = PackedMatrix.Pack(Normals("product/weight", 0, Outputs * Inputs), Outputs, Inputs, type);
        float[] bias = Normals("product/bias", 0, Outputs);
        foreach ((int first, int count) in FingerprintStage.Batches(batch))
        {
            float[] a = Gather("product", first, count, Rows * Inputs);
            float[] c = new float[count * Rows * Outputs];
            MatrixProduct.Multiply(a, count * Rows, Inputs, w, c, Outputs, bias, Fused.Gelu);
            Scatter(f, count, c);
        }
    }

    private static void PlainProduct(Fingerprint f, int batch)
    {
        const int M = 19;
        const int N = 37;
        const int K = 601;
        foreach ((int first, int count) in FingerprintStage.Batches(batch))
        {
            float[] a = Gather("plain/a", first, count, M * K);
            float[] b = Gather("plain/b", first, count, N * K);
            float[] c = new float[count * M * N];
            MatrixProduct.Multiply(
                a, new Strides(M * K, 0, K, 1), b, new Strides(N * K, 0, 1, K), c, new Strides(M * N, 0, N, 1), count, 1, M, N, K);
            Scatter(f, count, c);
        }
    }

    // One dimension with groups, strides and dilation; two dimensions; transposed.
    private static void Convolve(Fingerprint f, int batch)
    {
        ConvolutionShape plain = new()
        {
            InChannels = 12,
            OutChannels = 20,
            KernelWidth = 5,
            Groups = 2,
            StrideWidth = 2,
            DilationWidth = 2,
            PadLeft = 3,
            PadRight = 4,
        };
        ConvolutionShape square = new() { InChannels = 6, OutChannels = 9, KernelHeight = 3, KernelWidth = 3, PadTop = 1, PadBottom = 1, PadLeft = 1, PadRight = 1 };
        ConvolutionShape back = new() { InChannels = 12, OutChannels = 8, KernelWidth = 7, StrideWidth = 3, PadLeft = 2, PadRight = 2, Transposed = true };
        Convolve(f, batch, plain, 1, 61);
        Convolve(f, batch, square, 13, 17);
        Convolve(f, batch, back, 1, 29);
    }

    private static void Convolve(Fingerprint f, int batch, ConvolutionShape shape, int height, int width)
    {
        float[] bias = Normals("convolution/bias", 0, shape.OutChannels);
        using PackedConvolution w = PackedConvolution.Pack(Normals("convolution/weight", 0, (int)shape.WeightLength), shape);
        foreach ((int first, int count) in FingerprintStage.Batches(batch))
        {
            float[] x = Gather("convolution", first, count, shape.InChannels * height * width);
            float[] y = new float[count * shape.OutChannels * shape.OutHeight(height) * shape.OutWidth(width)];
            Convolution.Apply(x, count, height, width, w, bias, y, Fused.Silu);
            Scatter(f, count, y);
        }
    }

    // More positions than one block of 512.
    private static unsafe void Attend(Fingerprint f, int batch)
    {
        const int Queries = 21;
        const int Positions = 530;
        const int Width = 16;
        for (int item = 0; item < FingerprintStage.Items; item++)
        {
            float[] q = Normals("attention/q", item, Queries * Width);
            float[] k = Normals("attention/k", item, Positions * Width);
            float[] v = Normals("attention/v", item, Positions * Width);
            float[] y = new float[Queries * Width];
            fixed (float* pq = q, pk = k, pv = v, py = y)
            {
                AttentionHead head = new()
                {
                    Q = pq,
                    K = pk,
                    V = pv,
                    Y = py,
                    QRow = Width,
                    KRow = Width,
                    VRow = Width,
                    YRow = Width,
                    Queries = Queries,
                    Positions = Positions,
                    Width = Width,
                    ValueWidth = Width,
                    Scale = 0.25f,
                };
                int part = AttentionKernel.QueriesPerPart(Queries, Positions);
                for (int first = 0; first < Queries; first += part)
                {
                    AttentionKernel.Run(head, first, Math.Min(part, Queries - first));
                }
            }

            f.Add(y);
        }
    }

    private static void Fourier(Fingerprint f, int batch)
    {
        foreach (int length in (int[])[64, 400, 509, 1024])
        {
            Fft fft = Fft.Of(length);
            float[] x = Normals("fourier", length, length);
            float[] y = new float[2 * fft.Bins];
            fft.ForwardReal(x, y);
            f.Add(y);
            double[] wide = new double[2 * fft.Bins];
            fft.ForwardReal(Array.ConvertAll(x, v => (double)v), wide);
            f.Add(wide);
        }
    }

    private static void Storage(Fingerprint f, int batch)
    {
        Philox random = new(Seed, "fingerprint/storage");
        float[] x = new float[1000];
        for (int i = 0; i < x.Length; i++)
        {
            x[i] = BitConverter.UInt32BitsToSingle(random.Bits(0, 0, i));
        }

        ushort[] stored = new ushort[x.Length];
        Bf16.FromFloat(x, stored);
        Bf16.ToFloat(stored, x);
        f.Add(x);
        F16.FromFloat(Normals("storage", 0, x.Length), stored);
        F16.ToFloat(stored, x);
        f.Add(x);
    }

    /// <summary>Normal numbers of some items, one item behind the other.</summary>
    public static float[] Gather(string stage, int first, int count, int size)
    {
        float[] x = new float[count * size];
        for (int i = 0; i < count; i++)
        {
            Normals(stage, first + i, size).CopyTo(x, i * size);
        }

        return x;
    }

    /// <summary>Adds results item by item, whatever the batch.</summary>
    public static void Scatter(Fingerprint f, int count, params float[][] results)
    {
        for (int item = 0; item < count; item++)
        {
            foreach (float[] y in results)
            {
                int size = y.Length / count;
                f.Add(y.AsSpan(item * size, size));
            }
        }
    }
}
