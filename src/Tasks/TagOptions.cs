namespace Euterpe.Tasks;

/// <summary>Which sounds to tag, with which labels, and where the tags go.</summary>
public sealed record TagOptions
{
    /// <summary>Files, folders (all sounds below), and tracks of the catalogue by their path or the end of it.</summary>
    public required IReadOnlyList<string> Sounds { get; init; }

    /// <summary>Names of label sets of the program, or files of such sets (docs/models/tag.md).</summary>
    public IReadOnlyList<string> Labels { get; init; } = ["genre"];

    /// <summary>A model that embeds sounds and words; without a name the catalogue's embedder.</summary>
    public ModelChoice Model { get; init; } = new();

    /// <summary>The catalogue whose vectors are used again, and whose sounds are what others are compared with; null: none.</summary>
    public string? Catalogue { get; init; }

    /// <summary>A folder of sounds that others are compared with, instead of those of the catalogue.</summary>
    public string? Reference { get; init; }

    /// <summary>How many labels of a set at most are given for a sound, best first.</summary>
    public int Top { get; init; } = 5;

    /// <summary>The score from which a label counts as given, 0 to 1; null: what the set says.</summary>
    public double? Least { get; init; }

    /// <summary>Writes <c>NAME.euterpe.json</c> beside each sound.</summary>
    public bool Sidecar { get; init; }

    /// <summary>Writes given labels into the tag of the sound file that their set names.</summary>
    public bool WriteTags { get; init; }

    /// <summary>With <see cref="WriteTags"/>: also where the file has such a tag already.</summary>
    public bool Overwrite { get; init; }
}

/// <summary>What was found out about sounds.</summary>
/// <param name="Model">The name or full folder that opens the model again.</param>
/// <param name="Key">Its compatibility key.</param>
/// <param name="Sets">The label sets, in the order in which they were asked for.</param>
/// <param name="Reference">What percentiles are shares of; null where there was nothing to compare with.</param>
/// <param name="Files">In the order in which they were asked for, folders in the order of their paths.</param>
/// <param name="Failures">Files that could not be heard, or not be written.</param>
/// <param name="Notes">What a person should know.</param>
public sealed record TagResult(
    string Model,
    string Key,
    IReadOnlyList<TagSet> Sets,
    TagReference? Reference,
    IReadOnlyList<TaggedFile> Files,
    IReadOnlyList<BadFile> Failures,
    IReadOnlyList<string> Notes);

/// <summary>A label set as it was used.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Hash">SHA-256 of its labels, texts and calibration.</param>
/// <param name="Labels">How many labels it has.</param>
/// <param name="Calibration"><c>softmax</c> or <c>percentile</c>.</param>
/// <param name="Scale">What cosines were multiplied by before the softmax; null without one.</param>
/// <param name="Least">The score from which a label was given.</param>
/// <param name="Meaning">What its scores mean, in one sentence.</param>
public sealed record TagSet(string Name, string Hash, int Labels, string Calibration, double? Scale, double Least, string Meaning);

/// <summary>The sounds that percentiles are shares of.</summary>
/// <param name="Place">The catalogue or folder.</param>
/// <param name="Sounds">How many.</param>
/// <param name="Hash">SHA-256 of their vectors.</param>
public sealed record TagReference(string Place, int Sounds, string Hash);

/// <summary>The tags of a sound.</summary>
/// <param name="Path">Its full path.</param>
/// <param name="Seconds">How long it is.</param>
/// <param name="Known">Whether its vector was in the catalogue; else it was embedded now.</param>
/// <param name="Sets">For each label set, in the same order.</param>
/// <param name="Sidecar">The file that was written beside it; null where none was.</param>
/// <param name="Written">What was written into the sound file, or stood there already; empty where nothing was to be written.</param>
public sealed record TaggedFile(
    string Path, double Seconds, bool Known, IReadOnlyList<FileTags> Sets, string? Sidecar, IReadOnlyList<WrittenTag> Written);

/// <summary>The labels of one set for a sound, best first.</summary>
/// <param name="Set">The set's name.</param>
/// <param name="Labels">At most as many as were asked for.</param>
public sealed record FileTags(string Set, IReadOnlyList<TagScore> Labels);

/// <summary>How well a label fits a sound.</summary>
/// <param name="Label">Its name.</param>
/// <param name="Score">0 to 1, what the set's calibration makes of it; null where that needs sounds to compare with and there are none.</param>
/// <param name="Given">Whether the score reaches the least one.</param>
/// <param name="Cosine">Between the vectors of the sound and the label.</param>
/// <param name="Percentile">The share of reference sounds that the label fits less well; null without a reference.</param>
/// <param name="Deviation">How many standard deviations the cosine lies above the mean of the reference sounds; null without a reference.</param>
public sealed record TagScore(string Label, double? Score, bool Given, float Cosine, double? Percentile, double? Deviation);

/// <summary>A tag in a sound file.</summary>
/// <param name="Tag">Its name: <c>genre</c>.</param>
/// <param name="Value">What the file has there now.</param>
/// <param name="Changed">False where it stood there before.</param>
public sealed record WrittenTag(string Tag, string Value, bool Changed);
