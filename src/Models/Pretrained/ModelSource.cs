using Euterpe.Layers;

namespace Euterpe.Models.Pretrained;

/// <summary>Where a model lies and how it is wanted: what an <see cref="Architecture"/> is opened from.</summary>
/// <param name="Name">What a person calls it.</param>
/// <param name="Folder">Where configuration, tokenizer and weights lie.</param>
/// <param name="Weights">What <c>Checkpoint.Open</c> gets: the folder, or the one file that was named.</param>
/// <param name="Packing">How matrices are held.</param>
/// <param name="CacheFolder">Where parts that are named and not in the folder are looked up; null for Hugging Face's own cache.</param>
internal sealed record ModelSource(string Name, string Folder, string Weights, Packing Packing = Packing.F32, string? CacheFolder = null)
{
    /// <summary>Layers and windows of a model that makes its vectors of frames; null for the defaults.</summary>
    public FrameOptions? Frames { get; init; }

    public const string ConfigName = "config.json";

    /// <summary>Whether a single file was named, and not a folder.</summary>
    public bool IsFile => Weights != Folder;

    public bool HasConfig => Has(ConfigName);

    /// <summary>A folder, a file of weights, or a name that the cache holds.</summary>
    public static ModelSource Find(string nameOrPath, Packing packing = Packing.F32, string? cache = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(nameOrPath);
        if (File.Exists(nameOrPath))
            return new ModelSource(Path.GetFileName(nameOrPath), Path.GetDirectoryName(Path.GetFullPath(nameOrPath))!, nameOrPath, packing, cache);
        string folder = ModelFolder.Find(nameOrPath, cache);
        string name = Directory.Exists(nameOrPath) ? Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(nameOrPath)))
            : nameOrPath;
        return new ModelSource(name, folder, folder, packing, cache);
    }

    public bool Has(string file) => File.Exists(In(file));

    public string In(string file) => Path.Combine(Folder, file);

    /// <summary>A JSON file of the folder; says so where it is missing.</summary>
    public ConfigObject Config(string file = ConfigName) => ConfigObject.Open(In(file));
}
