using System.Text;
using Euterpe.Numerics.Files;
using Euterpe.Testing;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace Euterpe.Numerics.Tests.Files;

public class SafetensorsTests
{
    [Fact]
    public void Bytes_written_are_those_of_upstream()
    {
        foreach (string name in new[] { "dtypes.safetensors", "expected.safetensors" })
        {
            string path = Path.Combine(Fixture.Repository, "tests", "Fixtures", "checkpoints", "good", "safetensors_formats", name);
            using SafetensorsFile file = SafetensorsFile.Open(path);
            var writer = new SafetensorsWriter();
            foreach ((string key, string value) in file.Metadata)
            {
                writer.AddMetadata(key, value);
            }
            foreach (SafetensorsEntry entry in file.Entries.Reverse())
            {
                writer.Add(entry.Name, entry.Type, entry.Shape, file.Bytes(entry).ToArray());
            }
            using var stream = new MemoryStream();
            writer.Save(stream);
            Assert.Equal(File.ReadAllBytes(path), stream.ToArray());
        }
    }

    [Fact]
    public void A_failed_write_leaves_the_old_file_and_nothing_else()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("model.safetensors");
        var good = new SafetensorsWriter();
        good.Add("a", new float[] { 1, 2 }, 2);
        good.Save(path);
        byte[] before = File.ReadAllBytes(path);
        var bad = new SafetensorsWriter();
        bad.Add("a", StoredType.F32, [2], stream => stream.Write(new byte[7]));
        Assert.Contains("must write 8 bytes: it wrote 7", Assert.Throws<InvalidOperationException>(() => bad.Save(path)).Message);
        Assert.Equal([path], Directory.GetFiles(folder.Path));
        Assert.Equal(before, File.ReadAllBytes(path));
        Assert.Throws<ShapeException>(() => bad.Add("b", new float[] { 1, 2 }, 3));
        Assert.Throws<ArgumentException>(() => bad.Add("a", new float[] { 1, 2 }, 2));
    }

    [Fact]
    public void Files_that_are_none_are_refused_at_once()
    {
        using var folder = new TemporaryFolder();
        Assert.Throws<FileNotFoundException>(() => SafetensorsFile.Open(folder.File("no.safetensors")));
        Assert.Contains("is a folder", Assert.Throws<FileFormatException>(() => SafetensorsFile.Open(folder.Path)).Message);
        if (File.Exists("/dev/zero"))
        {
            Assert.Contains("found 0 bytes", Assert.Throws<FileFormatException>(() => SafetensorsFile.Open("/dev/zero")).Message);
        }
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":1}}""", "the fields are")]
    [InlineData("""{"a":{"dtype":"F4","shape":[2],"data_offsets":[0,1]}}""", "\"F4\" is not read")]
    [InlineData("""{"__metadata__":{"a":"1","a":"2"},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", "__metadata__: the key \"a\"")]
    [InlineData("""{"__metadata__":{},"__metadata__":{},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", "once: found it twice")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}} x""", "not valid JSON")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},}""", "not valid JSON")]
    [InlineData("""{"\ud800":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", "not valid JSON")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}}""", "whole numbers")]
    [InlineData("""{"a":{"dtype":"U8","shape":[[1]],"data_offsets":[0,1]}}""", "not valid JSON")]
    [InlineData("""{"a":{"dtype":7,"shape":[1],"data_offsets":[0,1]}}""", "a string as dtype")]
    [InlineData("""{"a":7}""", "an object with dtype")]
    public void Headers_are_checked(string header, string reason)
    {
        using var folder = new TemporaryFolder();
        byte[] text = Encoding.UTF8.GetBytes(header);
        File.WriteAllBytes(folder.File("x.safetensors"), [.. BitConverter.GetBytes((ulong)text.Length), .. text, 0]);
        string message = Assert.Throws<FileFormatException>(() => SafetensorsFile.Open(folder.File("x.safetensors"))).Message;
        Assert.StartsWith("[safetensors] x.safetensors: ", message);
        Assert.Contains(reason, message);
    }

    [Fact]
    public void All_f8_values_are_read()
    {
        var bytes = Enumerable.Range(0, 256).Select(value => (byte)value).ToArray();
        var values = new double[256];
        StoredValues.ToDoubles(StoredType.F8E4M3, bytes, values);
        Assert.Equal((0.0, Math.ScaleB(1, -9), 448.0, -448.0, 1.0), (values[0], values[1], values[0x7E], values[0xFE], values[0x38]));
        Assert.True(double.IsNaN(values[0x7F]) && double.IsNaN(values[0xFF]) && double.IsNegative(values[0x80]));
        Assert.Equal(2, values.Count(double.IsNaN));
        StoredValues.ToDoubles(StoredType.F8E5M2, bytes, values);
        Assert.Equal((57344.0, double.PositiveInfinity, Math.ScaleB(1, -16), 1.0), (values[0x7B], values[0x7C], values[1], values[0x3C]));
    }

    [Property(MaxTest = 100)]
    public bool Written_files_are_read_back(NonNull<string>[] names, byte[] bytes, byte seed)
    {
        var writer = new SafetensorsWriter();
        StoredType[] types = [.. Enum.GetValues<StoredType>().Where(type => type != StoredType.C128)];
        var expected = new Dictionary<string, (StoredType Type, long[] Shape, byte[] Data)>();
        int draw = seed;
        foreach (string name in names.Select(each => each.Get).Where(IsText))
        {
            StoredType type = types[draw++ % types.Length];
            long[] shape = [.. Enumerable.Range(0, draw % 4).Select(dim => (long)((draw + dim) % 4))];
            var data = new byte[shape.Aggregate((long)type.Size(), (size, next) => size * next)];
            bytes.AsSpan(0, Math.Min(bytes.Length, data.Length)).CopyTo(data);
            if (expected.TryAdd(name, (type, shape, data)))
            {
                writer.Add(name, type, shape, data);
            }
        }
        using var folder = new TemporaryFolder();
        writer.Save(folder.File("x.safetensors"));
        using SafetensorsFile file = SafetensorsFile.Open(folder.File("x.safetensors"));
        long data0 = file.Entries.Count > 0 ? file.Entries[0].Start : 0;
        return file.Entries.Count == expected.Count && data0 % 8 == 0 && expected.All(each =>
            file.Entry(each.Key).Type == each.Value.Type && file.Entry(each.Key).Shape.SequenceEqual(each.Value.Shape)
            && file.Bytes(each.Key).SequenceEqual(each.Value.Data));
    }

    private static bool IsText(string name) => name != "__metadata__" && Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(name)) == name;
}
