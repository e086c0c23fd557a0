using Euterpe.Numerics;
using Euterpe.Tensors.Files;
using Euterpe.Testing;

namespace Euterpe.Tensors.Tests.Files;

/// <summary>Random damage: no crash, no hang, no allocation for what a header merely promises.</summary>
public class CheckpointDamageTests
{
    [Fact]
    public Task Damaged_files_are_refused_or_read() => Damage(2_000, 1);

    [Fact]
    [Trait("Category", "Long")]
    public Task Damaged_files_are_refused_or_read_long() => Damage(10_000, 2);

    [Fact]
    public void The_largest_header_stays_within_its_bound()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("many.safetensors");
        foreach ((int count, int nameLength, bool loads) in new[]
            { (65_536, 6, true), (65_536, 300, true), (65_537, 6, false), (300, 65_536, true), (2, 70_000, false) })
        {
            var header = new System.Text.StringBuilder("{");
            for (int i = 0; i < count; i++)
            {
                header.Append(i == 0 ? "\"" : ",\"").Append(i.ToString("x5").PadLeft(nameLength, 'n'));
                header.Append("\"").Append(""":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}""");
            }
            Assert.Equal(loads, OpenBounded(path, header.Append('}').ToString()));
        }
        // A wrong word, an open text, and nothing but opened arrays, each followed by 20 MB.
        Assert.False(OpenBounded(path, "{\"a\":tru" + new string('x', 20_000_000)));
        Assert.False(OpenBounded(path, "{\"a\":{\"dtype\":true" + new string('x', 20_000_000)));
        Assert.False(OpenBounded(path, "{\"" + new string('x', 20_000_000)));
        Assert.False(OpenBounded(path, "{\"a\":" + new string('[', 20_000_000)));
        Assert.False(OpenBounded(path, "{\"a\":" + new string('1', 20_000_000)));
    }

    private static bool OpenBounded(string path, string header)
    {
        byte[] text = System.Text.Encoding.UTF8.GetBytes(header);
        File.WriteAllBytes(path, [.. BitConverter.GetBytes((ulong)text.Length), .. text]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        bool loads = true;
        try
        {
            Checkpoint.Open(path).Dispose();
        }
        catch (FileFormatException refused)
        {
            loads = false;
            Assert.InRange(refused.Message.Length, 20, 400);
        }
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated < text.Length + (64L << 20), $"{header[..40]}: {text.Length} bytes, {allocated} allocated.");
        return loads;
    }

    /// <summary>A hang shows as a task that does not end: five minutes are a hundred times what it needs.</summary>
    private static async Task Damage(int count, ulong seed)
    {
        Task work = Task.Run(() => DamageAll(count, seed));
        Assert.True(await Task.WhenAny(work, Task.Delay(TimeSpan.FromMinutes(5))) == work, "A damaged file hangs the reader.");
        await work;
    }

    private static void DamageAll(int count, ulong seed)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("model.safetensors"), sharded = folder.File("sharded");
        Directory.CreateDirectory(sharded);
        CheckpointIndex[] good = [.. CheckpointIndex.Names("safetensors", "good/").Select(row => CheckpointIndex.Open((string)row[0]))];
        string[] files = [.. good.SelectMany(entry => Directory.EnumerateFiles(entry.Path, "*.safetensors")).Order(StringComparer.Ordinal)];
        string index = good.SelectMany(entry => Directory.EnumerateFiles(entry.Path, "*.index.json")).Single();
        foreach (string shard in Directory.EnumerateFiles(Path.GetDirectoryName(index)!))
        {
            File.Copy(shard, Path.Combine(sharded, Path.GetFileName(shard)));
        }
        int refused = 0;
        for (int i = 0; i < count; i++)
        {
            ulong draw = (seed << 32) + (ulong)i;
            bool isIndex = i % 8 == 7;
            string source = isIndex ? index : files[i % files.Length], target = isIndex ? Path.Combine(sharded, Path.GetFileName(index)) : path;
            File.WriteAllBytes(target, BrokenFiles.Mutate(File.ReadAllBytes(source), draw));
            refused += CheckpointTests.Survive(target) is null ? 0 : 1;
        }
        Assert.InRange(refused, count / 4, count - 1);
    }
}
