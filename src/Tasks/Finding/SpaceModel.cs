using Euterpe.Models;
using Euterpe.Search;
using Euterpe.Tasks.Sounds;

namespace Euterpe.Tasks.Finding;

/// <summary>The model of a space, opened when it is needed, and checked: its key must be that of the space.</summary>
internal sealed class SpaceModel(string task, ICatalogue catalogue, EmbedderChoice choice, TaskContext context, OpenModel? opened, CancellationToken token) : IDisposable
{
    private OpenModel? model = opened;

    public EmbedderChoice Choice => choice;

    public IAudioEmbedder Sound
    {
        get
        {
            IAudioEmbedder embedder = Open().SoundOrThrow();
            Searching.CheckKey(task, catalogue, choice, embedder);
            return embedder;
        }
    }

    public ITextEmbedder Words
    {
        get
        {
            OpenModel open = Open();
            if (open.Words is not { } words)
                throw Searching.NoWords(task, open, context);
            Searching.CheckKey(task, catalogue, choice, words);
            return words;
        }
    }

    public void Dispose() => model?.Dispose();

    private OpenModel Open() => model ??= context.Models.Open(new ModelChoice().Or(choice), token);

    /// <summary>The model that is searched: that of the options, else the catalogue's.</summary>
    public static SpaceModel Of(string task, ICatalogue catalogue, ModelChoice asked, bool words, TaskContext context, CancellationToken token)
    {
        EmbedderChoice choice = Searching.Embedder(task, catalogue);
        OpenModel? opened = null;
        try
        {
            if (asked != new ModelChoice())
            {
                opened = context.Models.Open(asked.Or(choice), token);
                choice = !words ? opened.Choice : opened.Words is { } text
                    ? new EmbedderChoice(opened.Reference, text.CompatibilityKey, text.Dimension, opened.Precision, opened.Frames)
                    : throw Searching.NoWords(task, opened, context);
            }

            var model = new SpaceModel(task, catalogue, choice, context, opened, token);
            if (words)
                _ = model.Words;
            Searching.CheckVectors(task, catalogue, choice);
            return model;
        }
        catch
        {
            opened?.Dispose();
            throw;
        }
    }
}
