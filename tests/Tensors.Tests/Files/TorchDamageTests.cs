using System.IO.Compression;
using Euterpe.Testing;

namespace Euterpe.Tensors.Tests.Files;

/// <summary>
/// Random damage to files of torch: no crash, no hang, only our errors, and everything that opens is read whole. A third of the damage is to the
/// file,
/// a third to the pickle inside (put back with a right check sum, so that it is interpreted), a third to opcodes alone.
/// </summary>
public class TorchDamageTests
{
    private static readonly byte[] Opcodes =
        [.. "(.012FIJKLMNPQRSTUVX]abcdeghijlopqrstu})"u8, .. Enumerable.Range(0x80, 0x19).Select(code => (byte)code)];

    [Fact]
    public Task Damaged_torch_files_are_refused_or_read() => Damage(2_000, 1);

    [Fact]
    [Trait("Category", "Long")]
    public Task Damaged_torch_files_are_refused_or_read_long() => Damage(10_000, 2);

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
        string path = folder.File("damaged.pt");
        byte[][] files = [.. CheckpointIndex.Names("torch", "good/").Select(row => CheckpointIndex.Open((string)row[0]).Path)
            .SelectMany(good => Directory.EnumerateFiles(good)).Where(file => Path.GetExtension(file) is ".pt" or ".bin" or ".th")
            .Order(StringComparer.Ordinal).Select(File.ReadAllBytes)];
        int refused = 0, interpreted = 0;
        for (int i = 0; i < count; i++)
        {
            ulong draw = (seed << 32) + (ulong)i;
            byte[] good = files[i % files.Length];
            byte[] bad = i % 3 == 0 || good[0] != 'P' ? BrokenFiles.Mutate(good, draw)
                : Repacked(good, pickle => i % 3 == 1 ? BrokenFiles.Mutate(pickle, draw, front: pickle.Length) : OtherOpcodes(pickle, draw));
            File.WriteAllBytes(path, bad);
            Exception? error = CheckpointTests.Survive(path);
            refused += error is null ? 0 : 1;
            interpreted += error is null || error.Message.Contains("at byte", StringComparison.Ordinal) ? 1 : 0;
        }
        Assert.InRange(refused, count / 4, count - 1);
        Assert.InRange(interpreted, count / 4, count);
    }

    private static byte[] Repacked(byte[] file, Func<byte[], byte[]> change)
    {
        using var zip = new ZipArchive(new MemoryStream(file), ZipArchiveMode.Read);
        return TorchBuilder.Zip([.. zip.Entries.Select(entry =>
        {
            using Stream stream = entry.Open();
            using var data = new MemoryStream();
            stream.CopyTo(data);
            return new BuiltRecord(entry.FullName, entry.Name == "data.pkl" ? change(data.ToArray()) : data.ToArray());
        })]);
    }

    private static byte[] OtherOpcodes(byte[] pickle, ulong seed)
    {
        var random = new BrokenFiles.Draws(seed);
        byte[] bytes = [.. pickle];
        int changes = 1 + random.Below(3);
        for (int i = 0; i < changes; i++)
        {
            int at = random.Below(bytes.Length);
            switch (random.Below(4))
            {
                case 0:
                    bytes[at] = Opcodes[random.Below(Opcodes.Length)];
                    break;
                case 1:
                    bytes = [.. bytes[..at], Opcodes[random.Below(Opcodes.Length)], .. bytes[at..]];
                    break;
                case 2:
                    // An opcode in the place of one that is an opcode by its look.
                    int same = Array.FindIndex(bytes, at, each => Opcodes.Contains(each));
                    bytes[same < 0 ? at : same] = Opcodes[random.Below(Opcodes.Length)];
                    break;
                default:
                    int length = Math.Min(1 + random.Below(20), bytes.Length - at), to = random.Below(bytes.Length);
                    bytes = [.. bytes[..to], .. bytes.AsSpan(at, length), .. bytes[to..]];
                    break;
            }
        }
        return bytes;
    }
}
