using Euterpe.Numerics;

namespace Euterpe.Search.Tests;

public sealed class DotRowsTests
{
    [Fact]
    public void Dot_rows_equal_their_reference_bit_for_bit()
    {
        for (int length = 0; length <= 70; length++)
        {
            for (int count = 0; count <= 5; count++)
            {
                float[] query = [.. Enumerable.Range(0, length).Select(k => 1f / (k + 3))];
                float[] rows = [.. Enumerable.Range(0, length * count).Select(k => 1f / (k + 7) - 0.01f)];
                float[] expected = new float[count], found = new float[count];
                DotRows.Reference(query, rows, expected);
                DotRows.Multiply(query, rows, found);
                Assert.Equal(expected, found);
            }
        }
    }

    [Fact]
    public void Sizes_that_do_not_fit_are_refused() =>
        Assert.Throws<ShapeException>(() => DotRows.Multiply(new float[3], new float[7], new float[2]));
}
