using Euterpe.Numerics;
using Euterpe.Search.Vectors;

namespace Euterpe.Search.Tests.Vectors;

public sealed class VectorFileTests
{
    private const int Dimension = 5;

    private static readonly float[] X = VectorSets.Clusters(4000, Dimension, 4);

    private static float[] Part(int from, int to) => X[(from * Dimension)..(to * Dimension)];

    private static void Append(string path, int from, int to)
    {
        using VectorWriter writer = VectorWriter.Open(path, "space", Dimension);
        writer.Append(VectorSets.Ids(to).AsSpan(from), Part(from, to));
    }

    [Fact]
    public void Rows_come_back_as_they_were_added_and_readers_follow()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("v.rows");
        Append(path, 0, 3);
        using VectorFile file = VectorFile.Open(path, "space", Dimension);
        int have = 3;
        foreach (int next in (int[])[4, 1023, 1025, 2048, 4000])
        {
            Append(path, have, next);
            Assert.Equal(have, file.Count);
            Assert.True(file.Refresh());
            Assert.False(file.Refresh());
            Assert.Equal(next, file.Count);
            Assert.Equal(VectorSets.Ids(next)[^1], file.LastId);
            file.Verify();
            have = next;
        }

        long[] ids = VectorSets.Ids(4000);
        for (int row = 0; row < 4000; row += 37)
        {
            Assert.Equal(ids[row], file.Id(row));
            Assert.Equal(row, file.RowOf(ids[row]));
            Assert.Equal(-1, file.RowOf(ids[row] + 1));
            Assert.Equal(Part(row, row + 1), file.Vector(row));
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => file.Id(4000));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Vector(-1));
    }

    [Fact]
    public void What_cannot_be_kept_is_refused_and_nothing_is_added()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("v.rows");
        Append(path, 0, 2);
        using (VectorWriter writer = VectorWriter.Open(path, "space", Dimension))
        {
            Assert.Throws<ArgumentException>(() => writer.Append([writer.LastId], Part(0, 1)));
            Assert.Throws<ArgumentException>(() => writer.Append([100, 100], Part(0, 2)));
            Assert.Throws<ShapeException>(() => writer.Append([100], Part(0, 2)));
            Assert.Throws<ArgumentException>(() => writer.Append([100], [1, 2, float.NaN, 4, 5]));
            Assert.Throws<ArgumentException>(() => writer.Append([100], [1, 2, 2e15f, 4, 5]));
            Assert.Equal(2, writer.Count);
            IOException taken = Assert.Throws<IOException>(() => VectorWriter.Open(path, "space", Dimension));
            Assert.Contains("being written", taken.Message, StringComparison.Ordinal);
        }

        using (VectorWriter writer = VectorWriter.Open(path, "space", Dimension))
            writer.Append([100], Part(7, 8));
        Assert.Throws<FileFormatException>(() => VectorFile.Open(path, "another space", Dimension));
        Assert.Throws<FileFormatException>(() => VectorFile.Open(path, "space", Dimension + 1));
        Assert.Throws<FileNotFoundException>(() => VectorFile.Open(folder.File("none"), "space", Dimension));
        Assert.Throws<OptionsException>(() => VectorFile.Open(path, "space", 0));
    }

    /// <summary>What kill -9 and a power cut leave: the rows of an append in part, the new head in part.</summary>
    [Fact]
    public void A_writer_that_ends_at_any_byte_leaves_the_state_before_or_after()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("v.rows");
        Append(path, 0, 1000);
        byte[] before = File.ReadAllBytes(path);
        Append(path, 1000, 1030);
        byte[] after = File.ReadAllBytes(path);
        int slot = Enumerable.Range(0, 8192).First(i => before[i] != after[i]) / 4096 * 4096;

        // The rows are there in part, the head is the old one: the old rows count, and adding goes on.
        foreach (int cut in (int[])[before.Length, before.Length + 1, before.Length + 5000, after.Length - 1, after.Length])
        {
            byte[] torn = after[..cut];
            before.AsSpan(0, 8192).CopyTo(torn);
            File.WriteAllBytes(path, torn);
            Holds(path, 1000);
            Append(path, 1000, 1030);
            Assert.Equal(after, File.ReadAllBytes(path));
        }

        // The head is written in part, up to any byte; the disk may also hold noise there.
        for (int at = 0; at < 120; at++)
        {
            byte[] torn = (byte[])after.Clone();
            before.AsSpan(slot + at, 4096 - at).CopyTo(torn.AsSpan(slot + at));
            File.WriteAllBytes(path, torn);
            Holds(path, torn.AsSpan(0, 8192).SequenceEqual(after.AsSpan(0, 8192)) ? 1030 : 1000);
            torn = (byte[])after.Clone();
            torn[slot + at] ^= 0x40;
            File.WriteAllBytes(path, torn);
            Holds(path, at < 16 + 60 + 4 ? 1000 : 1030);
        }
    }

    [Fact]
    public void Damage_is_found()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("v.rows");
        Append(path, 0, 40);
        byte[] good = File.ReadAllBytes(path);
        var layout = new VectorLayout(Dimension);
        long[] parts =
            [VectorLayout.Ids, VectorLayout.Scales, VectorLayout.Errors, VectorLayout.Norms, VectorLayout.Sums, layout.Bytes, layout.Floats];
        foreach (long place in parts)
        {
            byte[] bad = (byte[])good.Clone();
            bad[8192 + place + 3] ^= 1;
            File.WriteAllBytes(path, bad);
            using VectorFile file = VectorFile.Open(path, "space", Dimension);
            Assert.Throws<FileFormatException>(() => file.Verify());
        }

        // Cut anywhere: an error, or the empty state that the other slot still holds.
        for (int length = 0; length < good.Length; length += length < 9000 ? 61 : 9973)
        {
            File.WriteAllBytes(path, good[..length]);
            try
            {
                using VectorFile file = VectorFile.Open(path, "space", Dimension);
                Assert.Equal(0, file.Count);
            }
            catch (FileFormatException problem)
            {
                Assert.Contains("Hint", problem.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task Searches_go_on_while_rows_are_added_and_graphs_are_built()
    {
        using var folder = new TemporaryFolder();
        using VectorIndex index = VectorIndex.Open(folder.Path, "space", Dimension);
        index.Append(VectorSets.Ids(100), Part(0, 100));
        using var stop = new CancellationTokenSource();
        Task[] readers = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                IReadOnlyList<Hit> hits = index.Nearest(X.AsSpan(0, Dimension), 5);
                Assert.Equal(5, hits.Count);
                Assert.Equal(3, hits[0].Id);
            }
        }))];
        for (int have = 100; have < 4000; have += 300)
        {
            index.Append(VectorSets.Ids(have + 300).AsSpan(have), Part(have, have + 300));
            index.BuildGraph();
        }

        await stop.CancelAsync();
        await Task.WhenAll(readers);
        Assert.Equal(4000, index.Count);
    }

    private static void Holds(string path, int rows)
    {
        using VectorFile file = VectorFile.Open(path, "space", Dimension);
        Assert.Equal(rows, file.Count);
        file.Verify();
    }
}
