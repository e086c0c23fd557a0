using System.Buffers.Binary;
using Euterpe.Numerics;
using Euterpe.Numerics.Files;
using Euterpe.Search.Vectors;

namespace Euterpe.Search.Tests.Vectors;

public sealed class GraphDamageTests
{
    private const int Dimension = 8;
    private const int Rows = 900;

    private static readonly float[] X = VectorSets.Clusters(Rows + 200, Dimension, 5);

    [Fact]
    public void A_damaged_graph_is_left_aside_and_built_again()
    {
        using var folder = new TemporaryFolder();
        string path = Make(folder.Path);
        byte[] good = File.ReadAllBytes(path);
        for (int at = 0; at < good.Length; at += at < 130 ? 1 : 4099)
        {
            byte[] bad = (byte[])good.Clone();
            bad[at] ^= 0x10;
            Try(folder.Path, path, bad, whole: at is >= 120 and < 8192);
        }

        for (int length = 0; length < good.Length; length += 7001)
            Try(folder.Path, path, good[..length], whole: false);
        using VectorIndex index = VectorIndex.Open(folder.Path, "space", Dimension);
        index.BuildGraph();
        Assert.Null(index.GraphProblem);
        Assert.Equal(good, File.ReadAllBytes(path));
    }

    /// <summary>Whoever can write checksums can still not lead a search out of bounds.</summary>
    [Fact]
    public void A_graph_that_lies_gives_an_error()
    {
        using var folder = new TemporaryFolder();
        string path = Make(folder.Path);
        byte[] good = File.ReadAllBytes(path);
        GraphHead head = GraphHead.Of(good[16..(16 + GraphHead.PayloadBytes)]);
        int errors = 0;
        foreach (int value in (int[])[int.MinValue, -2, head.Rows, int.MaxValue])
        {
            for (int part = 0; part < 3; part++)
            {
                byte[] bad = (byte[])good.Clone();
                long from = part == 0 ? 0 : part == 1 ? head.GroundBytes : head.GroundBytes + head.StartsBytes;
                long bytes = part == 0 ? head.GroundBytes : part == 1 ? head.StartsBytes : head.UpperBytes;
                for (long at = 8192 + from; at < 8192 + from + bytes; at += 4)
                    BinaryPrimitives.WriteInt32LittleEndian(bad.AsSpan((int)at), value);
                HeaderSlots.New(GraphHead.Magic, (head with { Body = Crc32.Of(bad.AsSpan(8192)) }).ToPayload()).CopyTo(bad, 0);
                File.WriteAllBytes(path, bad);
                using VectorIndex index = VectorIndex.Open(folder.Path, "space", Dimension);
                Assert.NotNull(index.Graph);
                try
                {
                    index.Graph!.Nearest(X.AsSpan(0, Dimension), 5, 20);
                }
                catch (FileFormatException)
                {
                    errors++;
                }
            }
        }

        Assert.True(errors >= 9, $"{errors}");
        foreach (GraphHead lie in (GraphHead[])[
            head with { Entry = head.Rows }, head with { Entry = -1 }, head with { Rows = int.MaxValue }, head with { Rows = 0 },
            head with { Lists = int.MaxValue },
            head with { Lists = -1 }, head with { Links = 65 }, head with { Top = 13 }, head with { Dimension = 9 }, head with { Top = -1 }])
        {
            byte[] bad = (byte[])good.Clone();
            HeaderSlots.New(GraphHead.Magic, lie.ToPayload()).CopyTo(bad, 0);
            Try(folder.Path, path, bad, whole: false);
        }
    }

    [Fact]
    public void A_graph_of_other_vectors_is_not_used()
    {
        using var folder = new TemporaryFolder();
        string path = Make(folder.Path);
        byte[] graph = File.ReadAllBytes(path);
        VectorIndex.Delete(folder.Path, "space");
        Assert.Empty(Directory.GetFiles(folder.Path, "*.rows"));
        using (VectorIndex other = VectorIndex.Open(folder.Path, "space", Dimension))
            other.Append(VectorSets.Ids(Rows), X.AsSpan(Dimension, Rows * Dimension));
        File.WriteAllBytes(path, graph);
        Try(folder.Path, path, graph, whole: false);
    }

    private static string Make(string folder)
    {
        using VectorIndex index = VectorIndex.Open(folder, "space", Dimension);
        index.Append(VectorSets.Ids(Rows), X.AsSpan(0, Rows * Dimension));
        index.BuildGraph();
        return Directory.GetFiles(folder, "*.graph").Single();
    }

    private static void Try(string folder, string path, byte[] bytes, bool whole)
    {
        File.WriteAllBytes(path, bytes);
        using VectorIndex index = VectorIndex.Open(folder, "space", Dimension);
        Assert.Equal(whole, index.Graph is not null);
        Assert.Equal(whole, index.GraphProblem is null);
        Assert.Equal(index.Exact.Nearest(X.AsSpan(0, Dimension), 5), index.Nearest(X.AsSpan(0, Dimension), 5));
    }
}
