using Euterpe.Tasks.Sounds;

namespace Euterpe.Tasks.Tagging;

/// <summary>Where the tags of one sound go, beside the result: a sidecar, tags of the sound file. What cannot be written is a failure of that file alone.</summary>
internal sealed class TagOutlet(TagOptions options, TaskContext context, LabelSet[] sets, TagResult header, List<BadFile> failures)
{
    /// <summary>The file with what was written in it.</summary>
    public TaggedFile Write(TaggedFile file, LabelScorer[] scorers, float[] vector, CancellationToken token)
    {
        if (options.WriteTags)
            file = file with { Written = Tags(file, scorers, vector, token) };
        if (!options.Sidecar)
            return file;
        string sidecar = file.Path + TagSidecar.Ending;
        return Try(sidecar, () => TagSidecar.Write(sidecar, file, header)) ? file with { Sidecar = sidecar } : file;
    }

    private IReadOnlyList<WrittenTag> Tags(TaggedFile file, LabelScorer[] scorers, float[] vector, CancellationToken token)
    {
        throw new NotImplementedException($"{context}{sets}{scorers}{vector}{token}{file}");
    }

    private bool Try(string path, Action write)
    {
        try
        {
            write();
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            failures.Add(new BadFile(path, Reasons.NotWritable, e.Message.ReplaceLineEndings(" ")));
            return false;
        }
    }
}
