namespace Euterpe.Numerics.Tests;

public class PackingTests
{
    [Theory]
    [InlineData(64, 64, 17)]
    [InlineData(128, 43, 70)]
    [InlineData(64, 50, 129)]
    public void Rows_packed_part_by_part_are_those_packed_at_once(int first, int rest, int inputs)
    {
        float[] w = Noise.Make((first + rest) * inputs, 3);
        ushort[] brain = [.. w.Select(Bf16.FromFloat)];
        Half[] half = [.. w.Select(value => (Half)value)];
        int cut = first * inputs;
        foreach (PackedType type in new[] { PackedType.F32, PackedType.BF16 })
        {
            using PackedMatrix parts = PackedMatrix.OfParts(first + rest, inputs, type);
            parts.PackRows(first, w.AsSpan(cut));
            parts.PackRows(0, w.AsSpan(0, cut));
            using PackedMatrix once = PackedMatrix.Pack(w, first + rest, inputs, type);
            Noise.AssertSameBits(once.Unpack(), parts.Unpack(), "f32");

            parts.PackRows(0, brain.AsSpan(0, cut));
            parts.PackRows(first, brain.AsSpan(cut));
            using PackedMatrix onceBrain = PackedMatrix.PackBf16(brain, first + rest, inputs, type);
            Noise.AssertSameBits(onceBrain.Unpack(), parts.Unpack(), "bf16");

            parts.PackRows(0, half.AsSpan(0, cut));
            parts.PackRows(first, half.AsSpan(cut));
            using PackedMatrix onceHalf = PackedMatrix.Pack(half, first + rest, inputs, type);
            Noise.AssertSameBits(onceHalf.Unpack(), parts.Unpack(), "f16");
        }
    }

    [Fact]
    public void Parts_that_do_not_fit_are_refused()
    {
        using PackedMatrix packed = PackedMatrix.OfParts(100, 4);
        Assert.Throws<ShapeException>(() => packed.PackRows(0, new float[63 * 4]));
        Assert.Throws<ShapeException>(() => packed.PackRows(32, new float[68 * 4]));
        Assert.Throws<ShapeException>(() => packed.PackRows(64, new float[64 * 4]));
        Assert.Throws<ShapeException>(() => packed.PackRows(0, new float[(64 * 4) + 1]));
        packed.PackRows(64, new float[36 * 4]);
    }

    [Theory]
    [InlineData(48, 6144)]
    [InlineData(112, 700)]
    [InlineData(176, 37)]
    public void Columns_of_a_panel_of_32_and_one_of_16_have_the_bits_of_the_definition(int outputs, int inputs)
    {
        foreach (int rows in new[] { 1, 2, 3, 4, 5, 6, 13, 200 })
        {
            if (rows > 13 && inputs > 1000)
                continue;
            float[] w = Noise.Make(outputs * inputs, 5), a = Noise.Make(rows * inputs, 6), bias = Noise.Make(outputs, 7);
            float[] y = new float[rows * outputs], expected = new float[rows * outputs];
            using PackedMatrix packed = PackedMatrix.Pack(w, outputs, inputs);
            MatrixProduct.Multiply(a, rows, inputs, packed, y, outputs, bias, Fused.Gelu);
            for (int r = 0; r < rows; r++)
            {
                for (int n = 0; n < outputs; n++)
                {
                    expected[(r * outputs) + n] = MatrixProduct.Sum(a, r * inputs, 1, w, n * inputs, 1, inputs) + bias[n];
                }
            }

            Assert.Equal(expected.Select(value => BitConverter.SingleToInt32Bits(Functions.Gelu(value))), y.Select(BitConverter.SingleToInt32Bits));
        }
    }
}
