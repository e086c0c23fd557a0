using System.Data.Common;
using System.Runtime.InteropServices;
using Euterpe.Numerics;

namespace Euterpe.Search.Sql;

// What is known about sounds in the spaces of embedders.
internal sealed partial class SqlCatalogue
{
    private const string OfSound = "join content c on c.id = v.content join space s on s.id = v.space where c.sha256 = @sha and s.key = @key";

    public IReadOnlyList<Space> Spaces() => session.Alone(() => session.Rows(
        """
        select s.key, s.model, s.dimension, (select count(*) from vector v where v.space = s.id), (select count(*) from segments g where g.space = s.id)
        from space s order by s.key
        """,
        r => new Space(r.GetString(0), r.GetString(1), (int)r.GetInt64(2), r.GetInt64(3), r.GetInt64(4))));

    public bool HasVector(string sound, string key) =>
        session.Alone(() => session.Scalar($"select 1 from vector v {OfSound}", ("@sha", Bytes(sound)), ("@key", key)) is not null);

    public float[]? Vector(string sound, string key) =>
        session.Alone(() => session.First($"select v.data from vector v {OfSound}", r => Floats(r, 0), ("@sha", Bytes(sound)), ("@key", key)));

    public string? SegmentRule(string sound, string key) =>
        session.Alone(() => (string?)session.Scalar($"select v.rule from segments v {OfSound}", ("@sha", Bytes(sound)), ("@key", key)));

    public StoredSegments? Segments(string sound, string key) => session.Alone(() => session.First(
        $"select v.id, c.sha256, v.rule, v.spans, v.data, s.dimension from segments v {OfSound}", ReadSegments, ("@sha", Bytes(sound)), ("@key", key)));

    public IEnumerable<StoredVector> Vectors(string key, long after = 0) => ById(
        """
        select v.id, c.sha256, v.data, s.dimension from vector v join content c on c.id = v.content join space s on s.id = v.space
        where s.key = @key and v.id > @after order by v.id limit @limit
        """,
        1024, key, after, ReadVector, v => v.Id);

    public IEnumerable<StoredSegments> AllSegments(string key, long after = 0) => ById(
        """
        select v.id, c.sha256, v.rule, v.spans, v.data, s.dimension from segments v join content c on c.id = v.content join space s on s.id = v.space
        where s.key = @key and v.id > @after order by v.id limit @limit
        """,
        64, key, after, ReadSegments, v => v.Id);

    public IEnumerable<MadeVector> VectorsBySound(string key, bool absent = false) => BySound(
        "vector", "v.data", 1024, key, absent,
        r => new MadeVector(Hex(r, 0), Floats(r, 5), MadeBy(r)), v => v.Sound, (v, dimension) => CheckLength(v.Values.Length, dimension));

    public IEnumerable<MadeSegments> SegmentsBySound(string key, bool absent = false) => BySound(
        "segments", "v.data, v.rule, v.spans", 64, key, absent,
        r => new MadeSegments(Hex(r, 0), r.GetString(6), Spans(r, 7), Floats(r, 5), MadeBy(r)), v => v.Sound,
        (v, dimension) => CheckLength(v.Values.Length, v.Spans.Count * dimension));

    public IReadOnlyDictionary<long, IReadOnlyList<Track>> TracksOf(IReadOnlyCollection<long> ids, bool segments = false)
    {
        string table = segments ? "segments" : "vector";
        return session.Alone(() =>
        {
            var found = new Dictionary<long, IReadOnlyList<Track>>(ids.Count);
            foreach (long[] some in ids.Distinct().Chunk(AtOnce))
            {
                session.ForEach(
                    $"select {TrackColumns}, v.id from {table} v join content c on c.id = v.content join track t on t.content = c.id "
                        + $"where v.id in ({ParameterNames(some.Length)}) and t.absent = 0 order by t.path",
                    r =>
                    {
                        long id = r.GetInt64(TrackColumnCount);
                        if (found.TryGetValue(id, out IReadOnlyList<Track>? tracks))
                            ((List<Track>)tracks).Add(ReadTrack(r));
                        else
                            found.Add(id, new List<Track>(1) { ReadTrack(r) });
                    },
                    Parameters(some));
            }

            return found;
        });
    }

    public Provenance? ProvenanceOf(string sound, string key) => session.Alone(() => session.First(
        $"select p.program, p.decoder, p.machine from vector v join provenance p on p.id = v.provenance {OfSound}",
        r => new Provenance(r.GetString(0), r.GetString(1), r.GetString(2)), ("@sha", Bytes(sound)), ("@key", key)));

    public CatalogueCount Count(string? key) => session.Alone(() => new CatalogueCount(
        (long)session.Scalar("select (select count(*) from track) - (select count(*) from track where absent <> 0)")!,
        (long)session.Scalar("select count(*) from track where absent <> 0")!,
        (long)session.Scalar("select count(distinct content) from track")!,
        (long)session.Scalar(
            """
            select count(*) from track t where t.absent = 0 and exists (select 1 from vector v
            where v.content = t.content and v.space = (select id from space where key = @key))
            """,
            ("@key", key ?? ""))!,
        (long)session.Scalar("select count(*) from failure")!));

    /// <summary>Rows in the order of their ids, a page at a time.</summary>
    private IEnumerable<T> ById<T>(string sql, int rows, string key, long after, Func<DbDataReader, T> read, Func<T, long> idOf)
    {
        while (true)
        {
            long start = after;
            List<T> page = session.Alone(() => session.Rows(sql, read, ("@key", key), ("@after", start), ("@limit", (long)rows)));
            foreach (T item in page)
                yield return item;
            if (page.Count < rows)
                yield break;
            after = idOf(page[^1]);
        }
    }

    private IEnumerable<T> BySound<T>(
        string table, string columns, int rows, string key, bool absent, Func<DbDataReader, T> read, Func<T, string> soundOf, Action<T, long> check)
    {
        // "cross join" keeps SQLite to this order: along the index of sounds, so that a page costs a page.
        string sql = $"""
            select c.sha256, (select dimension from space where key = @key), p.program, p.decoder, p.machine, {columns}
            from content c cross join {table} v cross join provenance p
            where c.sha256 > @after and v.content = c.id and v.space = (select id from space where key = @key) and p.id = v.provenance
            and exists (select 1 from track t where t.content = c.id{(absent ? "" : " and t.absent = 0")}) order by c.sha256 limit @limit
            """;
        byte[] after = [];
        while (true)
        {
            byte[] start = after;
            List<T> page = session.Alone(() => session.Rows(sql, r =>
            {
                T row = read(r);
                check(row, r.GetInt64(1));
                return row;
            }, ("@key", key), ("@after", start), ("@limit", (long)rows)));
            foreach (T item in page)
                yield return item;
            if (page.Count < rows)
                yield break;
            after = Bytes(soundOf(page[^1]));
        }
    }

    private static Provenance MadeBy(DbDataReader r) => new(r.GetString(2), r.GetString(3), r.GetString(4));

    private static SegmentSpan[] Spans(DbDataReader r, int column) => MemoryMarshal.Cast<byte, SegmentSpan>(r.GetFieldValue<byte[]>(column)).ToArray();

    private StoredVector ReadVector(DbDataReader r)
    {
        float[] values = Floats(r, 2);
        CheckLength(values.Length, r.GetInt64(3));
        return new StoredVector(r.GetInt64(0), Hex(r, 1), values);
    }

    private StoredSegments ReadSegments(DbDataReader r)
    {
        SegmentSpan[] read = Spans(r, 3);
        float[] values = Floats(r, 4);
        CheckLength(values.Length, read.Length * r.GetInt64(5));
        return new StoredSegments(r.GetInt64(0), Hex(r, 1), r.GetString(2), read, values);
    }

    private void CheckLength(long found, long expected)
    {
        if (found != expected)
            throw new FileFormatException($"[catalogue] {Place}: a vector has {found} numbers and must have {expected}. Hint: restore a copy, or index again into a new catalogue.");
    }
}
