using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Euterpe.Tensors.Files;
using Euterpe.Testing;

namespace Euterpe.Tensors.Tests.Files;

/// <summary>numpy's npz as a file of weights.</summary>
public class NpzCheckpointTests
{
    private static readonly float[] Values = [1, 2, 3, 4, 5, 6];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Arrays_in_any_order_are_tensors(bool deflated)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("model.npz"), Archive(deflated));
        using Checkpoint checkpoint = Checkpoint.Open(folder.Path);
        Assert.Equal("npz", checkpoint.Format);
        Assert.Null(checkpoint.Tree);
        Assert.Equal(["layer/plain", "turned", "swapped", "flags"], checkpoint.Names);
        Assert.Equal([2L, 3L], checkpoint.Entry("turned").Shape);
        Assert.Equal(Values, checkpoint.Floats("layer/plain"));
        Assert.Equal([1, 3, 5, 2, 4, 6], checkpoint.Floats("turned"));
        Assert.Equal(Values, checkpoint.Tensor("swapped").ToArray());
        Assert.Equal([1, 0], checkpoint.Longs("flags"));
    }

    [Fact]
    public void What_is_no_array_of_numbers_is_refused()
    {
        byte[] plain = Array("<f4", false, MemoryMarshal.AsBytes<float>(Values).ToArray());
        foreach (BuiltRecord[] records in new BuiltRecord[][]
        {
            [new("a.npy", Array("|O", false, new byte[48]))],
            [new("a.npy", plain[..^1])],
            [new("a.npy", [.. plain, 0])],
            [new("a.npy", plain), new("a.npy", plain)],
            [new("a.npy", plain) { Crc = 7, LocalCrc = 7 }],
            [new("a.npy", Array("|b1", false, [0, 1, 2, 1, 0, 1]))],
            [new("a.npy", plain), new("readme.txt", plain)],
            [new("a.npy", new byte[100 << 20]) { Deflated = true }],
        })
        {
            using var folder = new TemporaryFolder();
            File.WriteAllBytes(folder.File("model.npz"), TorchBuilder.Zip(records));
            Assert.NotNull(CheckpointTests.Survive(folder.File("model.npz")));
        }
    }

    [Fact]
    public void Damaged_files_are_refused_or_read()
    {
        using var folder = new TemporaryFolder();
        for (ulong i = 0; i < 400; i++)
        {
            File.WriteAllBytes(folder.File("model.npz"), BrokenFiles.Mutate(Archive(i % 2 == 0), i));
            CheckpointTests.Survive(folder.File("model.npz"));
        }
    }

    private static byte[] Archive(bool deflated)
    {
        byte[] little = MemoryMarshal.AsBytes<float>(Values).ToArray(), big = [.. little];
        foreach (int i in Enumerable.Range(0, Values.Length))
        {
            BinaryPrimitives.WriteSingleBigEndian(big.AsSpan(4 * i), Values[i]);
        }
        return TorchBuilder.Zip(new BuiltRecord("layer/plain.npy", Array("<f4", false, little)) { Deflated = deflated },
            new BuiltRecord("turned.npy", Array("<f4", true, little)) { Deflated = deflated },
            new BuiltRecord("swapped.npy", Array(">f4", false, big)) { Deflated = deflated },
            new BuiltRecord("flags.npy", Array("|b1", false, [1, 0], "(2,)")) { Deflated = deflated });
    }

    private static byte[] Array(string type, bool fortran, byte[] data, string shape = "(2, 3)")
    {
        string header = $"{{'descr': '{type}', 'fortran_order': {(fortran ? "True" : "False")}, 'shape': {shape}, }}";
        header = header.PadRight(((header.Length + 11 + 63) / 64 * 64) - 11) + "\n";
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, (byte)(header.Length >> 8), .. Encoding.ASCII.GetBytes(header), .. data];
    }
}
