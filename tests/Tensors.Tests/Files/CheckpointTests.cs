using Euterpe.Numerics;
using Euterpe.Numerics.Files;
using Euterpe.Tensors.Files;
using Euterpe.Testing;

namespace Euterpe.Tensors.Tests.Files;

/// <summary>Files that upstream's libraries wrote, and files that somebody meant ill with.</summary>
public class CheckpointTests
{
    [Theory]
    [Trait("Category", "Parity")]
    [MemberData(nameof(CheckpointIndex.Names), "safetensors", "good/", MemberType = typeof(CheckpointIndex))]
    public void Good_safetensors_give_every_value(string name)
    {
        string folder = CheckpointIndex.Open(name).Path;
        var expected = new StoredTensors(Path.Combine(folder, "expected.safetensors"));
        string? index = Directory.EnumerateFiles(folder, "*.index.json").SingleOrDefault();
        int seen = index is null
            ? Directory.EnumerateFiles(folder, "*.safetensors").Where(file => Path.GetFileName(file) != "expected.safetensors")
                .Sum(file => Compare(file, expected, Path.GetFileName(file) + "/"))
            : Compare(folder, expected, "") + (0 * Compare(index, expected, ""));
        Assert.Equal(expected.Names.Count, seen);
    }

    [Theory]
    [Trait("Category", "Parity")]
    [MemberData(nameof(CheckpointIndex.Names), "safetensors", "hostile/", MemberType = typeof(CheckpointIndex))]
    public void Hostile_safetensors_do_what_the_index_says(string name)
    {
        CheckpointIndex entry = CheckpointIndex.Open(name);
        Exception? error = Survive(entry.Path);
        Assert.False(entry.MustRefuse && error is null, $"{name} must be refused ({entry.What}), and was loaded.");
        Assert.False(entry.MustLoad && error is not null, $"{name} must be loaded, and was refused: {error?.Message}");
    }

    [Fact]
    public void Folders_are_searched_in_order()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("no file of weights", Assert.Throws<ModelFileException>(() => Checkpoint.Open(folder.Path)).Message);
        File.WriteAllBytes(folder.File("x.gguf"), [1]);
        Assert.Contains("x.gguf", Assert.Throws<ModelFileException>(() => Checkpoint.Open(folder.Path)).Message);
        File.WriteAllBytes(folder.File("pytorch_model.bin"), [0x80, 2]);
        Assert.Contains("pytorch_model.bin", Assert.Throws<FileFormatException>(() => Checkpoint.Open(folder.Path)).Message);
        File.Delete(folder.File("pytorch_model.bin"));
        File.WriteAllBytes(folder.File("other.bin"), [0x80, 2]);
        Save(folder.File("weights.safetensors"), "only");
        Assert.Equal(["only"], Names(folder.Path));
        Save(folder.File("more.safetensors"), "other");
        Assert.Contains("more.safetensors, weights.safetensors", Assert.Throws<ModelFileException>(() => Checkpoint.Open(folder.Path)).Message);
        Save(folder.File("adapter_model.safetensors"), "adapter");
        Assert.Equal(["adapter"], Names(folder.Path));
        Save(folder.File("model.safetensors"), "model");
        Assert.Equal(["model"], Names(folder.Path));
    }

    [Fact]
    public void A_tensor_twice_is_refused()
    {
        using var folder = new TemporaryFolder();
        Save(folder.File("a.safetensors"), "same");
        Save(folder.File("b.safetensors"), "same");
        File.WriteAllText(folder.File("model.safetensors.index.json"), """{"weight_map": {"same": "a.safetensors", "other": "b.safetensors"}}""");
        string message = Assert.Throws<ModelFileException>(() => Checkpoint.Open(folder.Path)).Message;
        Assert.Contains("b.safetensors lacks 1 tensors that the index places there: \"other\"", message);
        Assert.Contains("b.safetensors has 1 tensors that the index does not place there: \"same\"", message);
    }

    [Fact]
    public void Tensors_borrow_the_file_or_copy_what_is_not_aligned()
    {
        using var folder = new TemporaryFolder();
        var writer = new SafetensorsWriter();
        writer.Add("f", new float[] { 1, 2, 3, 4, 5, 6 }, 2, 3);
        writer.Add("h", StoredType.F16, [2], BitConverter.GetBytes((Half)0.5f).Concat(BitConverter.GetBytes((Half)(-2f))).ToArray());
        writer.Add("n", new long[] { -7 }, 1);
        writer.Save(folder.File("model.safetensors"));
        // The same file, one byte further: header blanks are the writer's choice, and data need not be aligned.
        byte[] bytes = File.ReadAllBytes(folder.File("model.safetensors"));
        ulong length = BitConverter.ToUInt64(bytes);
        File.WriteAllBytes(folder.File("odd.safetensors"),
            [.. BitConverter.GetBytes(length + 1), .. bytes.AsSpan(8, (int)length), (byte)' ', .. bytes.AsSpan(8 + (int)length)]);
        foreach (string file in new[] { "model.safetensors", "odd.safetensors" })
        {
            using Checkpoint checkpoint = Checkpoint.Open(folder.File(file));
            Assert.Equal([1, 2, 3, 4, 5, 6], checkpoint.Tensor("f").ToArray());
            Assert.Equal(new Shape(2, 3), checkpoint.Tensor("f").Shape);
            Assert.Equal([0.5f, -2f], checkpoint.Floating("h").ToArray());
            Assert.Equal(DType.F16, checkpoint.Tensor("h").Type);
            Assert.Equal(-7, checkpoint.Tensor("n").Integers[0]);
            Assert.Contains("floating-point", Assert.Throws<ModelFileException>(() => checkpoint.Floating("n")).Message);
            Assert.Contains("\"x\"", Assert.Throws<ModelFileException>(() => checkpoint.Tensor("x")).Message);
        }
    }

    [Fact]
    public void Listing_counts_parameters_and_reads_the_config()
    {
        using var folder = new TemporaryFolder();
        var writer = new SafetensorsWriter();
        writer.AddMetadata("format", "pt");
        writer.Add("w", new float[6], 2, 3);
        writer.Add("ids", new long[5], 5);
        writer.Save(folder.File("model.safetensors"));
        File.WriteAllText(folder.File("config.json"), """{"architectures": ["ClapModel"], "model_type": "clap"}""");
        CheckpointListing listing = CheckpointListing.Read(folder.Path);
        Assert.Equal((6L, 64L, "clap", "safetensors"), (listing.Parameters, listing.Bytes, listing.ModelType, listing.Format));
        Assert.Equal(["ClapModel"], listing.Architectures);
        Assert.Equal("pt", listing.Metadata["format"]);
        Assert.Equal(["ids I64 [5]", "w F32 [2, 3]"], listing.Tensors.Select(each => $"{each.Name} {each.Type} [{string.Join(", ", each.Shape)}]"));
        File.WriteAllText(folder.File("config.json"), """{"model_type": "clap", "model_type": "t5"}""");
        Assert.Contains("config.json", Assert.Throws<FileFormatException>(() => CheckpointListing.Read(folder.Path)).Message);
    }

    [Fact]
    public void Hash_is_that_of_the_bytes()
    {
        using var folder = new TemporaryFolder();
        Save(folder.File("model.safetensors"), "a");
        using Checkpoint checkpoint = Checkpoint.Open(folder.Path);
        byte[] bytes = File.ReadAllBytes(folder.File("model.safetensors"));
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes)), checkpoint.Hash());
    }

    [Fact]
    public void Shapes_that_no_tensor_has_are_listed_and_refused()
    {
        using var folder = new TemporaryFolder();
        var writer = new SafetensorsWriter();
        writer.Add("deep", StoredType.U8, [1, 1, 1, 1, 1, 1, 1, 1, 1], new byte[1]);
        writer.Add("long", StoredType.U8, [0, 1L << 40], Array.Empty<byte>());
        writer.Save(folder.File("model.safetensors"));
        using Checkpoint checkpoint = Checkpoint.Open(folder.Path);
        Assert.Equal([0.0], checkpoint.Doubles("deep"));
        Assert.Throws<ModelFileException>(() => checkpoint.Tensor("deep"));
        Assert.Throws<ModelFileException>(() => checkpoint.Tensor("long"));
    }

    /// <summary>
    /// Opens a file that may be hostile and reads all of it: errors must be clear; nothing may be written, or allocated for promises.
    /// </summary>
    internal static Exception? Survive(string path)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        string[] before = Directory.GetFileSystemEntries(folder);
        long size = Directory.Exists(path) ? 0 : new FileInfo(path).Length;
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        Exception? error = null;
        try
        {
            using Checkpoint checkpoint = Checkpoint.Open(path);
            long opened = GC.GetAllocatedBytesForCurrentThread() - allocated;
            Assert.True(opened < size + (64L << 20), $"{path}: opening {size} bytes allocated {opened}.");
            foreach (CheckpointEntry entry in checkpoint.Entries.Where(entry => !entry.Type.IsComplex()))
            {
                Assert.Equal(entry.Count, checkpoint.Doubles(entry.Name).LongLength);
            }
        }
        catch (Exception refused) when (refused is FileFormatException or ModelFileException)
        {
            error = refused;
            long opened = GC.GetAllocatedBytesForCurrentThread() - allocated;
            Assert.True(opened < size + (64L << 20), $"{path}: refusing {size} bytes allocated {opened}.");
            Assert.DoesNotContain('\n', refused.Message);
            Assert.StartsWith("[", refused.Message);
            Assert.True(refused.Message.Length < 1000, refused.Message);
        }
        Assert.Equal(before, Directory.GetFileSystemEntries(folder));
        return error;
    }

    private static int Compare(string path, StoredTensors expected, string prefix)
    {
        using Checkpoint checkpoint = Checkpoint.Open(path);
        foreach (CheckpointEntry entry in checkpoint.Entries)
        {
            string key = prefix + entry.Name;
            Assert.Equal(expected.Shape(key).Select(size => (long)size), entry.Shape);
            Close.Check(expected.Doubles(key), checkpoint.Doubles(entry.Name), what: key);
            if (entry.Type.IsInteger())
            {
                Assert.Equal(expected.Doubles(key), checkpoint.Longs(entry.Name).Select(value => (double)value));
            }
            else if (entry.Type != StoredType.F64)
            {
                Assert.Equal(expected.Doubles(key), checkpoint.Floating(entry.Name).ToArray().Select(value => (double)value));
            }
        }
        return checkpoint.Entries.Count;
    }

    private static string[] Names(string path)
    {
        using Checkpoint checkpoint = Checkpoint.Open(path);
        return [.. checkpoint.Names];
    }

    private static void Save(string path, string name)
    {
        var writer = new SafetensorsWriter();
        writer.Add(name, new float[] { 1 }, 1);
        writer.Save(path);
    }
}
