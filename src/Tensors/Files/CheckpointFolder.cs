using Euterpe.Numerics;

namespace Euterpe.Tensors.Files;

/// <summary>
/// Which file of a model's folder holds its weights: the names of transformers, diffusers and PEFT, each whole or sharded, safetensors before
/// PyTorch;
/// else the only file that may hold tensors.
/// </summary>
internal static class CheckpointFolder
{
    private static readonly string[] Names =
    [
        "model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json",
        "diffusion_pytorch_model.safetensors", "diffusion_pytorch_model.safetensors.index.json", "diffusion_pytorch_model.bin",
        "diffusion_pytorch_model.bin.index.json", "adapter_model.safetensors", "adapter_model.bin",
    ];

    // In this order: a folder with one .safetensors and a .bin is meant by the first.
    private static readonly string[][] Kinds = [[".safetensors"], [".bin", ".pt", ".pth", ".th", ".tar", ".ckpt"], [".npz"], [".keras", ".h5"]];

    private static readonly string[] Foreign = [".gguf", ".msgpack", ".onnx", ".pb", ".tflite"];

    public static string Find(string folder)
    {
        foreach (string name in Names)
        {
            string path = Path.Combine(folder, name);
            if (File.Exists(path))
            {
                return path;
            }
        }
        string[] files = [.. Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal)];
        string[] found = [.. files.Where(ShardIndex.IsOne)];
        for (int kind = 0; kind < Kinds.Length && found.Length == 0; kind++)
        {
            found = [.. files.Where(file => Kinds[kind].Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase))];
        }
        return found.Length switch
        {
            1 => found[0],
            > 1 => throw new ModelFileException($"[checkpoint] {folder} has {found.Length} files of tensors ({Some(found)}), and none is named "
                + "model.safetensors or pytorch_model.bin. Hint: name the file itself."),
            _ => throw None(folder, [.. files.Where(file => Foreign.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase))]),
        };
    }

    private static ModelFileException None(string folder, string[] foreign) => new(foreign.Length > 0
        ? $"[checkpoint] {folder} has no file of safetensors or PyTorch, and the format of {Some(foreign)} is not read. "
            + "Hint: save the model as model.safetensors."
        : $"[checkpoint] {folder} has no file of weights (.safetensors, .bin, .pt, .pth, .th, .ckpt, .npz, .keras, .h5).");

    private static string Some(string[] files) =>
        string.Join(", ", files.Take(4).Select(Path.GetFileName)) + (files.Length > 4 ? $" and {files.Length - 4} more" : "");
}
