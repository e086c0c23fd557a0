using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Euterpe.Numerics.Tests;

// What products and convolutions gave when their text was laid down: any processor and any setting of .NET's instruction sets must give it again.
public sealed class GoldenBitsTests
{
    [Fact]
    public void Product_gives_the_stored_bits()
    {
        const int m = 23, n = 107, k = 1100;
        float[] a = Noise.Make(m * k, 1), w = Noise.Make(n * k, 2), bias = Noise.Make(n, 3), c = new float[m * n];
        using PackedMatrix single = PackedMatrix.Pack(w, n, k), brain = PackedMatrix.Pack(w, n, k, PackedType.BF16);
        MatrixProduct.Multiply(a, m, k, single, c, n, bias, Fused.Relu);
        string found = Hash(c);
        MatrixProduct.Multiply(a, m, k, brain, c, n, bias);
        found += " " + Hash(c);
        MatrixProduct.Multiply(a, k, w, k, true, c, n, m, n, k);
        Assert.Equal("9922F5602D0AED59 030BA9AF78AEB214 0B241790A979D6FC", found + " " + Hash(c));
    }

    [Fact]
    public void Convolution_gives_the_stored_bits()
    {
        ConvolutionShape shape = new()
        {
            InChannels = 260,
            OutChannels = 10,
            KernelWidth = 5,
            Groups = 2,
            StrideWidth = 2,
            DilationWidth = 2,
            PadLeft = 3,
            PadRight = 4,
        };
        float[] x = Noise.Make(260 * 90, 1), w = Noise.Make((int)shape.WeightLength, 2), y = new float[10 * shape.OutWidth(90)];
        using PackedConvolution packed = PackedConvolution.Pack(w, shape);
        Convolution.Apply(x, 1, 1, 90, packed, [], y);
        string found = Hash(y);
        ConvolutionShape back = shape with { Transposed = true, DilationWidth = 1 };
        using PackedConvolution transposed = PackedConvolution.Pack(w, back);
        y = new float[10 * back.OutWidth(90)];
        Convolution.Apply(x, 1, 1, 90, transposed, [], y);
        Assert.Equal("A72D5AC8B792170C DC22A5F0D2F4DE1F", found + " " + Hash(y));
    }

    private static string Hash(float[] values)
    {
        return Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(values.AsSpan())))[..16];
    }
}
