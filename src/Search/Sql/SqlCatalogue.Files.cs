using System.Data.Common;

namespace Euterpe.Search.Sql;

// What is known about files.
internal sealed partial class SqlCatalogue
{
    private const string TrackColumns = "t.path, t.size, t.modified, t.file_sha256, c.sha256, c.identified, c.seconds, c.rate, c.channels, c.frames, c.decoded, t.absent, "
        + "t.tags_revision, t.title, t.artist, t.album, t.album_artist, t.genre, t.year, t.track_number, t.mb_recording, t.mb_release, t.mb_artist";

    private const int TrackColumnCount = 23;

    // So many values are asked for by one command: few round trips, and few commands to keep.
    private const int AtOnce = 64;

    private const string TrackTables = "track t join content c on c.id = t.content";
    private const string FailureColumns = "path, size, modified, reason, sentence, program, decoder";

    // The largest character there is: all paths lie below it.
    private const string AfterAll = "\U0010FFFF";

    public Track? Find(string path) =>
        session.Alone(() => session.First($"select {TrackColumns} from {TrackTables} where t.path = @path", ReadTrack, ("@path", path)));

    public IReadOnlyList<Track> FindByTail(string tail, int limit) => session.Alone(() => session.Rows(
        $"""
        select {TrackColumns} from {TrackTables}
        where t.absent = 0 and length(t.path) >= length(@tail) and substr(t.path, length(t.path) - length(@tail) + 1) = @tail order by t.path limit @limit
        """,
        ReadTrack, ("@tail", "/" + tail), ("@limit", (long)limit)));

    public IReadOnlyList<Track> FindSound(string sound, int limit = 1) => FindBy("c.sha256", sound, limit);

    public IReadOnlyList<Track> FindFile(string fileSha256, int limit = 1) => FindBy("t.file_sha256", fileSha256, limit);

    public IReadOnlyList<Track> FindDecoded(string decodedSha256, int limit = 1) => FindBy("c.decoded", decodedSha256, limit);

    public IEnumerable<Track> Tracks(string? folder = null, bool absent = false)
    {
        string sql = $"""
            select {TrackColumns} from {TrackTables} where t.path >= @from and t.path < @to {(absent ? "" : "and t.absent = 0")} order by t.path limit @limit
            """;
        return Paged(sql, folder, ReadTrack, track => track.Path);
    }

    public Failure? FindFailure(string path) =>
        session.Alone(() => session.First($"select {FailureColumns} from failure where path = @path", ReadFailure, ("@path", path)));

    public IEnumerable<Failure> Failures(string? folder = null) => Paged(
        $"select {FailureColumns} from failure where path >= @from and path < @to order by path limit @limit", folder, ReadFailure, failure => failure.Path);

    public IEnumerable<string> PathsBelow(string folder) => Paged(
        """
        select path from track where absent = 0 and path >= @from and path < @to
        union select path from failure where path >= @from and path < @to order by 1 limit @limit
        """,
        folder, reader => reader.GetString(0), path => path);

    private List<Track> FindBy(string column, string sha256, int limit) => session.Alone(() => session.Rows(
        $"select {TrackColumns} from {TrackTables} where {column} = @sha order by t.absent, t.path limit @limit",
        ReadTrack, ("@sha", Bytes(sha256)), ("@limit", (long)limit)));

    /// <summary>Rows in the order of their paths, a page at a time, so that the catalogue is free between pages.</summary>
    private IEnumerable<T> Paged<T>(string sql, string? folder, Func<DbDataReader, T> read, Func<T, string> pathOf)
    {
        const int Page = 1000;
        (string from, string to) = folder is null ? ("", AfterAll) : Below(folder);
        while (true)
        {
            string start = from;
            List<T> page = session.Alone(() => session.Rows(sql, read, ("@from", start), ("@to", to), ("@limit", (long)Page)));
            foreach (T item in page)
                yield return item;
            if (page.Count < Page)
                yield break;
            from = pathOf(page[^1]) + "\u0001"; // no path continues with less: NUL ends paths
        }
    }

    // Text is compared by its UTF-8 bytes: everything below "folder/" lies between "folder/" and "folder0", since '0' follows '/'.
    internal static (string From, string To) Below(string folder)
    {
        string trimmed = folder.TrimEnd('/');
        return (trimmed + "/", trimmed + "0");
    }

    private static string ParameterNames(int count) => string.Join(", ", Enumerable.Range(0, count).Select(i => $"@i{i}"));

    private static (string, object?)[] Parameters<T>(T[] values) => [.. values.Select((value, i) => ($"@i{i}", (object?)value))];

    private static Track ReadTrack(DbDataReader r) => ReadTrack(r, 0);

    private static Track ReadTrack(DbDataReader r, int at) => new(
        r.GetString(at),
        new FileStamp(r.GetInt64(at + 1), r.GetInt64(at + 2)),
        Hex(r, at + 3),
        Hex(r, at + 4),
        new SoundFacts(r.GetDouble(at + 6), (int)r.GetInt64(at + 7), (int)r.GetInt64(at + 8), r.GetInt64(at + 9), Hex(r, at + 10)),
        r.GetInt64(at + 11) != 0)
    {
        Identified = r.GetInt64(at + 5) != 0,
        TagsRevision = (int)r.GetInt64(at + 12),
        Tags = new TrackTags
        {
            Title = Text(r, at + 13),
            Artist = Text(r, at + 14),
            Album = Text(r, at + 15),
            AlbumArtist = Text(r, at + 16),
            Genre = Text(r, at + 17),
            Year = Number(r, at + 18),
            TrackNumber = Number(r, at + 19),
            MusicBrainzRecording = Text(r, at + 20),
            MusicBrainzRelease = Text(r, at + 21),
            MusicBrainzArtist = Text(r, at + 22),
        },
    };

    private static Failure ReadFailure(DbDataReader r) => new(
        r.GetString(0), new FileStamp(r.GetInt64(1), r.GetInt64(2)), r.GetString(3), r.GetString(4), r.GetString(5), r.GetString(6));
}
