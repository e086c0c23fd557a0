namespace Euterpe.Search;

/// <summary>
/// What is known about a collection: its files, the sounds in them, the vectors of each sound and of its segments for each embedder, and what failed and why.
/// One object serves several threads; several processes may have one catalogue open.
/// </summary>
/// <remarks>
/// A file is a path; a sound is what its encoded packets hold, named by their SHA-256. A moved, copied or retagged file keeps its vectors. Vectors of different
/// compatibility keys live in different spaces and never meet in one search. Text is ordered by its UTF-8 bytes everywhere.
/// </remarks>
public interface ICatalogue : IDisposable
{
    /// <summary>Where it lies, as a person would name it: a full path, or the address of a database without its password.</summary>
    string Place { get; }

    /// <summary>Names this catalogue among all others: 32 hexadecimal digits, drawn when it was made. It names files beside it and caches; no result depends on it.</summary>
    string Id { get; }

    /// <summary>The embedder of this catalogue; null until the first is chosen.</summary>
    EmbedderChoice? Embedder { get; }

    /// <summary>Files that wait to be worked on, and who works on what.</summary>
    IWorkQueue Queue { get; }

    /// <summary>Makes <paramref name="choice"/> the embedder. Vectors of earlier embedders stay, in their own spaces.</summary>
    void Choose(EmbedderChoice choice);

    /// <summary>A value kept under a name, such as the rule of segments; null when there is none.</summary>
    string? Setting(string name);

    /// <summary>All values with their names, in the order of the names; without the catalogue's id, which is its own.</summary>
    IReadOnlyList<KeyValuePair<string, string>> Settings();

    /// <summary>Keeps a value under a name; null removes it.</summary>
    void Set(string name, string? value);

    /// <summary>The track of this exact path, absent or not; null when there is none.</summary>
    Track? Find(string path);

    /// <summary>Present tracks whose path ends with <paramref name="tail"/> after a folder separator, in the order of their paths; at most <paramref name="limit"/>.</summary>
    IReadOnlyList<Track> FindByTail(string tail, int limit);

    /// <summary>The tracks that hold this sound (copies, or files before they moved), present ones first, then in the order of their paths; at most <paramref name="limit"/>.</summary>
    IReadOnlyList<Track> FindSound(string sound, int limit = 1);

    /// <summary>The tracks whose file has these very bytes, present ones first, then in the order of their paths; at most <paramref name="limit"/>.</summary>
    IReadOnlyList<Track> FindFile(string fileSha256, int limit = 1);

    /// <summary>The tracks that decode to these very samples, in whatever encoding, present ones first, then in the order of their paths; at most <paramref name="limit"/>.</summary>
    IReadOnlyList<Track> FindDecoded(string decodedSha256, int limit = 1);

    /// <summary>All tracks below <paramref name="folder"/> (null: everywhere) in the order of their paths; absent ones only where asked for. It is read in pages: what is written meanwhile may be seen or not.</summary>
    IEnumerable<Track> Tracks(string? folder = null, bool absent = false);

    /// <summary>What failed for this path; null when nothing did.</summary>
    Failure? FindFailure(string path);

    /// <summary>All failures below <paramref name="folder"/> (null: everywhere), in the order of their paths.</summary>
    IEnumerable<Failure> Failures(string? folder = null);

    /// <summary>The paths of present tracks and of failures in <paramref name="folder"/> and below, in the order of their paths.</summary>
    IEnumerable<string> PathsBelow(string folder);

    /// <summary>The spaces that have vectors, in the order of their keys.</summary>
    IReadOnlyList<Space> Spaces();

    /// <summary>Whether a sound has a vector in the space of <paramref name="key"/>.</summary>
    bool HasVector(string sound, string key);

    /// <summary>The vector of a sound in the space of <paramref name="key"/>; null when it has none.</summary>
    float[]? Vector(string sound, string key);

    /// <summary>The rule that a sound's segments in the space of <paramref name="key"/> were cut by; null when it has none.</summary>
    string? SegmentRule(string sound, string key);

    /// <summary>The segments of a sound in the space of <paramref name="key"/>; null when it has none.</summary>
    StoredSegments? Segments(string sound, string key);

    /// <summary>
    /// The vectors of a space whose ids are larger than <paramref name="after"/>, in the order of their ids. An id is never used again, and a vector that is
    /// replaced gets a new one: who has seen all up to an id needs only what comes after.
    /// </summary>
    IEnumerable<StoredVector> Vectors(string key, long after = 0);

    /// <summary>The segments of a space, one entry a sound, under the same rule of ids as <see cref="Vectors"/>.</summary>
    IEnumerable<StoredSegments> AllSegments(string key, long after = 0);

    /// <summary>
    /// The vectors of a space with who made them, in the order of their sounds: of sounds that a present track holds; with <paramref name="absent"/> also of those that
    /// only absent ones hold.
    /// </summary>
    IEnumerable<MadeVector> VectorsBySound(string key, bool absent = false);

    /// <summary>The segments of a space, under the same rule as <see cref="VectorsBySound"/>.</summary>
    IEnumerable<MadeSegments> SegmentsBySound(string key, bool absent = false);

    /// <summary>
    /// Of these ids of vectors (or of segments, with <paramref name="segments"/>), those that are still there and whose sound has a present track, with these tracks in the order
    /// of their paths. Ids that were replaced or pruned are left out.
    /// </summary>
    IReadOnlyDictionary<long, IReadOnlyList<Track>> TracksOf(IReadOnlyCollection<long> ids, bool segments = false);

    /// <summary>Who made a vector; null when there is none.</summary>
    Provenance? ProvenanceOf(string sound, string key);

    /// <summary>How much the catalogue holds; the vectors are those of <paramref name="key"/> that belong to present tracks.</summary>
    CatalogueCount Count(string? key);

    /// <summary>
    /// Writes all changes or none, durably: when it returns they survive a power cut. With <paramref name="worker"/>, changes of paths that are not
    /// leased to it (any more) are left out (their number is returned), and the queue's entries of the paths that were written (as they were when they were found) are done.
    /// </summary>
    int Write(IReadOnlyList<Change> changes, string? worker = null);

    /// <summary>
    /// Forgets absent tracks below <paramref name="folder"/> (null: everywhere), and sounds, vectors, spaces and provenance that nothing refers to any more; with
    /// <paramref name="space"/> also all vectors and segments of the space with this key. With <paramref name="dryRun"/> it only tells what it would forget.
    /// </summary>
    Pruned Prune(string? folder = null, string? space = null, bool dryRun = false);

    /// <summary>Gives room that was freed back to the disk, where that is much and the work is bounded; returns the bytes. Else what is written next goes there.</summary>
    long Compact();

    /// <summary>Reads everything and checks that it fits together. Returns the problems, one sentence each; empty when it is sound.</summary>
    IReadOnlyList<string> Check(CancellationToken token = default);
}

/// <summary>Files that wait to be worked on. A lease is a worker's right to a file until a time; an expired one is anyone's.</summary>
public interface IWorkQueue
{
    /// <summary>No lease lasts longer. One that seems to is left from before the clock was set back, and has expired.</summary>
    static TimeSpan LongestLease { get; } = TimeSpan.FromHours(1);

    /// <summary>Adds files; one that waits already is brought up to date (its stamp), and keeps its lease if the stamp is the same.</summary>
    void Add(IReadOnlyList<WorkItem> items);

    /// <summary>
    /// Leases up to <paramref name="most"/> files to <paramref name="worker"/> for at most <see cref="LongestLease"/>, in the order of their paths: such as are free, or whose lease has expired. Several
    /// workers never get the same file. <paramref name="folder"/>: only files in it and below; <paramref name="after"/>: only paths that follow this one.
    /// </summary>
    IReadOnlyList<WorkItem> Take(string worker, int most, TimeSpan duration, string? folder = null, string? after = null);

    /// <summary>Gives these leases of <paramref name="worker"/> back as if they had never been taken: it cannot work on these files. Returns how many it had.</summary>
    int GiveBack(string worker, IReadOnlyList<string> paths);

    /// <summary>Prolongs all leases of <paramref name="worker"/>; returns how many it still has.</summary>
    int Renew(string worker, TimeSpan duration);

    /// <summary>Gives all leases of <paramref name="worker"/> back: it has stopped, or is known to be dead.</summary>
    int Release(string worker);

    /// <summary>Takes files out that wait and are not leased (they vanished before anybody came to them).</summary>
    int Remove(IReadOnlyList<string> paths);

    /// <summary>Workers with leases that have not expired.</summary>
    IReadOnlyList<string> Workers();

    /// <summary>How many files wait (below <paramref name="folder"/>), leased ones among them.</summary>
    QueueCount Count(string? folder = null);
}

/// <summary>A file to be worked on, as it was when it was found.</summary>
/// <param name="Attempts">How often it was leased before and not finished: a file that ends its worker again and again is to be given up.</param>
public readonly record struct WorkItem(string Path, FileStamp Stamp, int Attempts = 0);

/// <summary>How many files wait, and how many of them somebody works on.</summary>
public readonly record struct QueueCount(long Waiting, long Leased);

/// <summary>The embedder of a catalogue: <paramref name="Model"/> is the name or folder that opens it again, with its weights held in <paramref name="Precision"/>.</summary>
/// <param name="Frames">Layers and windows of a model of frames, as its options are written; empty for the defaults and for other models.</param>
public sealed record EmbedderChoice(string Model, string Key, int Dimension, string Precision = "f32", string Frames = "");

/// <summary>A space of vectors that may be compared: those of one compatibility key.</summary>
/// <param name="Vectors">Sounds that have a vector in it.</param>
/// <param name="Segmented">Sounds that have segments in it.</param>
public sealed record Space(string Key, string Model, int Dimension, long Vectors, long Segmented);

/// <summary>What tells whether a file has changed without reading it: bytes, and the time of last change in ticks of 100 ns since year 1, UTC.</summary>
public readonly record struct FileStamp(long Size, long Modified);

/// <summary>A sound as it was decoded.</summary>
/// <param name="DecodedSha256">SHA-256 of rate, channels and samples: equal for two encodings that lose nothing; empty where it is not known yet.</param>
public sealed record SoundFacts(double Seconds, int SampleRate, int Channels, long Frames, string DecodedSha256 = "");

/// <summary>What a file says about itself. Null where it does not.</summary>
public sealed record TrackTags
{
    /// <summary>No tag at all.</summary>
    public static TrackTags None { get; } = new();

    /// <summary>The name of the piece.</summary>
    public string? Title { get; init; }

    /// <summary>Who plays.</summary>
    public string? Artist { get; init; }

    /// <summary>The album.</summary>
    public string? Album { get; init; }

    /// <summary>Whose album it is.</summary>
    public string? AlbumArtist { get; init; }

    /// <summary>The genre, as it was written.</summary>
    public string? Genre { get; init; }

    /// <summary>The year of release, 1 to 9999.</summary>
    public int? Year { get; init; }

    /// <summary>Its place on the album, from 1.</summary>
    public int? TrackNumber { get; init; }

    /// <summary>MusicBrainz' id of the recording.</summary>
    public string? MusicBrainzRecording { get; init; }

    /// <summary>MusicBrainz' id of the release.</summary>
    public string? MusicBrainzRelease { get; init; }

    /// <summary>MusicBrainz' id of the artist.</summary>
    public string? MusicBrainzArtist { get; init; }
}

/// <summary>Which program, decoder and machine made a vector. Kept beside it; it does not separate vectors.</summary>
public sealed record Provenance(string Program, string Decoder, string Machine);

/// <summary>A file of the catalogue.</summary>
/// <param name="Path">Its full path.</param>
/// <param name="Stamp">Size and time when it was read.</param>
/// <param name="FileSha256">SHA-256 of all its bytes, lower-case hexadecimal: a file that was only moved or touched is known by it.</param>
/// <param name="Sound">The identity of its sound: SHA-256 of the encoded packets, lower-case hexadecimal.</param>
/// <param name="Facts">The sound as it was decoded.</param>
/// <param name="Absent">The file is gone; it is kept, and left out of searches, until it comes back or is pruned.</param>
public sealed record Track(string Path, FileStamp Stamp, string FileSha256, string Sound, SoundFacts Facts, bool Absent)
{
    /// <summary>What the file says about itself.</summary>
    public TrackTags Tags { get; init; } = TrackTags.None;

    /// <summary>The revision of the reader that read the tags; 0: they were never read.</summary>
    public int TagsRevision { get; init; }

    /// <summary>False where the identity is that of a catalogue of version 1, the SHA-256 of the whole file: it is to be identified anew.</summary>
    public bool Identified { get; init; } = true;
}

/// <summary>A file that could not be indexed: a stable <paramref name="Reason"/> code and a sentence for people.</summary>
public sealed record Failure(string Path, FileStamp Stamp, string Reason, string Sentence, string Program, string Decoder);

/// <summary>How much a catalogue holds.</summary>
/// <param name="Tracks">Files that are there.</param>
/// <param name="Absent">Files that were there once.</param>
/// <param name="Sounds">Different sounds among all of them.</param>
/// <param name="Vectors">Tracks with a vector of the space that was asked for.</param>
/// <param name="Failures">Files that could not be indexed.</param>
public sealed record CatalogueCount(long Tracks, long Absent, long Sounds, long Vectors, long Failures);

/// <summary>What was forgotten.</summary>
public sealed record Pruned(long Tracks, long Sounds, long Vectors);

/// <summary>A track that a search found.</summary>
/// <param name="Path">Its full path.</param>
/// <param name="Score">The cosine of the two vectors, -1 to 1; 1 is the same sound.</param>
/// <param name="Seconds">How long it is.</param>
public readonly record struct Match(string Path, float Score, double Seconds);

/// <summary>A vector as it lies in the catalogue.</summary>
public sealed record StoredVector(long Id, string Sound, float[] Values);

/// <summary>The segments of one sound as they lie in the catalogue.</summary>
/// <param name="Rule">The rule that cut them, as it is written: <c>10 5</c>, seconds of length and hop.</param>
/// <param name="Spans">Where each begins and how long it is, in frames of the sound.</param>
/// <param name="Values">[segments, dimension], row-major.</param>
public sealed record StoredSegments(long Id, string Sound, string Rule, IReadOnlyList<SegmentSpan> Spans, float[] Values);

/// <summary>A vector and who made it.</summary>
public sealed record MadeVector(string Sound, float[] Values, Provenance Provenance);

/// <summary>Segments and who made them. The fields are those of <see cref="StoredSegments"/>.</summary>
public sealed record MadeSegments(string Sound, string Rule, IReadOnlyList<SegmentSpan> Spans, float[] Values, Provenance Provenance);

/// <summary>Where a segment lies, in frames of its sound.</summary>
public readonly record struct SegmentSpan(long Start, long Frames);

/// <summary>One change of a catalogue.</summary>
public abstract record Change
{
    private Change()
    {
    }

    /// <summary>A file holds this sound. With <paramref name="Vector"/> or <paramref name="Segments"/>, the sound has these from now on. Ends any failure of the path.</summary>
    public sealed record Holds(Track Track, NewVector? Vector = null, NewSegments? Segments = null) : Change;

    /// <summary>The file failed. If it was a track, the track is absent from now on: what it held is no longer there.</summary>
    public sealed record Fails(Failure Failure) : Change;

    /// <summary>The file is no longer there: its track is kept as absent, its failure is forgotten.</summary>
    public sealed record Vanishes(string Path) : Change;

    /// <summary>
    /// The sound that a catalogue of version 1 knew by the SHA-256 of its whole file, <paramref name="FileSha256"/>, is <paramref name="Sound"/>: its vectors are kept under
    /// this identity (where it has none there already).
    /// </summary>
    public sealed record Identifies(string FileSha256, string Sound) : Change;

    /// <summary>A sound that the catalogue knows has this vector or these segments from now on; left out where it does not know the sound.</summary>
    public sealed record Gains(string Sound, NewVector? Vector = null, NewSegments? Segments = null) : Change;
}

/// <summary>A vector to be kept, in the space of <paramref name="Key"/>.</summary>
public sealed record NewVector(string Key, string Model, float[] Values, Provenance Provenance);

/// <summary>The segments of a sound to be kept, in the space of <paramref name="Key"/>; they take the place of earlier ones, of whatever rule. The fields are those of <see cref="StoredSegments"/>.</summary>
public sealed record NewSegments(string Key, string Model, string Rule, IReadOnlyList<SegmentSpan> Spans, float[] Values, Provenance Provenance);
