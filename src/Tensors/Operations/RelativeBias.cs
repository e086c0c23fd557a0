using Euterpe.Numerics;

namespace Euterpe.Tensors;

public static unsafe partial class Operations
{
    /// <summary>
    /// What attention adds for the distance between query and key: bias[l, r] = table[clamp(r - l + left, 0, P - 1), l], the table being each query's
    /// scores with the P distances. Stored by position, as attention reads it fastest.
    /// </summary>
    /// <param name="w">Where the result lives.</param>
    /// <param name="table">[.., P, T].</param>
    /// <param name="left">The row of the table that is distance 0.</param>
    /// <returns>[.., T, T] (query, key): a transposed view.</returns>
    public static Tensor RelativeBias(Workspace w, Tensor table, int left)
    {
        CheckFloats("relative_bias", table, "table");
        if (table.Rank < 2 || left < 0 || left >= table.Size(-2))
        {
            throw new ShapeException($"[relative_bias] A table [.., P, T] and a row 0 to P - 1 for distance 0 are expected: the table is "
                + $"{table.Shape}, the row {left}.");
        }
        int distances = table.Size(-2), length = table.Size(-1);
        Tensor source = Contiguous(w, table);
        Tensor y = w.Allocate(table.Shape.With(-2, length)); // [.., key, query]
        var part = new RelativeBiasPart { X = source.Floats, Y = y.Floats, Distances = distances, Length = length, Left = left };
        Parts.Run(w, ref part, length == 0 ? 0 : y.Count / length, length + (8L * Math.Min(distances, length)));
        GC.KeepAlive(source);
        return y.Transpose(-1, -2);
    }

    private struct RelativeBiasPart : IPart
    {
        public float* X, Y;
        public int Distances, Length, Left;

        public readonly void Run(long start, long end)
        {
            for (long row = start; row < end; row++)
            {
                long item = row / Length;
                int key = (int)(row % Length);
                float* table = X + (item * Distances * Length), to = Y + (row * Length);
                // Queries before "near" are so far left of the key that the last distance stands for them, those from "far" on so far right that the
                // first does.
                int near = Math.Clamp(key - (Distances - 1 - Left), 0, Length), far = Math.Clamp(key + Left + 1, near, Length);
                new Span<float>(table + ((long)(Distances - 1) * Length), near).CopyTo(new Span<float>(to, near));
                for (int query = near; query < far; query++)
                {
                    to[query] = table[((long)(key - query + Left) * Length) + query];
                }
                new Span<float>(table + far, Length - far).CopyTo(new Span<float>(to + far, Length - far));
            }
        }
    }
}
