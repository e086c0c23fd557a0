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
}
