using System.Text.Json.Nodes;
using Euterpe.Layers;
using Euterpe.Models.Pretrained;
using Euterpe.Models.Saving;
using Euterpe.Tensors.Files;
using Euterpe.Testing;

namespace Euterpe.Models.Tests.Saving;

/// <summary>Which stored cases hold files of another project's layout: told by their files, never by their names.</summary>
internal static class LayoutCases
{
    /// <summary>Folders of checkpoints/good that have all these files; a * stands for any beginning.</summary>
    public static IEnumerable<object[]> Good(params string[] files)
    {
        object[][] rows = [.. CheckpointIndex.All().Where(entry => entry.MustLoad && Directory.Exists(entry.Path) && files.All(file => Find(entry.Path, file) is not null))
            .Select(entry => new object[] { entry.Name })];
        return rows.Length > 0 ? rows : throw new Xunit.Sdk.XunitException($"checkpoints/good has no folder with {string.Join(" and ", files)}.");
    }

    /// <summary>Cases of an oracle with such a file in their checkpoint. Who runs the model claims them.</summary>
    public static IEnumerable<object[]> Of(string oracle, string file)
    {
        object[][] rows = [.. Fixture.Names(oracle).Select(Fixture.Open).Where(each => each.HasFile("checkpoint") && Find(each.File("checkpoint"), file) is not null)
            .Select(each => new object[] { each.Name })];
        return rows.Length > 0 ? rows : throw new Xunit.Sdk.XunitException($"{oracle} has no case with checkpoint/{file}.");
    }

    /// <summary>Cases to look for a twin in; this claims none of them.</summary>
    public static IEnumerable<Fixture> All(string oracle) => Fixture.Names(oracle).Select(Fixture.Open);

    public static string? Find(string folder, string pattern) =>
        pattern[^1] == '/' ? Directory.Exists(Path.Combine(folder, pattern)) ? Path.Combine(folder, pattern) : null
            : Directory.EnumerateFiles(folder, pattern).Order(StringComparer.Ordinal).FirstOrDefault();

    public static SourceModel Read(string path, string? textEncoder = null) => KnownLayouts.Read(ModelSource.Find(path, cache: "/nowhere"), textEncoder);

    /// <summary>Every tensor, bit for bit, and no other name.</summary>
    public static void Same(IEnumerable<DerivedTensor> found, Checkpoint twin, Func<string, bool>? only = null)
    {
        DerivedTensor[] tensors = [.. found];
        string[] expected = [.. twin.Names.Where(name => only is null || only(name)).Order(StringComparer.Ordinal)];
        Assert.Equal(expected, tensors.Select(tensor => tensor.Name).Order(StringComparer.Ordinal));
        foreach (DerivedTensor tensor in tensors)
            Same(tensor, twin.Entry(tensor.Name), twin.Bytes(tensor.Name));
    }

    public static void Same(DerivedTensor tensor, CheckpointEntry entry, ReadOnlySpan<byte> bytes)
    {
        Assert.Equal((entry.Name, entry.Type), (tensor.Name, tensor.Type));
        Assert.Equal(entry.Shape, tensor.Shape);
        using var stream = new MemoryStream();
        tensor.Write(stream);
        Assert.True(bytes.SequenceEqual(stream.ToArray()), $"{tensor.Name} has other bits.");
    }

    /// <summary>Two files have the same tensors: names, types, shapes, bits.</summary>
    public static void SameFiles(string expected, string found)
    {
        using Checkpoint a = Checkpoint.Open(expected), b = Checkpoint.Open(found);
        Assert.Equal(a.Names.Order(StringComparer.Ordinal), b.Names.Order(StringComparer.Ordinal));
        foreach (CheckpointEntry entry in a.Entries)
        {
            Assert.Equal(entry.Type, b.Entry(entry.Name).Type);
            Assert.Equal(entry.Shape, b.Entry(entry.Name).Shape);
            Assert.True(a.Bytes(entry.Name).SequenceEqual(b.Bytes(entry.Name)), $"{entry.Name} has other bits.");
        }
    }

    /// <summary>Values of two configurations under the keys of the first; keys that are left out are named.</summary>
    public static void SameConfig(JsonObject expected, JsonObject found, params string[] but)
    {
        foreach ((string key, JsonNode? value) in expected)
        {
            if (but.Contains(key))
                continue;
            Assert.True(JsonNode.DeepEquals(value, found[key]) || (JsonFile.Number(value) is { } number && number == JsonFile.Number(found[key])),
                $"{key}: expected {value?.ToJsonString() ?? "null"}, found {found[key]?.ToJsonString() ?? "null"}");
        }
    }
}
