using System.Runtime.InteropServices;
using Euterpe.Numerics.Files;

namespace Euterpe.Numerics.Tests;

public sealed class NpzWriterTests
{
    [Fact]
    public void Arrays_come_back_and_the_bytes_are_those_of_a_whole_write()
    {
        string folder = Directory.CreateTempSubdirectory("euterpe-npz-").FullName;
        try
        {
            float[] rows = [.. Enumerable.Range(0, 60_000).Select(i => i / 7f)];
            string one = Path.Combine(folder, "one.npz"), other = Path.Combine(folder, "other.npz");
            AtomicFile.Write(one, stream =>
            {
                using var npz = new NpzWriter(stream);
                npz.Add("rows", StoredType.F32, [20_000, 3], new MemoryStream(MemoryMarshal.AsBytes(rows.AsSpan()).ToArray()));
                npz.Add("rate", StoredType.F64, [], MemoryMarshal.AsBytes<double>([75.0]));
            });
            using (var npz = Npz.Open(one))
            {
                Assert.Equal(["rate", "rows"], npz.Names.Order(StringComparer.Ordinal));
                Assert.Equal([20_000, 3], npz.Read("rows").Shape);
                Assert.Equal(rows, npz.Read("rows").Floats());
                Assert.Equal([75.0], npz.Read("rate").Doubles());
                Npz.Write(other, npz.Names.Select(name => (name, npz.Read(name))));
            }

            Assert.Equal(File.ReadAllBytes(other), File.ReadAllBytes(one));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Wrong_lengths_and_names_are_refused()
    {
        using var npz = new NpzWriter(new MemoryStream());
        Assert.Throws<ShapeException>(() => npz.Add("short", StoredType.F32, [2, 2], new MemoryStream(new byte[12])));
        npz.Add("x", StoredType.U8, [1], [1]);
        Assert.Throws<ArgumentException>(() => npz.Add("x", StoredType.U8, [1], [1]));
        Assert.Throws<ArgumentException>(() => npz.Add("", StoredType.U8, [1], [1]));
    }
}
