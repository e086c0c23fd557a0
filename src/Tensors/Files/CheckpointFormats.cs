using System.Text;
using Euterpe.Numerics;
using Euterpe.Numerics.Files;
using Euterpe.Tensors.Files.Torch;

namespace Euterpe.Tensors.Files;

/// <summary>Which reader a file of tensors needs: by its content, as names lie (.bin, .pt, .th, .ckpt and .pth are the same formats).</summary>
internal static class CheckpointFormats
{
    private const string Ours = "Hint: save the model as model.safetensors.";

    /// <param name="path">The file.</param>
    /// <param name="shared">What it and the other shards of an index may cost together; null for a file alone.</param>
    public static ITensorSource Open(string path, Allowance? shared = null)
    {
        if (path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase))
        {
            return new SafetensorsSource(path);
        }
        MappedFile file = MappedFile.Open(path);
        try
        {
            ReadOnlySpan<byte> start = file.Span(0, Math.Min(file.Length, 512));
            if (start.StartsWith("PK\x03\x04"u8) || start.StartsWith("PK\x05\x06"u8))
            {
                return OpenZip(file, shared ?? Allow(file));
            }
            if (KerasSource.IsHdf5(start))
            {
                file.Dispose();
                return KerasSource.Open(path);
            }
            if (TorchLegacy.IsPickle(start))
            {
                return TorchLegacy.Open(file, shared ?? Allow(file));
            }
            if (Foreign(start, path) is string foreign)
            {
                throw new ModelFileException($"[checkpoint] {Path.GetFileName(path)} is {foreign}");
            }
        }
        catch
        {
            file.Dispose();
            throw;
        }
        file.Dispose();
        return new SafetensorsSource(path);
    }

    private static Allowance Allow(MappedFile file) => new("checkpoint", Path.GetFileName(file.Path), file.Length);

    /// <summary>A zip file is what its records say; a format joins as a line here.</summary>
    private static ITensorSource OpenZip(MappedFile file, Allowance allowance)
    {
        ZipDirectory zip = ZipDirectory.Open(file, allowance);
        try
        {
            if (zip.Find("model.weights.h5") is not null)
            {
                zip.Dispose();
                file.Dispose();
                return KerasSource.Open(file.Path);
            }
            return TorchZip.IsOne(zip) ? TorchZip.Open(file, zip, allowance)
                : NpzSource.IsOne(zip) ? new NpzSource(file, zip, allowance)
                : throw new ModelFileException($"[checkpoint] {Path.GetFileName(file.Path)} is a zip file without weights: neither data.pkl, "
                    + $"as torch.save writes, nor model.weights.h5, as Keras does, nor arrays of numpy are in it. {Ours}");
        }
        catch
        {
            zip.Dispose();
            throw;
        }
    }

    /// <summary>What a file that is no safetensors is, by its first bytes; null where it may be safetensors.</summary>
    private static string? Foreign(ReadOnlySpan<byte> start, string path)
    {
        string? format = start.IsEmpty ? "empty. Hint: fetch it again."
            : start.StartsWith("version https://git-lfs"u8)
                ? "a Git LFS pointer in place of the file. Hint: run git lfs pull, or fetch the file itself."
            : IsPage(start) ? "an HTML page in place of the file. Hint: fetch the file itself; a page like this is what a failed download leaves."
            : start.StartsWith("GGUF"u8) ? "a GGUF file"
            : start.Length > 262 && start[257..262].SequenceEqual("ustar"u8) ? "a tar file, as torch.save wrote before 0.1.10"
            : start.Length >= 9 && start[8] == '{' ? null
            : Path.GetExtension(path).ToLowerInvariant() switch
            {
                ".onnx" => "an ONNX file",
                ".pb" => "a TensorFlow graph",
                ".msgpack" => "a file of Flax",
                ".tflite" => "a file of TensorFlow Lite",
                _ => "of an unknown format",
            };
        return format is null || format.EndsWith('.') ? format : $"{format}, which is not read. {Ours}";
    }

    private static bool IsPage(ReadOnlySpan<byte> start)
    {
        ReadOnlySpan<byte> text = start.TrimStart(" \t\r\n\xEF\xBB\xBF"u8);
        ReadOnlySpan<byte> first = text[..Math.Min(5, text.Length)];
        return Ascii.EqualsIgnoreCase(first, "<html"u8) || Ascii.EqualsIgnoreCase(first, "<!doc"u8) || Ascii.EqualsIgnoreCase(first, "<?xml"u8);
    }
}
