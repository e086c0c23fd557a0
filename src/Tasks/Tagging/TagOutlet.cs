using Euterpe.Numerics;
using Euterpe.Signals.Files;
using Euterpe.Tasks.Sounds;

namespace Euterpe.Tasks.Tagging;

/// <summary>
/// Where the tags of one sound go, beside the result: a sidecar, tags of the sound file. What cannot be written is a failure of that file alone.
/// </summary>
internal sealed class TagOutlet(TagOptions options, TaskContext context, TagResult header, List<BadFile> failures)
{
    /// <summary>Reasons why nothing was written; why a sound is not heard, <see cref="Reasons"/> tell.</summary>
    public const string NotWritable = "not-writable", TagsNotKept = "tags-not-kept";

    /// <summary>The file with what was written in it.</summary>
    public TaggedFile Write(TaggedFile file, IReadOnlyList<LabelScorer> scorers, CancellationToken token)
    {
        if (options.WriteTags && Given(file, scorers) is { Length: > 0 } given)
        {
            Try(file.Path, () =>
            {
                IReadOnlyList<TagWritten> written = TagWriter.Write(file.Path, given, options.Overwrite, context.Audio, token);
                file = file with { Written = [.. written.Select(tag => new WrittenTag(tag.Tag, tag.Value, tag.Changed))] };
            });
        }

        string sidecar = file.Path + TagSidecar.Ending;
        if (options.Sidecar && Try(sidecar, () => TagSidecar.Write(sidecar, file, header)))
            file = file with { Sidecar = sidecar };
        return file;
    }

    /// <summary>The labels of each set whose scores reach the least one, best first; a sound to which none does gets no tag.</summary>
    private static KeyValuePair<string, string>[] Given(TaggedFile file, IReadOnlyList<LabelScorer> scorers) =>
        [.. file.Sets.Select((set, i) => KeyValuePair.Create(scorers[i].Set.Tag!, Joined(set))).Where(tag => tag.Value.Length > 0)];

    private static string Joined(FileTags set) => string.Join("; ", set.Labels.Where(label => label.Given).Select(label => label.Label));

    private bool Try(string path, Action write)
    {
        try
        {
            write();
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or FileFormatException)
        {
            failures.Add(new BadFile(path, e is NotSupportedException ? TagsNotKept : NotWritable, e.Message.ReplaceLineEndings(" ")));
            return false;
        }
    }
}
