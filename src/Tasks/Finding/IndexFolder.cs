using Euterpe.Numerics;
using Euterpe.Search;
using Euterpe.Search.Vectors;

namespace Euterpe.Tasks.Finding;

/// <summary>From how many sounds on an index is kept, and a graph in it.</summary>
/// <param name="Sounds">Vectors of a space; with fewer the catalogue itself is searched.</param>
/// <param name="Segmented">Sounds with segments.</param>
/// <param name="GraphRows">Rows from which <c>index --report</c> builds a graph.</param>
internal sealed record IndexPolicy(long Sounds = 10_000, long Segmented = 1_000, long GraphRows = 250_000);

/// <summary>
/// The indexes of a catalogue: in a folder beside its file (<c>catalogue.db.index</c>), those of a database in the user's cache folder. All of it is made from the
/// catalogue, brought up to date before a search, and made anew when it is damaged, of an earlier state of the catalogue, or for a good part of sounds that are gone.
/// </summary>
internal static class IndexFolder
{
    // So many rows of sounds that are gone are always suffered.
    private const long FewDead = 1000;

    public static string Of(ICatalogue catalogue, TaskContext context)
    {
        if (Path.IsPathRooted(catalogue.Place) && File.Exists(catalogue.Place))
            return catalogue.Place + ".index";
        string cache = context.CacheFolder
            ?? (Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } home && Path.IsPathRooted(home) ? Path.Combine(home, "euterpe")
                : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify), ".cache", "euterpe"));
        return Path.Combine(cache, catalogue.Id + ".index");
    }

    /// <summary>The name of the rows in the folder: another catalogue at the same place has other rows.</summary>
    public static string NameOf(ICatalogue catalogue, string key, bool segments) => $"{catalogue.Id} {(segments ? "segments" : "tracks")} {key}";

    /// <summary>The rows of a space by the way that pays.</summary>
    /// <param name="catalogue">What they are made from.</param>
    /// <param name="space">Which space.</param>
    /// <param name="segments">Its segments rather than its tracks.</param>
    /// <param name="exact">Without the graph.</param>
    /// <param name="context">Where the cache folder is, from how many sounds on.</param>
    /// <param name="note">Told what a person should know.</param>
    /// <param name="progress">Told while rows are added.</param>
    /// <param name="token">Looked at between parts of rows.</param>
    /// <param name="always">An index, however few the sounds are.</param>
    public static Rows Open(
        ICatalogue catalogue, Space space, bool segments, bool exact, TaskContext context, Action<string> note, IProgress<TaskProgress>? progress, CancellationToken token,
        bool always = false)
    {
        if (!always && (segments ? space.Segmented < context.Indexing.Segmented : space.Vectors < context.Indexing.Sounds))
            return new ScanRows(catalogue, space.Key, segments);
        string folder = Of(catalogue, context), name = NameOf(catalogue, space.Key, segments);
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                if (UpToDate(catalogue, space, segments, exact, folder, name, progress, token) is var (rows, reason) && reason is null)
                {
                    if (!exact && ((IndexRows)rows!).Index.GraphProblem is { } problem)
                        note($"The graph of the index cannot be used, and every vector was looked at. ({problem}) Hint: euterpe index --report builds it again.");
                    return rows!;
                }

                VectorIndex.Delete(folder, name);
                note($"The index in {folder} {reason}; it was made anew.");
            }
            catch (FileFormatException problem) when (attempt < 2)
            {
                VectorIndex.Delete(folder, name);
                note($"The index in {folder} was damaged and was made anew. ({problem.Message})");
            }
            catch (Exception e) when (e is UnauthorizedAccessException or IOException or FileFormatException)
            {
                note($"The index in {folder} cannot be used, and the catalogue itself was searched, which is slower. ({e.Message})");
                return new ScanRows(catalogue, space.Key, segments);
            }
        }
    }

    private static (Rows? Rows, string? Reason) UpToDate(
        ICatalogue catalogue, Space space, bool segments, bool exact, string folder, string name, IProgress<TaskProgress>? progress, CancellationToken token)
    {
        VectorIndex index = VectorIndex.Open(folder, name, space.Dimension);
        try
        {
            long before = index.Count;
            if (!Fits(catalogue, space.Key, segments, index))
            {
                index.Dispose();
                return (null, "was of another state of the catalogue");
            }

            IEnumerable<(long, float[])> more = ScanRows.Stored(catalogue, space.Key, segments, index.LastId);
            using (IEnumerator<(long, float[])> rest = more.GetEnumerator())
            {
                if (rest.MoveNext())
                    index.Append(Counted(rest, before, segments ? null : space.Vectors, progress), token);
            }

            var rows = new IndexRows(catalogue, space.Key, segments, index, exact, Path.Combine(folder, $"{Path.GetFileNameWithoutExtension(index.Vectors.Path)}.sample"));
            long alive = segments ? space.Segmented : space.Vectors;
            if (!segments || index.Count != before)
            {
                long dead = rows.Sounds(token) - alive;
                if (before > 0 && dead > Math.Max(FewDead, alive / 4))
                {
                    index.Dispose();
                    return (null, $"was for a good part ({dead:N0} of {dead + alive:N0}) of sounds that are gone");
                }
            }

            return (rows, null);
        }
        catch
        {
            index.Dispose();
            throw;
        }
    }

    private static IEnumerable<(long, float[])> Counted(IEnumerator<(long, float[])> rows, long done, long? total, IProgress<TaskProgress>? progress)
    {
        do
        {
            if (++done % 4096 == 0)
                progress?.Report(new TaskProgress("indexing", done, total, null));
            yield return rows.Current;
        }
        while (rows.MoveNext());
    }

    /// <summary>Whether rows of the index are those of the catalogue: a copy of the catalogue that was restored may have given the same ids to other sounds.</summary>
    private static bool Fits(ICatalogue catalogue, string key, bool segments, VectorIndex index)
    {
        long n = index.Count;
        foreach (long row in n == 0 ? [] : (long[])[n - 1, n / 2])
        {
            long id = index.Vectors.Id(row);
            (long Id, float[] Vector) stored = ScanRows.Stored(catalogue, key, segments, id - 1).FirstOrDefault();
            if (stored.Vector is not null && stored.Id == id && !stored.Vector.AsSpan().SequenceEqual(index.Vectors.Vector(row)))
                return false;
        }

        return true;
    }
}
