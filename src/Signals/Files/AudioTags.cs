namespace Euterpe.Signals.Files;

/// <summary>
/// What a file says about itself, from ID3, Vorbis comments, MP4 atoms, APE, ASF, Matroska or RIFF, under one set of names. A file may say anything: every
/// text is trimmed, without control characters, at most 500 characters long and valid Unicode; what does not fit its field is left out.
/// </summary>
/// <param name="Title">Of this recording.</param>
/// <param name="Artist">Who plays; several are separated by semicolons, or as the file has them.</param>
/// <param name="Album">The release it is from.</param>
/// <param name="AlbumArtist">Who the release is by.</param>
/// <param name="Genre">In words; the numbers of ID3 are translated.</param>
/// <param name="Year">1000 to 2999, from dates of any common form.</param>
/// <param name="TrackNumber">1 to 9999.</param>
/// <param name="MusicBrainzRecording">The MusicBrainz identifier of the recording: 36 characters, lower case.</param>
/// <param name="MusicBrainzRelease">That of the release.</param>
/// <param name="MusicBrainzArtist">That of the (first) artist.</param>
public sealed record AudioTags(
    string? Title = null,
    string? Artist = null,
    string? Album = null,
    string? AlbumArtist = null,
    string? Genre = null,
    int? Year = null,
    int? TrackNumber = null,
    string? MusicBrainzRecording = null,
    string? MusicBrainzRelease = null,
    string? MusicBrainzArtist = null)
{
    /// <summary>Changes when the same file gives other tags, so that stored ones are read again.</summary>
    public const int TagsRevision = 1;

    /// <summary>A file that says nothing.</summary>
    public static AudioTags None { get; } = new();

    /// <summary>Whether nothing is said.</summary>
    public bool IsEmpty => this == None;
}
