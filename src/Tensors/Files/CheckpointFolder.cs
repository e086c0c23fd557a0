using Euterpe.Numerics;

namespace Euterpe.Tensors.Files;

/// <summary>
/// Which file of a model's folder holds its weights: the names of transformers, diffusers and PEFT, each whole or sharded;
/// else the only .safetensors file.
/// </summary>
internal static class CheckpointFolder
{
    private static readonly string[] Names = ["model", "diffusion_pytorch_model", "adapter_model"];

    private static readonly string[] Foreign = [".bin", ".pt", ".pth", ".th", ".ckpt", ".tar", ".keras", ".h5", ".gguf", ".msgpack", ".onnx"];

    public static string Find(string folder)
    {
        foreach (string name in Names)
        {
            foreach (string ending in new[] { ".safetensors", ShardIndex.Suffix })
            {
                string path = Path.Combine(folder, name + ending);
                if (File.Exists(path))
                {
                    return path;
                }
            }
        }
        string[] files = [.. Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal)];
        string[] indices = [.. files.Where(file => file.EndsWith(ShardIndex.Suffix, StringComparison.Ordinal))];
        string[] found = indices.Length > 0 ? indices : [.. files.Where(file => file.EndsWith(".safetensors", StringComparison.Ordinal))];
        return found.Length switch
        {
            1 => found[0],
            > 1 => throw new ModelFileException($"[checkpoint] {folder} has {found.Length} files of tensors ({Some(found)}), and none is named "
                + "model.safetensors. Hint: name the file itself."),
            _ => throw None(folder, [.. files.Where(file => Foreign.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase))]),
        };
    }

    private static ModelFileException None(string folder, string[] foreign) => new(foreign.Length > 0
        ? $"[checkpoint] {folder} has no .safetensors file, and the format of {Some(foreign)} is not read yet. "
            + "Hint: save the model as model.safetensors."
        : $"[checkpoint] {folder} has no .safetensors file.");

    private static string Some(string[] files) =>
        string.Join(", ", files.Take(4).Select(Path.GetFileName)) + (files.Length > 4 ? $" and {files.Length - 4} more" : "");
}
