using Euterpe.Numerics;
using Euterpe.Numerics.Files;

namespace Euterpe.Tensors.Files;

/// <summary>Which reader a file of tensors needs: by its content, as names lie (.bin, .pt, .th, .ckpt and .pth are the same formats).</summary>
internal static class CheckpointFormats
{
    public static ITensorSource Open(string path)
    {
        if (path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase))
        {
            return new SafetensorsSource(path);
        }
        string? foreign;
        bool keras;
        using (MappedFile file = MappedFile.Open(path))
        {
            ReadOnlySpan<byte> start = file.Span(0, Math.Min(file.Length, 512));
            foreign = Foreign(start);
            keras = KerasSource.IsHdf5(start) || (start.StartsWith("PK\x03\x04"u8) && KerasSource.IsKeras(file));
        }
        if (keras)
        {
            return KerasSource.Open(path);
        }
        return foreign is null ? new SafetensorsSource(path)
            : throw new ModelFileException(
                $"[checkpoint] {Path.GetFileName(path)} is {foreign}, which is not read yet. Hint: save the model as model.safetensors.");
    }

    /// <summary>What a file that is no safetensors is, by its first bytes; null where it may be safetensors.</summary>
    private static string? Foreign(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith("PK\x03\x04"u8) || start.StartsWith("PK\x05\x06"u8))
        {
            return "a zip file, as torch.save writes";
        }
        // A pickle begins with PROTO 2 to 5 or, before, with a mark, a dict, a list, a global ...: safetensors has '{' at byte 8.
        if (start.Length < 9 || start[8] != '{')
        {
            return start.Length > 4 && start[0] == 0x89 && start[1..4].SequenceEqual("HDF"u8) ? "an HDF5 file"
                : start.StartsWith("GGUF"u8) ? "a GGUF file"
                : start.Length > 262 && start[257..262].SequenceEqual("ustar"u8) ? "a tar file, as early torch.save wrote"
                : start.Length > 1 && start[0] == 0x80 && start[1] is > 0 and < 6 ? "a Python pickle, as torch.save wrote before 1.6"
                : "of an unknown format (perhaps a Python pickle)";
        }
        return null;
    }
}
