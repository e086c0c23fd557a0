using System.IO.Compression;
using System.Text.Json;
using Euterpe.Numerics;
using Euterpe.Tensors.Files;
using Euterpe.Testing;

namespace Euterpe.Tensors.Tests.Files;

/// <summary>Models of Keras: a zip with an HDF5 file in it.</summary>
public class KerasTests
{
    private const string Oracle = "mule";

    /// <summary>The cases with a Keras model; who runs the network claims them.</summary>
    public static IEnumerable<object[]> Models() => Fixture.Names(Oracle)
        .Where(name => Fixture.Open(name).HasFile("checkpoint/h5.json")).Select(name => new object[] { name });

    [Theory]
    [Trait("Category", "Parity")]
    [MemberData(nameof(Models))]
    public void Every_dataset_is_what_h5py_reads(string name)
    {
        Fixture fixture = Fixture.Open(name);
        using var checkpoint = Checkpoint.Open(fixture.File("checkpoint/model.keras"));
        Assert.Equal("Keras", checkpoint.Format);
        Assert.Contains("keras_version", checkpoint.Metadata["metadata.json"], StringComparison.Ordinal);
        Dictionary<string, JsonElement> expected = fixture.Json("checkpoint/h5.json").EnumerateObject().ToDictionary(each => each.Name, each => each.Value);
        Assert.Equal(expected.Keys.Order(StringComparer.Ordinal), checkpoint.Entries.Where(entry => entry.Count > 0)
            .Select(entry => entry.Name).Order(StringComparer.Ordinal));
        foreach ((string dataset, JsonElement row) in expected)
        {
            Assert.Equal(row[0].EnumerateArray().Select(size => size.GetInt64()), checkpoint.Entry(dataset).Shape);
            double[] values = checkpoint.Doubles(dataset);
            Assert.Equal(row[1].GetDouble(), values[0]);
            // Both are sums of doubles; h5py's was taken in another order.
            Assert.Equal(row[2].GetDouble(), values.Sum(), 1e-12 * values.Sum(Math.Abs) + 1e-300);
        }
    }

    [Fact]
    public void A_bare_weights_file_gives_the_same()
    {
        using var folder = new TemporaryFolder();
        string keras = Model(), bare = folder.File("model.weights.h5");
        using (ZipArchive zip = ZipFile.OpenRead(keras))
            zip.GetEntry("model.weights.h5")!.ExtractToFile(bare);
        using Checkpoint whole = Checkpoint.Open(keras), part = Checkpoint.Open(bare);
        Assert.Equal("HDF5", part.Format);
        Assert.Equal(whole.Names, part.Names);
        Assert.All(whole.Names, name => Assert.True(whole.Bytes(name).SequenceEqual(part.Bytes(name))));
    }

    [Fact]
    public void What_is_not_read_is_named()
    {
        using var folder = new TemporaryFolder();
        byte[] good = Weights();
        Refused(8, 2, "superblock 2 is not read");
        Refused(good.AsSpan().IndexOf("SNOD"u8), (byte)'X', "symbol node was expected");
        // A layout of version 3: 1 is in one piece, 2 in chunks.
        Refused(Find(good, [8, 0, 24, 0, 0, 0, 0, 0, 3, 1]) + 9, 2, "in chunks");
        Refused(Find(good, [8, 0, 24, 0, 0, 0, 0, 0, 3, 1]) + 18, 1, "they are not there");
        File.WriteAllBytes(folder.File("short.h5"), good[..^1]);
        Assert.Contains("must lie within", Assert.Throws<FileFormatException>(() => Checkpoint.Open(folder.File("short.h5"))).Message, StringComparison.Ordinal);

        void Refused(int at, byte value, string says)
        {
            byte[] bad = [.. good];
            bad[at] = value;
            File.WriteAllBytes(folder.File("bad.h5"), bad);
            Assert.Contains(says, Assert.Throws<FileFormatException>(() => Checkpoint.Open(folder.File("bad.h5"))).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_zip_that_lies_about_its_size_is_refused()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("model.keras");
        using (ZipArchive zip = ZipFile.Open(path, ZipArchiveMode.Create))
        using (Stream stream = zip.CreateEntry("model.weights.h5", CompressionLevel.SmallestSize).Open())
        {
            for (int i = 0; i < 100; i++)
                stream.Write(new byte[1 << 20]);
        }

        Assert.Contains("said to grow", Assert.Throws<FileFormatException>(() => Checkpoint.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public Task Damaged_files_are_refused_or_read() => Damage(200, 3);

    [Fact]
    [Trait("Category", "Long")]
    public Task Damaged_files_are_refused_or_read_long() => Damage(5_000, 4);

    /// <summary>The zip and its HDF5 file in turns; a hang shows as a task that does not end.</summary>
    private static async Task Damage(int count, ulong seed)
    {
        byte[] zip = File.ReadAllBytes(Model()), weights = Weights();
        using var folder = new TemporaryFolder();
        Task work = Task.Run(() =>
        {
            int refused = 0;
            for (int i = 0; i < count; i++)
            {
                // Groups lie all over the file: damage at its front alone would meet the root only.
                bool bare = i % 2 == 0;
                string path = folder.File(bare ? "model.h5" : "model.keras");
                File.WriteAllBytes(path, BrokenFiles.Mutate(bare ? weights : zip, (seed << 32) + (ulong)i, bare ? 1 << 15 : 4096));
                refused += CheckpointTests.Survive(path) is null ? 0 : 1;
            }

            Assert.InRange(refused, count / 8, count - 1);
        });
        Assert.True(await Task.WhenAny(work, Task.Delay(TimeSpan.FromMinutes(5))) == work, "A damaged file hangs the reader.");
        await work;
    }

    private static string Model() => Fixture.Open((string)Models().First()[0]).File("checkpoint/model.keras");

    private static byte[] Weights()
    {
        using ZipArchive zip = ZipFile.OpenRead(Model());
        using Stream stream = zip.GetEntry("model.weights.h5")!.Open();
        using var all = new MemoryStream();
        stream.CopyTo(all);
        return all.ToArray();
    }

    private static int Find(byte[] bytes, ReadOnlySpan<byte> what)
    {
        int at = bytes.AsSpan().IndexOf(what);
        return at >= 0 ? at : throw new InvalidDataException("The mark is not in the file.");
    }
}
