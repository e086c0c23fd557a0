namespace Euterpe.Search;

/// <summary>
/// What is known about a collection: its files, the sounds in them, a vector of each sound for each embedder, and what failed and why.
/// One object serves several threads.
/// </summary>
/// <remarks>
/// A file is a path; a sound is the content behind it, named by its SHA-256. A moved or copied file keeps its vectors. Vectors of different
/// compatibility keys live in different spaces and never meet in one search.
/// </remarks>
public interface ICatalogue : IDisposable
{
    /// <summary>Where it lies, as a person would name it.</summary>
    string Place { get; }

    /// <summary>The embedder of this catalogue; null until the first is chosen.</summary>
    EmbedderChoice? Embedder { get; }

    /// <summary>Makes <paramref name="choice"/> the embedder. Vectors of earlier embedders stay, in their own spaces.</summary>
    void Choose(EmbedderChoice choice);

    /// <summary>The track of this exact path, absent or not; null when there is none.</summary>
    Track? Find(string path);

    /// <summary>Present tracks whose path ends with <paramref name="tail"/> after a folder separator, in the order of their paths; at most <paramref name="limit"/>.</summary>
    IReadOnlyList<Track> FindByTail(string tail, int limit);

    /// <summary>A track that holds this sound (a copy, or the file before it moved), present ones first; null when there is none.</summary>
    Track? FindSound(string contentSha256);

    /// <summary>What failed for this path; null when nothing did.</summary>
    Failure? FindFailure(string path);

    /// <summary>The paths of present tracks and of failures in <paramref name="folder"/> and below, in the order of their paths. Do not write while reading it.</summary>
    IEnumerable<string> PathsBelow(string folder);

    /// <summary>All failures below <paramref name="folder"/> (null: everywhere), in the order of their paths.</summary>
    IEnumerable<Failure> Failures(string? folder = null);

    /// <summary>Whether a sound has a vector in the space of <paramref name="key"/>.</summary>
    bool HasVector(string contentSha256, string key);

    /// <summary>The vector of a sound in the space of <paramref name="key"/>; null when it has none.</summary>
    float[]? Vector(string contentSha256, string key);

    /// <summary>How much the catalogue holds; the vectors are those of <paramref name="key"/> that belong to present tracks.</summary>
    CatalogueCount Count(string? key);

    /// <summary>Writes all changes or none, durably: when it returns they survive a power cut.</summary>
    void Write(IReadOnlyList<Change> changes);

    /// <summary>
    /// The <paramref name="count"/> present tracks whose vectors have the largest dot product with <paramref name="query"/> (cosine: vectors have unit length),
    /// in descending order of score, equal scores in the ordinal order of their paths. Exact; reads every vector of the space once, with bounded memory.
    /// </summary>
    IReadOnlyList<Match> Nearest(ReadOnlySpan<float> query, string key, int count, string? exceptPath = null, CancellationToken token = default);
}

/// <summary>The embedder of a catalogue: <paramref name="Model"/> is the name or folder that opens it again, with its weights held in <paramref name="Precision"/>.</summary>
/// <param name="Frames">Layers and windows of a model of frames, as its options are written; empty for the defaults and for other models.</param>
public sealed record EmbedderChoice(string Model, string Key, int Dimension, string Precision = "f32", string Frames = "");

/// <summary>What tells whether a file has changed without reading it: bytes, and the time of last change in ticks of 100 ns since year 1, UTC.</summary>
public readonly record struct FileStamp(long Size, long Modified);

/// <summary>A sound as it was decoded.</summary>
public sealed record SoundFacts(double Seconds, int SampleRate, int Channels, long Frames);

/// <summary>Which program, decoder and machine made a vector. Kept beside it; it does not separate vectors.</summary>
public sealed record Provenance(string Program, string Decoder, string Machine);

/// <summary>A file of the catalogue.</summary>
/// <param name="Path">Its full path.</param>
/// <param name="Stamp">Size and time when it was read.</param>
/// <param name="ContentSha256">SHA-256 of its bytes, lower-case hexadecimal: the identity of its sound.</param>
/// <param name="Facts">The sound as it was decoded.</param>
/// <param name="Absent">The file is gone; it is kept, and left out of searches, until it comes back.</param>
public sealed record Track(string Path, FileStamp Stamp, string ContentSha256, SoundFacts Facts, bool Absent);

/// <summary>A file that could not be indexed: a stable <paramref name="Reason"/> code and a sentence for people.</summary>
public sealed record Failure(string Path, FileStamp Stamp, string Reason, string Sentence, string Program, string Decoder);

/// <summary>How much a catalogue holds.</summary>
/// <param name="Tracks">Files that are there.</param>
/// <param name="Absent">Files that were there once.</param>
/// <param name="Sounds">Different sounds among all of them.</param>
/// <param name="Vectors">Tracks with a vector of the space that was asked for.</param>
/// <param name="Failures">Files that could not be indexed.</param>
public sealed record CatalogueCount(long Tracks, long Absent, long Sounds, long Vectors, long Failures);

/// <summary>A track that a search found.</summary>
/// <param name="Path">Its full path.</param>
/// <param name="Score">The cosine of the two vectors, -1 to 1; 1 is the same sound.</param>
/// <param name="Seconds">How long it is.</param>
public readonly record struct Match(string Path, float Score, double Seconds);

/// <summary>One change of a catalogue.</summary>
public abstract record Change
{
    private Change()
    {
    }

    /// <summary>A file holds this sound. With <paramref name="Vector"/>, the sound has this vector from now on. Ends any failure of the path.</summary>
    public sealed record Holds(Track Track, NewVector? Vector) : Change;

    /// <summary>The file failed. If it was a track, the track is absent from now on: what it held is no longer there.</summary>
    public sealed record Fails(Failure Failure) : Change;

    /// <summary>The file is no longer there: its track is kept as absent, its failure is forgotten.</summary>
    public sealed record Vanishes(string Path) : Change;
}

/// <summary>A vector to be kept, in the space of <paramref name="Key"/>.</summary>
public sealed record NewVector(string Key, string Model, float[] Values, Provenance Provenance);
