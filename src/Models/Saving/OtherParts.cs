using Euterpe.Layers;
using Euterpe.Models.Pretrained;
using Euterpe.Numerics;

namespace Euterpe.Models.Saving;

/// <summary>Parts of a model that its own project fetches by name, taken from folders of Hugging Face's layout.</summary>
internal static class OtherParts
{
    /// <summary>The folder of a name in the cache; null where it is not there.</summary>
    public static string? Folder(string name, string? cache)
    {
        try
        {
            string folder = ModelFolder.Find(name, cache);
            return File.Exists(Path.Combine(folder, ModelSource.ConfigName)) ? folder : null;
        }
        catch (ModelFileException)
        {
            return null;
        }
    }

    /// <summary>T5's encoder under a prefix; its decoder, head and the second names of its embedding are left.</summary>
    public static Layout T5Encoder(string prefix) => new("T5 encoder", entry => entry.Name switch
    {
        "shared.weight" => Placement.As(prefix + entry.Name),
        "encoder.embed_tokens.weight" => Placement.Left("the same as shared.weight"),
        _ when entry.Name.StartsWith("encoder.", StringComparison.Ordinal) => Placement.As(prefix + entry.Name),
        _ when entry.Name.StartsWith("decoder.", StringComparison.Ordinal) || entry.Name == "lm_head.weight" =>
            Placement.Left("T5's decoder, which is not used"),
        _ => null,
    });
}
