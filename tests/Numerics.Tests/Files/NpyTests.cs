using System.IO.Compression;
using Euterpe.Numerics.Files;
using Euterpe.Testing;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace Euterpe.Numerics.Tests.Files;

public class NpyTests
{
    private static readonly string Stored = Path.Combine(Fixture.Repository, "tests", "Fixtures", "numpy");

    [Theory]
    [InlineData("f4", StoredType.F32, 2.0)]
    [InlineData("f8", StoredType.F64, 3.0)]
    [InlineData("f2", StoredType.F16, 1.0)]
    [InlineData("i8", StoredType.I64, 1.0)]
    [InlineData("i4", StoredType.I32, 1.0)]
    [InlineData("f8be", StoredType.F64, 1.0)]
    [InlineData("i2f", StoredType.I16, 1.0)]
    [InlineData("v2", StoredType.F32, 1.0)]
    [InlineData("v3", StoredType.F32, 1.0)]
    public void Arrays_of_numpy_are_read(string name, StoredType type, double divisor)
    {
        NpyArray array = Npy.Read(Path.Combine(Stored, name + ".npy"));
        Assert.Equal(type, array.Type);
        Assert.Equal([2, 3, 4], array.Shape);
        Assert.Equal(Enumerable.Range(-5, 24).Select(value => value / divisor), array.Doubles());
    }

    [Fact]
    public void Small_arrays_of_numpy_are_read()
    {
        Assert.Equal(Enumerable.Range(-5, 24).Select(value => (long)(((value % 7) + 7) % 7)), Npy.Read(Path.Combine(Stored, "u1.npy")).Longs());
        Assert.Equal(Enumerable.Range(-5, 24).Select(value => value % 2 == 0 ? 1L : 0), Npy.Read(Path.Combine(Stored, "b1.npy")).Longs());
        NpyArray scalar = Npy.Read(Path.Combine(Stored, "scalar.npy"));
        Assert.Empty(scalar.Shape);
        Assert.Equal([3.5], scalar.Doubles());
        NpyArray empty = Npy.Read(Path.Combine(Stored, "empty.npy"));
        Assert.Equal([0, 4], empty.Shape);
        Assert.Empty(empty.Floats());
        Assert.Equal([7], Npy.Read(Path.Combine(Stored, "one.npy")).Longs());
        Assert.Equal([-5f, -1, -4, 0, -3, 1, -2, 2], Npy.Read(Path.Combine(Stored, "c8.npy")).Span<long>().ToArray()
            .SelectMany(pair => new[] { BitConverter.Int32BitsToSingle((int)pair), BitConverter.Int32BitsToSingle((int)(pair >> 32)) }));
    }

    [Theory]
    [InlineData("object", "never objects")]
    [InlineData("record", "structured")]
    [InlineData("text", "<U2")]
    public void What_is_no_number_is_refused(string name, string reason) =>
        Assert.Contains(reason, Assert.Throws<FileFormatException>(() => Npy.Read(Path.Combine(Stored, name + ".npy"))).Message);

    [Theory]
    [InlineData("f4")]
    [InlineData("f8")]
    [InlineData("i8")]
    [InlineData("u1")]
    [InlineData("b1")]
    [InlineData("i2f")]
    [InlineData("scalar")]
    [InlineData("empty")]
    [InlineData("one")]
    [InlineData("c8")]
    public void Bytes_written_are_those_of_numpy(string name)
    {
        NpyArray array = Npy.Read(Path.Combine(Stored, name + ".npy"));
        using var stream = new MemoryStream();
        Npy.Write(stream, array.Type, array.Bytes, array.Shape, fortranOrder: name == "i2f");
        Assert.Equal(File.ReadAllBytes(Path.Combine(Stored, name + ".npy")), stream.ToArray());
    }

    [Fact]
    public void Npz_of_numpy_is_read_and_written()
    {
        using (Npz npz = Npz.Open(Path.Combine(Stored, "savez.npz")))
        {
            Assert.Equal(["a", "b"], npz.Names.Order());
            Assert.Equal(Enumerable.Range(-5, 24).Select(value => (double)value), npz.Read("a").Doubles());
            Assert.Equal([1, 2], npz.Read("b").Longs());
        }
        using (Npz npz = Npz.Open(Path.Combine(Stored, "savez_compressed.npz")))
        {
            Assert.Equal(new float[5000], npz.Read("z").Floats());
        }
        using var folder = new TemporaryFolder();
        var array = new NpyArray(StoredType.I64, [3], [.. new long[] { 4, -5, 6 }.SelectMany(BitConverter.GetBytes)]);
        foreach (bool compress in new[] { false, true })
        {
            Npz.Write(folder.File("x.npz"), [("one", array), ("two", array)], compress);
            byte[] first = File.ReadAllBytes(folder.File("x.npz"));
            Npz.Write(folder.File("x.npz"), [("one", array), ("two", array)], compress);
            Assert.Equal(first, File.ReadAllBytes(folder.File("x.npz")));
            using Npz npz = Npz.Open(folder.File("x.npz"));
            Assert.Equal([4, -5, 6], npz.Read("two").Longs());
        }
        Assert.Single(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Npz_that_grows_too_much_is_refused()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("bomb.npz");
        var zeros = new NpyArray(StoredType.U8, [4_000_000], new byte[4_000_000]);
        Npz.Write(path, [("zeros", zeros)], compress: true);
        using (Npz npz = Npz.Open(path, largestArray: 1_000_000))
        {
            Assert.Contains("said to grow", Assert.Throws<FileFormatException>(() => npz.Read("zeros")).Message);
        }
        // An entry whose npy header promises more than the entry holds.
        using (var zip = new ZipArchive(File.Create(path), ZipArchiveMode.Create))
        {
            using Stream entry = zip.CreateEntry("lie.npy").Open();
            using var header = new MemoryStream();
            Npy.Write(header, StoredType.U8, new byte[8], [8]);
            string text = System.Text.Encoding.Latin1.GetString(header.ToArray());
            entry.Write(System.Text.Encoding.Latin1.GetBytes(text.Replace("(8,), }         ", "(8000000000,), }")));
        }
        using (Npz npz = Npz.Open(path))
        {
            Assert.Contains("[8000000000] is 8000000000 bytes", Assert.Throws<FileFormatException>(() => npz.Read("lie")).Message);
        }
    }

    [Theory]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4), }")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 4611686018427387904, 4611686018427387904), }")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)")]
    [InlineData("{'descr': '<f4', 'fortran_order': False}")]
    [InlineData("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}")]
    [InlineData("{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} + exit()")]
    [InlineData("{'descr': __import__('os'), 'fortran_order': False, 'shape': (1,)}")]
    [InlineData("{'descr': '|f4', 'fortran_order': False, 'shape': (1,)}")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'x': '1'}")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': 1}")]
    [InlineData("{'descr': '<f4")]
    [InlineData("")]
    public void Hostile_headers_are_refused(string header)
    {
        byte[] text = System.Text.Encoding.Latin1.GetBytes(header);
        byte[] file = [0x93, .. "NUMPY"u8, 1, 0, (byte)text.Length, (byte)(text.Length >> 8), .. text, 0, 0, 0, 0];
        long before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<FileFormatException>(() => Npy.Read(new MemoryStream(file), "x.npy", file.Length));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
        Assert.StartsWith("[npy] x.npy: ", error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Damaged_files_are_refused_or_read()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("damaged");
        byte[][] good = [.. Directory.EnumerateFiles(Stored).Order(StringComparer.Ordinal).Select(File.ReadAllBytes)];
        int refused = 0;
        for (int i = 0; i < 2_000; i++)
        {
            byte[] bytes = BrokenFiles.Mutate(good[i % good.Length], (ulong)i, front: 128);
            File.WriteAllBytes(path, bytes);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                if (good[i % good.Length][0] == 0x93)
                {
                    Npy.Read(path);
                }
                else
                {
                    using Npz npz = Npz.Open(path);
                    npz.Names.ToList().ForEach(name => npz.Read(name));
                }
            }
            catch (FileFormatException)
            {
                refused++;
            }
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8 << 20);
        }
        Assert.InRange(refused, 500, 1_999);
    }

    [Property(MaxTest = 200)]
    public bool Written_arrays_are_read_back(byte[] bytes, byte a, byte b, bool fortran)
    {
        (long rows, long columns) = (1 + (a % 5), 1 + (b % 5));
        foreach (StoredType type in Enum.GetValues<StoredType>().Except([StoredType.F8E4M3, StoredType.F8E5M2, StoredType.BF16]))
        {
            var data = new byte[rows * columns * type.Size()];
            bytes.AsSpan(0, Math.Min(bytes.Length, data.Length)).CopyTo(data);
            using var stream = new MemoryStream();
            Npy.Write(stream, type, data, [rows, columns], fortran);
            stream.Position = 0;
            NpyArray array = Npy.Read(stream, "x", stream.Length);
            if (array.Type != type || !array.Shape.SequenceEqual([rows, columns]) || !array.Bytes.SequenceEqual(data)
                || stream.Position != stream.Length)
            {
                return false;
            }
        }
        return true;
    }
}
