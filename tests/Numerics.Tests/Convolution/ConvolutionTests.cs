namespace Euterpe.Numerics.Tests;

public sealed class ConvolutionTests
{
    public static TheoryData<string, int, int, int, ConvolutionShape> Cases()
    {
        TheoryData<string, int, int, int, ConvolutionShape> cases = [];
        foreach (bool transposed in new[] { false, true })
        {
            string kind = transposed ? "transposed " : "";
            ConvolutionShape s = new() { InChannels = 4, OutChannels = 7, KernelWidth = 3, Transposed = transposed };
            cases.Add(kind + "plain", 2, 1, 75, s);
            cases.Add(kind + "one position", 1, 1, 3, s);
            cases.Add(kind + "padded", 2, 1, 130, s with { PadLeft = 2, PadRight = 1 });
            cases.Add(kind + "strided", 1, 1, 200, s with { StrideWidth = 2, PadLeft = 1, PadRight = 1 });
            cases.Add(kind + "large stride", 1, 1, 61, s with { StrideWidth = 5, KernelWidth = 10, PadLeft = 3, PadRight = 2 });
            cases.Add(kind + "stride beyond kernel", 1, 1, 61, s with { StrideWidth = 4, KernelWidth = 2 });
            cases.Add(kind + "dilated", 1, 1, 90, s with { DilationWidth = 9, PadLeft = 9, PadRight = 9 });
            cases.Add(kind + "grouped", 2, 1, 67, s with { InChannels = 6, OutChannels = 9, Groups = 3, PadLeft = 1, PadRight = 1 });
            cases.Add(kind + "depthwise", 2, 1, 300, s with { InChannels = 5, OutChannels = 5, Groups = 5, KernelWidth = 7, PadLeft = 3, PadRight = 3 });
            cases.Add(kind + "depthwise dilated", 1, 1, 200, s with { InChannels = 3, OutChannels = 6, Groups = 3, DilationWidth = 3, PadLeft = 3 });
            cases.Add(kind + "more than 512 k", 1, 1, 40, s with { InChannels = 270, OutChannels = 8, KernelWidth = 2 });
            cases.Add(kind + "more than 512 channels", 1, 1, 9, s with { InChannels = 520, OutChannels = 3, KernelWidth = 2 });
            cases.Add(kind + "long kernel", 1, 1, 700, s with { InChannels = 1, OutChannels = 2, KernelWidth = 600, PadLeft = 5 });
            cases.Add(kind + "padding beyond kernel", 1, 1, 20, s with { PadLeft = transposed ? 1 : 9, PadRight = transposed ? 0 : 70 });
            ConvolutionShape p = new() { InChannels = 3, OutChannels = 8, KernelHeight = 3, KernelWidth = 5, Transposed = transposed };
            cases.Add(kind + "2d", 2, 11, 9, p);
            cases.Add(kind + "2d same", 1, 9, 30, p with { PadTop = 1, PadBottom = 1, PadLeft = 2, PadRight = 2 });
            cases.Add(kind + "2d strided", 2, 16, 16, p with { KernelHeight = 4, KernelWidth = 4, StrideHeight = 4, StrideWidth = 4 });
            cases.Add(kind + "2d all", 2, 13, 17, p with
            {
                InChannels = 4,
                OutChannels = 6,
                Groups = 2,
                StrideHeight = 2,
                StrideWidth = 3,
                DilationHeight = 2,
                PadTop = 2,
                PadBottom = 1,
                PadLeft = 1,
            });
            cases.Add(kind + "2d depthwise", 1, 12, 12, p with { InChannels = 4, OutChannels = 4, Groups = 4, KernelWidth = 3, PadTop = 1, PadLeft = 1 });
        }

        ConvolutionShape extra = new() { InChannels = 3, OutChannels = 4, KernelWidth = 5, StrideWidth = 3, PadLeft = 1, PadRight = 1, Transposed = true };
        cases.Add("transposed extra", 1, 1, 100, extra with { ExtraWidth = 2 });
        cases.Add("transposed long", 1, 1, 900, extra);
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Convolution_equals_reference(string name, int batch, int height, int width, ConvolutionShape shape)
    {
        float[] x = Noise.Make(batch * shape.InChannels * height * width, 1), w = Noise.Make((int)shape.WeightLength, 2);
        float[] bias = Noise.Make(shape.OutChannels, 3);
        float[] expected = new float[batch * shape.OutChannels * shape.OutHeight(height) * shape.OutWidth(width)];
        float[] found = new float[expected.Length];
        using PackedConvolution packed = PackedConvolution.Pack(w, shape);
        Convolution.Reference(x, batch, height, width, w, shape, bias, expected, Fused.Silu);
        Convolution.Apply(x, batch, height, width, packed, bias, found, Fused.Silu);
        Noise.AssertSameBits(expected, found, name);
        Convolution.Reference(x, batch, height, width, w, shape, [], expected);
        Convolution.Apply(x, batch, height, width, packed, [], found);
        Noise.AssertSameBits(expected, found, name + " without bias");
    }

    [Fact]
    public void Sizes_that_do_not_fit_are_refused()
    {
        ConvolutionShape shape = new() { InChannels = 4, OutChannels = 6, KernelWidth = 3 };
        Assert.Throws<OptionsException>(() => PackedConvolution.Pack(new float[72], shape with { Groups = 3 }));
        Assert.Throws<ShapeException>(() => PackedConvolution.Pack(new float[71], shape));
        using PackedConvolution w = PackedConvolution.Pack(new float[72], shape);
        Assert.Throws<ShapeException>(() => Convolution.Apply(new float[8], 1, 1, 2, w, [], new float[6]));
        Assert.Throws<ShapeException>(() => Convolution.Apply(new float[40], 1, 1, 10, w, [], new float[6]));
        Assert.Throws<ShapeException>(() => Convolution.Apply(new float[40], 1, 1, 10, w, new float[5], new float[48]));
    }
}
