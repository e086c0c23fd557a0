using Euterpe.Numerics;

namespace Euterpe.Search.Sql;

// Forgetting and checking.
internal sealed partial class SqlCatalogue
{
    // Much was pruned, of pages that other rows still use: the database does not count it as free.
    private bool scattered;

    public Pruned Prune(string? folder = null, string? space = null, bool dryRun = false)
    {
        (string from, string to) = folder is null ? ("", AfterAll) : Below(folder);
        return dryRun ? session.Tentatively(Forget) : session.InTransaction(Forget);

        Pruned Forget()
        {
            long vectors = 0;
            if (space is not null)
            {
                const string OfSpace = "space = (select id from space where key = @key)";
                vectors = session.Execute("delete from vector where " + OfSpace, ("@key", space));
                session.Execute("delete from segments where " + OfSpace, ("@key", space));
            }

            long tracks = session.Execute("delete from track where absent <> 0 and path >= @from and path < @to", ("@from", from), ("@to", to));
            const string Orphans = "content in (select id from content where not exists (select 1 from track t where t.content = content.id))";
            vectors += session.Execute("delete from vector where " + Orphans);
            session.Execute("delete from segments where " + Orphans);
            long sounds = session.Execute("delete from content where not exists (select 1 from track t where t.content = content.id)");
            session.Execute(
                """
                delete from space where not exists (select 1 from vector v where v.space = space.id) and not exists (select 1 from segments g where g.space = space.id)
                and key <> coalesce((select value from setting where name = 'key'), '')
                """);
            session.Execute(
                """
                delete from provenance where not exists (select 1 from vector v where v.provenance = provenance.id)
                and not exists (select 1 from segments g where g.provenance = provenance.id)
                """);
            if (!dryRun && sounds + vectors > 0)
            {
                long left = (long)session.Scalar("select (select count(*) from content) + (select count(*) from vector)")!;
                scattered |= sounds + vectors >= left / 3;
            }

            return new Pruned(tracks, sounds, vectors);
        }
    }

    public long Compact() => session.Alone(() =>
    {
        long freed = session.Dialect.Compact(session, scattered);
        scattered = false;
        return freed;
    });

    public IReadOnlyList<string> Check(CancellationToken token = default)
    {
        var problems = new List<string>(session.Alone(() => session.Dialect.Check(session).ToList()));
        foreach ((string sql, string what) in (ReadOnlySpan<(string, string)>)
        [
            ("select count(*) from vector v join space s on s.id = v.space where length(v.data) <> 4 * s.dimension", "vectors of another length than their space"),
            ("select count(*) from segments v join space s on s.id = v.space where length(v.data) * 16 <> length(v.spans) * 4 * s.dimension",
                "segments of another length than their space"),
            ("select count(*) from queue where (worker is null) <> (until is null)", "entries of the queue with half a lease"),
            ("select count(*) from track t where not exists (select 1 from content c where c.id = t.content)", "tracks without a sound"),
            ("select count(*) from track t join failure f on f.path = t.path where t.absent = 0", "files that are both a present track and a failure"),
        ])
        {
            token.ThrowIfCancellationRequested();
            long count = session.Alone(() => (long)session.Scalar(sql)!);
            if (count > 0)
                problems.Add($"There are {count} {what}.");
        }

        foreach (Space space in Spaces())
        {
            CheckEach(Vectors(space.Key), v => v.Values, v => $"The vector of sound {v.Sound}");
            CheckEach(AllSegments(space.Key), v => v.Values, v => $"A segment of sound {v.Sound}");

            void CheckEach<T>(IEnumerable<T> rows, Func<T, float[]> values, Func<T, string> name)
            {
                try
                {
                    foreach (T row in rows)
                    {
                        token.ThrowIfCancellationRequested();
                        if (!AllFinite(values(row)))
                            problems.Add($"{name(row)} in the space {space.Key} is not finite.");
                    }
                }
                catch (FileFormatException e)
                {
                    problems.Add(e.Message);
                }
            }
        }

        return problems;
    }
}
