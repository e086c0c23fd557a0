using System.Text.Json;
using Euterpe.Numerics.Files;
using Euterpe.Tensors.Files;
using Euterpe.Testing;

namespace Euterpe.Tensors.Tests.Files;

/// <summary>Files that torch.save wrote: every tensor's type, shape and bytes, and the values beside them.</summary>
public class TorchCheckpointTests
{
    private static readonly string[] Endings = [".bin", ".pt", ".pth", ".th"];

    [Theory]
    [Trait("Category", "Parity")]
    [MemberData(nameof(CheckpointIndex.Names), "torch", "good/", MemberType = typeof(CheckpointIndex))]
    public void Good_torch_files_give_every_byte(string name)
    {
        string folder = CheckpointIndex.Open(name).Path;
        string[] files = [.. Directory.EnumerateFiles(folder).Where(file => Endings.Contains(Path.GetExtension(file))).Order(StringComparer.Ordinal)];
        string? index = Directory.EnumerateFiles(folder, "*.index.json").SingleOrDefault();
        string expectedPath = Path.Combine(folder, "expected.safetensors");
        StoredTensors? expected = File.Exists(expectedPath) ? new StoredTensors(expectedPath) : null;
        if (index is not null)
        {
            using Checkpoint whole = Checkpoint.Open(folder), named = Checkpoint.Open(index);
            Assert.Equal(expected!.Names.Order(), whole.Names.Order());
            Assert.Equal(expected.Names.Count, Compare(whole, expected, ""));
            Assert.Equal(expected.Names.Count, Compare(named, expected, ""));
            return;
        }
        int seen = 0;
        foreach (string file in files)
        {
            using Checkpoint checkpoint = Checkpoint.Open(file);
            Assert.StartsWith("PyTorch (", checkpoint.Format);
            checkpoint.Verify();
            if (expected is not null && Path.Exists(Path.Combine(folder, "expected.json")))
            {
                seen += Compare(checkpoint, expected, Path.GetFileName(file) + "/");
            }
            foreach (CheckpointEntry entry in checkpoint.Entries.Where(entry => entry.Type.IsFloat()))
            {
                Assert.All(checkpoint.Doubles(entry.Name), value => Assert.True(double.IsFinite(value)));
            }
        }
        Assert.True(seen == 0 || seen == expected!.Names.Count, $"{seen} of {expected?.Names.Count} tensors were there.");
    }

    [Fact]
    [Trait("Category", "Parity")]
    public void Plain_values_beside_tensors_are_those_that_were_saved()
    {
        int seen = 0;
        foreach (object[] row in CheckpointIndex.Names("torch", "good/"))
        {
            string folder = CheckpointIndex.Open((string)row[0]).Path, path = Path.Combine(folder, "expected.json");
            if (!File.Exists(path))
            {
                continue;
            }
            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(path));
            foreach (JsonProperty file in json.RootElement.EnumerateObject())
            {
                using Checkpoint checkpoint = Checkpoint.Open(Path.Combine(folder, file.Name));
                foreach (JsonProperty value in file.Value.EnumerateObject().Where(each => each.Name != "note"))
                {
                    Same(value.Value, checkpoint.Tree![value.Name], $"{file.Name} {value.Name}");
                    seen++;
                }
            }
        }
        Assert.True(seen > 0);
    }

    [Fact]
    [Trait("Category", "Parity")]
    public void Torch_files_of_all_models_open_whole()
    {
        string hostile = Path.Combine(Fixture.Root, "checkpoints", "hostile") + Path.DirectorySeparatorChar;
        string[] files = [.. Directory.EnumerateFiles(Fixture.Root, "*", SearchOption.AllDirectories)
            .Where(file => Path.GetExtension(file) is ".bin" or ".pt" or ".pth" or ".th" or ".tar" or ".ckpt" && !file.StartsWith(hostile, StringComparison.Ordinal))];
        Assert.NotEmpty(files);
        foreach (string file in files)
        {
            using Checkpoint checkpoint = Checkpoint.Open(file);
            Assert.NotNull(checkpoint.Tree);
            checkpoint.Verify();
        }
    }

    [Fact]
    public void Tensors_that_share_a_storage_keep_sharing()
    {
        using Checkpoint checkpoint = Checkpoint.Open(Path.Combine(Good("torch_formats"), "views.pt"));
        CheckpointEntry whole = checkpoint.Entry("base"), matrix = checkpoint.Entry("matrix"), row = checkpoint.Entry("row");
        Assert.Equal((whole.Storage, 0L, 48L), (row.Storage, matrix.StorageOffset, row.StorageOffset));
        Assert.False(whole.IsTiedTo(matrix));
        Assert.True(System.Runtime.CompilerServices.Unsafe.AreSame(
            ref System.Runtime.InteropServices.MemoryMarshal.GetReference(checkpoint.Bytes("base")),
            ref System.Runtime.InteropServices.MemoryMarshal.GetReference(checkpoint.Bytes("matrix"))));
        using Checkpoint nested = Checkpoint.Open(Path.Combine(Good("torch_formats"), "nested.pt"));
        Assert.True(nested.Entry("model/w").IsTiedTo(nested.Entry("list/0")));
        Assert.Equal("model/w", ((CheckpointValue.TensorName)nested.Tree!["model"]!["w"]!).Name);
        Assert.Equal("torch.float16", ((CheckpointValue.Opaque)nested.Tree["dtype"]!).What);
    }

    internal static string Good(string name) => Path.Combine(Fixture.Repository, "tests", "Fixtures", "checkpoints", "good", name);

    private static int Compare(Checkpoint checkpoint, StoredTensors expected, string prefix)
    {
        int seen = 0;
        foreach (CheckpointEntry entry in checkpoint.Entries)
        {
            // The oracle joins a path with dots.
            string key = prefix + entry.Name.Replace('/', '.');
            if (!expected.Has(key) && prefix.Length > 0)
            {
                continue;
            }
            seen++;
            Assert.Equal(expected.Type(key), entry.TypeName);
            Assert.Equal(expected.Shape(key).Select(size => (long)size), entry.Shape);
            Assert.True(expected.Bytes(key).SequenceEqual(checkpoint.Bytes(entry.Name)), $"{key}: other bytes.");
            if (entry.Type.IsFloat())
            {
                Assert.Equal(expected.Floats(key), checkpoint.Floating(entry.Name).ToArray());
            }
            else
            {
                Assert.Equal(expected.Longs(key), checkpoint.Longs(entry.Name));
            }
        }
        return seen;
    }

    private static void Same(JsonElement expected, CheckpointValue? found, string where)
    {
        switch (expected.ValueKind)
        {
            case JsonValueKind.Object:
                CheckpointValue.Map map = Assert.IsType<CheckpointValue.Map>(found);
                Assert.Equal(expected.EnumerateObject().Select(item => item.Name), map.Keys);
                foreach (JsonProperty item in expected.EnumerateObject())
                {
                    Same(item.Value, map.Find(item.Name), $"{where}.{item.Name}");
                }
                break;
            case JsonValueKind.Array:
                CheckpointValue.List list = Assert.IsType<CheckpointValue.List>(found);
                Assert.Equal(expected.GetArrayLength(), list.Count);
                for (int i = 0; i < list.Count; i++)
                {
                    Same(expected[i], list[i], $"{where}[{i}]");
                }
                break;
            case JsonValueKind.String:
                string text = expected.GetString()!;
                Assert.Equal(text, found switch
                {
                    CheckpointValue.TensorName => "tensor",
                    CheckpointValue.Integer number => number.Value.ToString(System.Globalization.CultureInfo.InvariantCulture),
                    CheckpointValue.Bytes bytes => "base64:" + Convert.ToBase64String(bytes.Value.Span),
                    _ => found?.AsText,
                });
                break;
            case JsonValueKind.Number:
                Assert.Equal(expected.GetDouble(), found?.AsDouble);
                break;
            case JsonValueKind.Null:
                Assert.IsType<CheckpointValue.Nothing>(found);
                break;
            default:
                Assert.True(found?.AsFlag == expected.GetBoolean(), where);
                break;
        }
    }
}
