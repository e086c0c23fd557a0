using Euterpe.Models;
using Euterpe.Search;
using Euterpe.Signals.Files;

namespace Euterpe.Tasks.Sounds;

/// <summary>What a sound lacks.</summary>
internal readonly record struct Need(bool Vector, bool Segments, bool Tags)
{
    public bool Nothing => !Vector && !Segments && !Tags;

    /// <summary>Whether it has to be decoded for it.</summary>
    public bool Sound => Vector || Segments;
}

/// <summary>What every track of a catalogue should have: identity, tags, a vector of the embedder and its segments by the rule. Each is made anew only for its own reasons.</summary>
internal sealed class IndexSpace(ICatalogue catalogue, string key, SegmentRule? segments)
{
    /// <summary>The name of the catalogue's setting that holds the rule of segments.</summary>
    public const string Setting = "segments";

    /// <summary>What the setting says where no segments are wanted.</summary>
    public const string None = "none";

    private readonly string? rule = segments?.ToString();

    /// <summary>The rule that a catalogue keeps; a new one has the default.</summary>
    public static SegmentRule? RuleOf(ICatalogue catalogue) => catalogue.Setting(Setting) switch
    {
        null => SegmentRule.Default,
        None => null,
        string text => SegmentRule.Parse(text),
    };

    public string Key => key;

    public SegmentRule? Segments => segments;

    /// <summary>Whether nothing at all is to be done for a file that looks as it did.</summary>
    public bool IsUpToDate(string path, FileStamp stamp) =>
        catalogue.Find(path) is { } track && IsKnown(track, stamp) && NeedOf(track).Nothing;

    /// <summary>Whether the catalogue's track is the file as it is now, so that its identity need not be found out again.</summary>
    public static bool IsKnown(Track track, FileStamp stamp) => !track.Absent && track.Identified && track.Stamp == stamp;

    /// <summary>What the sound of a track lacks.</summary>
    public Need NeedOf(Track track) => NeedOf(track.Sound) with { Tags = track.TagsRevision != AudioTags.TagsRevision };

    /// <summary>What a sound lacks.</summary>
    public Need NeedOf(string sound) => new(!catalogue.HasVector(sound, key), rule is not null && catalogue.SegmentRule(sound, key) != rule, false);

    /// <summary>The catalogue's names for what a file says.</summary>
    public static TrackTags Tags(AudioTags tags) => new()
    {
        Title = tags.Title,
        Artist = tags.Artist,
        Album = tags.Album,
        AlbumArtist = tags.AlbumArtist,
        Genre = tags.Genre,
        Year = tags.Year,
        TrackNumber = tags.TrackNumber,
        MusicBrainzRecording = tags.MusicBrainzRecording,
        MusicBrainzRelease = tags.MusicBrainzRelease,
        MusicBrainzArtist = tags.MusicBrainzArtist,
    };
}
