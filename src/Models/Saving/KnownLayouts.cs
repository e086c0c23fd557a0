using System.Text.Json.Nodes;
using Euterpe.Layers;
using Euterpe.Models.Clap;
using Euterpe.Models.Encodec;
using Euterpe.Models.Jukebox;
using Euterpe.Models.Mert;
using Euterpe.Models.MusicGen;
using Euterpe.Models.Pretrained;
using Euterpe.Numerics;
using Euterpe.Tensors.Files;

namespace Euterpe.Models.Saving;

/// <summary>
/// Every layout of another project that is read, one line each, and which files of a folder are of one. Hugging Face's own layout is what is left:
/// a folder in which its libraries find weights by their names.
/// </summary>
internal static class KnownLayouts
{
    public static IReadOnlyList<KnownLayout> All { get; } =
        [ClapLayout.Known, MusicGenLayout.Known, EncodecLayout.Known, JukeboxLayout.Known, MertLayout.Known];

    private static readonly string[] Endings = [".safetensors", ".bin", ".pt", ".pth", ".th", ".tar", ".ckpt", ".keras", ".h5"];

    private static readonly string[] HuggingFaceNames =
    [
        "model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json", "diffusion_pytorch_model.safetensors",
        "diffusion_pytorch_model.safetensors.index.json", "diffusion_pytorch_model.bin", "adapter_model.safetensors", "adapter_model.bin",
    ];

    /// <summary>The layout of a file by the names of its tensors; null where it is of none of these.</summary>
    public static KnownLayout? Of(Checkpoint checkpoint) => All.FirstOrDefault(layout => layout.Recognises(checkpoint));

    /// <summary>
    /// The layout of a file, or of a folder without the names that Hugging Face's libraries look for; null where it is none of these.
    /// </summary>
    public static KnownLayout? Of(ModelSource source)
    {
        if (!source.IsFile && (HuggingFaceNames.Any(source.Has) || !Candidates(source.Folder).Any()))
            return null;
        (KnownLayout? layout, IReadOnlyList<Checkpoint> files) = Open(source);
        foreach (Checkpoint file in files)
            file.Dispose();
        return layout;
    }

    /// <summary>
    /// The files of the model and their layout (null: as Hugging Face's libraries lay them out, or none that is known). The caller disposes the files.
    /// </summary>
    public static (KnownLayout? Layout, IReadOnlyList<Checkpoint> Files) Open(ModelSource source)
    {
        if (source.IsFile || HuggingFaceNames.Any(source.Has) || !Directory.Exists(source.Folder))
        {
            var one = Checkpoint.Open(source.Weights);
            return (Of(one), [one]);
        }

        var opened = new List<Checkpoint>();
        try
        {
            Exception? refused = null;
            foreach (string file in Candidates(source.Folder))
            {
                try
                {
                    opened.Add(Checkpoint.Open(file));
                }
                catch (Exception error) when (error is FileFormatException or ModelFileException)
                {
                    // What lies beside a model (its optimizer, its arguments) need not be read; alone it is what was meant.
                    refused ??= error;
                }
            }

            KnownLayout[] found = [.. opened.Select(Of).OfType<KnownLayout>().Distinct()];
            // audiocraft's codec, which is a model by itself, belongs to the language model beside it.
            KnownLayout? layout = found.Length == 1 ? found[0]
                : found.FirstOrDefault(each => opened.All(file => Of(file) is not { } other || other == each || each.Belongs(file)));
            if (layout is null && found.Length > 1)
            {
                throw new ModelFileException($"[models] {source.Folder} holds files of {string.Join(" and ", found.Select(each => each.Name))}. "
                    + "Hint: name the file itself.");
            }

            if (layout is not null)
            {
                List<Checkpoint> mine = opened.FindAll(file => Of(file) == layout || layout.Belongs(file));
                if (mine.Count > 1 && !layout.Several)
                {
                    throw new ModelFileException($"[models] {source.Folder} holds {mine.Count} files of {layout.Name}: "
                        + $"{string.Join(", ", mine.Select(file => Path.GetFileName(file.Path)))}. Hint: name the file itself.");
                }

                opened.RemoveAll(mine.Contains);
                opened.ForEach(file => file.Dispose());
                return (layout, mine);
            }

            if (opened.Count == 1)
                return (null, [opened[0]]);
            if (opened.Count == 0 && refused is not null)
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(refused);
            opened.ForEach(file => file.Dispose());
            opened.Clear();
            return (null, [Checkpoint.Open(source.Weights)]);
        }
        catch
        {
            opened.ForEach(file => file.Dispose());
            throw;
        }
    }

    /// <summary>Opens a model for being written in Hugging Face's layout.</summary>
    public static SourceModel Read(ModelSource source, string? textEncoder = null)
    {
        (KnownLayout? layout, IReadOnlyList<Checkpoint> files) = Open(source);
        try
        {
            return layout is null ? Unchanged(source, files[0]) : layout.Read(new LayoutFiles(source, files, textEncoder));
        }
        catch
        {
            foreach (Checkpoint file in files)
                file.Dispose();
            throw;
        }
    }

    private static IEnumerable<string> Candidates(string folder) => Directory.EnumerateFiles(folder)
        .Where(file => Endings.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase)).Order(StringComparer.Ordinal);

    private static SourceModel Unchanged(ModelSource source, Checkpoint file)
    {
        if (file.Entries.Count == 0)
        {
            string? named = file.Tree?["pretrained"]?.AsText;
            throw new ModelFileException($"[models] {file.Path} holds no tensors."
                + (named is null ? "" : $" It names a codec that is published elsewhere: {named}. Hint: convert that one."));
        }

        // A file by itself is of no model that config.json beside it describes, unless it has a name that Hugging Face's libraries look for.
        bool whole = !source.IsFile || HuggingFaceNames.Contains(Path.GetFileName(source.Weights));
        JsonObject? config = whole && source.HasConfig ? JsonFile.Read(source.In(ModelSource.ConfigName)) : null;
        bool transformers = JsonFile.Text(config, "model_type") is not null;
        return new SourceModel
        {
            Layout = transformers ? Layout.HuggingFace.Name : config is not null ? "folder with config.json" : "unknown",
            Weights = new CheckpointWeights((file, transformers ? Layout.HuggingFace : StateDict.Of(file))),
            Config = config,
            Made = config is null ? new Dictionary<string, JsonObject>() : new() { [ModelSource.ConfigName] = config },
            Folders = whole ? [source.Folder] : [],
            Notes = config is not null ? [] : ["the architecture is not known: the tensors are written under the names of the file"],
        };
    }
}
