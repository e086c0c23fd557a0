using Euterpe.Numerics;

namespace Euterpe.Tensors;

/// <summary>c = a b for operands that lie anywhere: the seam to the matrix product of Numerics.</summary>
internal static unsafe class Products
{
    public static void Multiply(Workspace w, float* a, long rows, long aRow, float* b, long bRow, long bColumn, float* c, long cRow, int columns, int depth)
    {
        for (long i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                float sum = 0;
                for (int block = 0; block < Math.Max(depth, 1); block += 512)
                {
                    float s = 0;
                    for (int k = block; k < Math.Min(block + 512, depth); k++)
                    {
                        s = MathF.FusedMultiplyAdd(a[i * aRow + k], b[k * bRow + j * bColumn], s);
                    }
                    sum = block == 0 ? s : sum + s;
                }
                c[i * cRow + j] = sum;
            }
        }
    }
}
