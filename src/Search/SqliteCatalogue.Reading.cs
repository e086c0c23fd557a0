using System.Runtime.InteropServices;
using Euterpe.Numerics;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Euterpe.Search;

public sealed partial class SqliteCatalogue
{
    private const string TrackColumns = "t.path, t.size, t.modified, c.sha256, c.seconds, c.rate, c.channels, c.frames, t.absent";
    private const int BlockRows = 1024;

    /// <inheritdoc/>
    public Track? Find(string path) => First($"select {TrackColumns} from track t join content c on c.id = t.content where t.path = $path", ("$path", path));

    /// <inheritdoc/>
    public Track? FindSound(string contentSha256) => First(
        $"select {TrackColumns} from content c join track t on t.content = c.id where c.sha256 = $sha order by t.absent, t.path limit 1",
        ("$sha", Convert.FromHexString(contentSha256)));

    /// <inheritdoc/>
    public IReadOnlyList<Track> FindByTail(string tail, int limit)
    {
        string sql = $"""
            select {TrackColumns} from track t join content c on c.id = t.content
            where t.absent = 0 and substr(t.path, -length($tail)) = $tail order by t.path limit $limit
            """;
        lock (_gate)
        {
            return Guarded(() =>
            {
                var found = new List<Track>();
                using SqliteDataReader reader = Command(sql, [("$tail", "/" + tail), ("$limit", limit)]).ExecuteReader();
                while (reader.Read())
                    found.Add(ReadTrack(reader));
                return found;
            });
        }
    }

    /// <inheritdoc/>
    public Failure? FindFailure(string path)
    {
        lock (_gate)
        {
            return Guarded(() =>
            {
                using SqliteDataReader reader = Command(
                    "select path, size, modified, reason, sentence, program, decoder from failure where path = $path", [("$path", path)]).ExecuteReader();
                return reader.Read() ? ReadFailure(reader) : null;
            });
        }
    }

    /// <inheritdoc/>
    public IEnumerable<string> PathsBelow(string folder)
    {
        (string from, string to) = Range(folder);
        const string Sql = """
            select path from track where absent = 0 and path >= $from and path < $to
            union select path from failure where path >= $from and path < $to order by 1
            """;
        return Paged(Sql, from, to, reader => reader.GetString(0), path => path);
    }

    /// <inheritdoc/>
    public IEnumerable<Failure> Failures(string? folder = null)
    {
        (string from, string to) = folder is null ? ("", "\U0010FFFF") : Range(folder);
        const string Sql = """
            select path, size, modified, reason, sentence, program, decoder from failure
            where path >= $from and path < $to order by path
            """;
        return Paged(Sql, from, to, ReadFailure, failure => failure.Path);
    }

    /// <inheritdoc/>
    public bool HasVector(string contentSha256, string key)
    {
        lock (_gate)
        {
            return Guarded(() => Scalar(
                "select 1 from vector v join content c on c.id = v.content join space s on s.id = v.space where c.sha256 = $sha and s.key = $key",
                ("$sha", Convert.FromHexString(contentSha256)), ("$key", key)) is not null);
        }
    }

    /// <inheritdoc/>
    public float[]? Vector(string contentSha256, string key)
    {
        lock (_gate)
        {
            return Guarded(() =>
            {
                var data = (byte[]?)Scalar(
                    "select v.data from vector v join content c on c.id = v.content join space s on s.id = v.space where c.sha256 = $sha and s.key = $key",
                    ("$sha", Convert.FromHexString(contentSha256)), ("$key", key));
                return data is null ? null : MemoryMarshal.Cast<byte, float>(data).ToArray();
            });
        }
    }

    /// <inheritdoc/>
    public CatalogueCount Count(string? key)
    {
        lock (_gate)
        {
            return Guarded(() => new CatalogueCount(
                (long)Scalar("select count(*) from track where absent = 0")!,
                (long)Scalar("select count(*) from track where absent <> 0")!,
                (long)Scalar("select count(*) from content")!,
                (long)Scalar(
                    """
                    select count(*) from track t where t.absent = 0 and exists (select 1 from vector v
                    where v.content = t.content and v.space = (select id from space where key = $key))
                    """,
                    ("$key", key ?? ""))!,
                (long)Scalar("select count(*) from failure")!));
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<Match> Nearest(ReadOnlySpan<float> query, string key, int count, string? exceptPath = null, CancellationToken token = default)
    {
        float[] wanted = query.ToArray();
        lock (_gate)
            return Guarded(() => NearestInside(wanted, key, count, exceptPath, token));
    }

    private List<Match> NearestInside(float[] query, string key, int count, string? exceptPath, CancellationToken token)
    {
        if (Scalar("select id from space where key = $key", ("$key", key)) is not long space)
            return [];
        long dimension = (long)Scalar("select dimension from space where id = $space", ("$space", space))!;
        if (dimension != query.Length)
            throw new ShapeException($"[search] The query must have as many numbers as the vectors of the catalogue: {query.Length} and {dimension}.");

        var best = new TopList(count);
        float[] rows = new float[BlockRows * query.Length];
        float[] scores = new float[BlockRows];
        long[] contents = new long[BlockRows];
        int held = 0;
        using (SqliteDataReader reader = Command("select content, data from vector where space = $space", [("$space", space)]).ExecuteReader())
        {
            while (reader.Read())
            {
                // The blob is read where it lies: no array per row.
                ReadOnlySpan<byte> data = raw.sqlite3_column_blob(reader.Handle, 1);
                if (data.Length != query.Length * sizeof(float))
                    throw new FileFormatException($"[catalogue] {Place}: a vector has {data.Length} bytes and must have {query.Length * sizeof(float)}.");
                data.CopyTo(MemoryMarshal.AsBytes(rows.AsSpan(held * query.Length, query.Length)));
                contents[held++] = reader.GetInt64(0);
                if (held == BlockRows)
                {
                    Take();
                    token.ThrowIfCancellationRequested();
                }
            }
        }

        Take();
        var matches = new List<Match>(best.Best.Count);
        foreach ((float score, string path, long content) in best.Best)
            matches.Add(new Match(path, score, (double)Scalar("select seconds from content where id = $content", ("$content", content))!));
        return matches;

        void Take()
        {
            DotRows.Multiply(query, rows.AsSpan(0, held * query.Length), scores.AsSpan(0, held));
            for (int i = 0; i < held; i++)
            {
                if (!best.Wants(scores[i]))
                    continue;
                using SqliteDataReader paths = Command(
                    "select path from track where content = $content and absent = 0", [("$content", contents[i])]).ExecuteReader();
                while (paths.Read())
                {
                    string path = paths.GetString(0);
                    if (path != exceptPath)
                        best.Add(scores[i], path, contents[i]);
                }
            }

            held = 0;
        }
    }

    private Track? First(string sql, (string Name, object Value) value)
    {
        lock (_gate)
        {
            return Guarded(() =>
            {
                using SqliteDataReader reader = Command(sql, [value]).ExecuteReader();
                return reader.Read() ? ReadTrack(reader) : null;
            });
        }
    }

    /// <summary>Rows in the order of their paths, a page at a time, so that the catalogue is free between pages.</summary>
    private IEnumerable<T> Paged<T>(string sql, string from, string to, Func<SqliteDataReader, T> read, Func<T, string> pathOf)
    {
        const int Page = 1000;
        while (true)
        {
            var page = new List<T>();
            string start = from;
            lock (_gate)
            {
                Guarded(() =>
                {
                    using SqliteDataReader reader = Command(sql + " limit 1000", [("$from", start), ("$to", to)]).ExecuteReader();
                    while (reader.Read())
                        page.Add(read(reader));
                    return true;
                });
            }

            foreach (T item in page)
                yield return item;
            if (page.Count < Page)
                yield break;
            from = pathOf(page[^1]) + "\0"; // the least string that comes after it
        }
    }

    // SQLite compares text by its UTF-8 bytes: everything below "folder/" lies between "folder/" and "folder0", since '0' follows '/'.
    private static (string From, string To) Range(string folder)
    {
        string trimmed = folder.TrimEnd('/');
        return (trimmed + "/", trimmed + "0");
    }

    private static Track ReadTrack(SqliteDataReader r) => new(
        r.GetString(0),
        new FileStamp(r.GetInt64(1), r.GetInt64(2)),
        Convert.ToHexStringLower((byte[])r.GetValue(3)),
        new SoundFacts(r.GetDouble(4), r.GetInt32(5), r.GetInt32(6), r.GetInt64(7)),
        r.GetInt64(8) != 0);

    private static Failure ReadFailure(SqliteDataReader r) => new(
        r.GetString(0), new FileStamp(r.GetInt64(1), r.GetInt64(2)), r.GetString(3), r.GetString(4), r.GetString(5), r.GetString(6));
}
