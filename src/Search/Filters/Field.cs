namespace Euterpe.Search.Filters;

/// <summary>A field of a track that can be asked for: a text or a number, or missing (null).</summary>
internal abstract record Field(string Name)
{
    public static IReadOnlyList<Field> All { get; } =
    [
        new TextField("title", t => t.Tags.Title),
        new TextField("artist", t => t.Tags.Artist),
        new TextField("album", t => t.Tags.Album),
        new TextField("albumartist", t => t.Tags.AlbumArtist),
        new TextField("genre", t => t.Tags.Genre),
        new NumberField("year", t => t.Tags.Year),
        new NumberField("track", t => t.Tags.TrackNumber),
        new TextField("recording", t => t.Tags.MusicBrainzRecording),
        new TextField("release", t => t.Tags.MusicBrainzRelease),
        new TextField("artistid", t => t.Tags.MusicBrainzArtist),
        new TextField("path", t => t.Path),
        new TextField("file", t => t.Path[(t.Path.LastIndexOf('/') + 1)..]),
        new NumberField("seconds", t => t.Facts.Seconds),
        new NumberField("rate", t => t.Facts.SampleRate),
        new NumberField("channels", t => t.Facts.Channels),
    ];

    public static Field? Named(string name) => All.FirstOrDefault(field => field.Name == CaseFold.Fold(name));

    public abstract bool IsIn(Track track);
}

internal sealed record TextField(string Name, Func<Track, string?> Of) : Field(Name)
{
    public override bool IsIn(Track track) => !string.IsNullOrEmpty(Of(track));
}

internal sealed record NumberField(string Name, Func<Track, double?> Of) : Field(Name)
{
    public override bool IsIn(Track track) => Of(track) is not null;
}
