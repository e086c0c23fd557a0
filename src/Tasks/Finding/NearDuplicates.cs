using Euterpe.Numerics;
using Euterpe.Search;
using Euterpe.Tasks.Finding;

namespace Euterpe.Tasks;

/// <summary>Files that hold one recording.</summary>
/// <param name="Path">The first of them by its path.</param>
/// <param name="Seconds">How long it is.</param>
/// <param name="Versions">The others, in the order of their paths; what they are to the first.</param>
public sealed record DuplicateGroup(string Path, double Seconds, IReadOnlyList<FoundVersion> Versions);

/// <summary>Copies, other encodings, and near duplicates in a catalogue.</summary>
public static class NearDuplicates
{
    private const int MostOfOne = 1000;

    /// <summary>All recordings that several present tracks hold, in the order of their first paths. Tracks of about the same length are compared with one another.</summary>
    /// <param name="catalogue">Where to look.</param>
    /// <param name="key">The space whose vectors tell near duplicates.</param>
    /// <param name="context">Where indexes lie; null for the defaults.</param>
    /// <param name="progress">Told about tracks that were compared.</param>
    /// <param name="token">Looked at between tracks.</param>
    public static IReadOnlyList<DuplicateGroup> Find(
        ICatalogue catalogue, string key, TaskContext? context = null, IProgress<TaskProgress>? progress = null, CancellationToken token = default)
    {
        if (catalogue.Spaces().FirstOrDefault(s => s.Key == key) is not { } space)
            return [];
        using var view = new SpaceView(catalogue, space, true, context ?? new TaskContext(), _ => { }, progress, token);
        float least = view.LeastCosineOfVersions;
        var sounds = new SortedDictionary<(double Seconds, string Sound), (string Decoded, List<string> Paths)>(
            Comparer<(double Seconds, string Sound)>.Create((a, b) => a.Seconds != b.Seconds ? a.Seconds.CompareTo(b.Seconds) : string.CompareOrdinal(a.Sound, b.Sound)));
        foreach (Track track in catalogue.Tracks())
        {
            (double, string) name = (track.Facts.Seconds, track.Sound);
            if (!sounds.TryGetValue(name, out (string, List<string> Paths) found))
                sounds.Add(name, found = (track.Facts.DecodedSha256, []));
            found.Paths.Add(track.Path);
        }

        var sets = new Dictionary<string, string>();
        var byDecoded = new Dictionary<string, string>();
        var window = new Queue<(double Seconds, string Sound, float[] Vector)>();
        long done = 0;
        foreach (((double seconds, string sound), (string decoded, _)) in sounds)
        {
            token.ThrowIfCancellationRequested();
            if (++done % 1024 == 0)
                progress?.Report(new TaskProgress("comparing", done, sounds.Count, null));
            if (decoded.Length > 0 && !byDecoded.TryAdd(decoded, sound))
                Join(byDecoded[decoded], sound);
            if (catalogue.Vector(sound, key) is not { } vector)
                continue;
            while (window.Count > 0 && seconds - window.Peek().Seconds > Versions.Tolerance(seconds))
                window.Dequeue();
            foreach ((_, string other, float[] near) in window)
            {
                if (Reductions.Dot(vector, near) >= least)
                    Join(other, sound);
            }

            window.Enqueue((seconds, sound, vector));
        }

        return [.. sounds.SelectMany(s => s.Value.Paths.Select(path => (Root: Root(s.Key.Sound), Path: path, s.Key.Sound, s.Value.Decoded, s.Key.Seconds)))
            .GroupBy(f => f.Root).Where(g => g.Skip(1).Any())
            .Select(g =>
            {
                var files = g.OrderBy(f => f.Path, StringComparer.Ordinal).ToArray();
                return new DuplicateGroup(files[0].Path, files[0].Seconds, [.. files.Skip(1).Select(f => new FoundVersion(f.Path,
                    f.Sound == files[0].Sound ? Versions.Copy : f.Decoded.Length > 0 && f.Decoded == files[0].Decoded ? Versions.Decoded : Versions.Near))]);
            })
            .OrderBy(g => g.Path, StringComparer.Ordinal)];

        string Root(string sound)
        {
            while (sets.TryGetValue(sound, out string? up))
                sound = up;
            return sound;
        }

        void Join(string a, string b)
        {
            (string first, string second) = (Root(a), Root(b));
            if (first != second)
                sets[second] = first;
        }
    }

    /// <summary>The other files with the recording of one track, in the order of their paths.</summary>
    /// <inheritdoc cref="Find"/>
    /// <param name="catalogue">Where to look.</param>
    /// <param name="track">Of the catalogue.</param>
    /// <param name="key">The space whose vectors tell near duplicates.</param>
    /// <param name="context">Where indexes lie; null for the defaults.</param>
    /// <param name="token">Looked at between rows.</param>
    public static IReadOnlyList<FoundVersion> Of(ICatalogue catalogue, Track track, string key, TaskContext? context = null, CancellationToken token = default)
    {
        var found = new SortedDictionary<string, FoundVersion>(StringComparer.Ordinal);
        Add(catalogue.FindSound(track.Sound, MostOfOne), Versions.Copy);
        if (track.Facts.DecodedSha256.Length > 0)
            Add(catalogue.FindDecoded(track.Facts.DecodedSha256, MostOfOne), Versions.Decoded);
        if (catalogue.Spaces().FirstOrDefault(s => s.Key == key) is { } space && catalogue.Vector(track.Sound, key) is { } vector)
        {
            using var view = new SpaceView(catalogue, space, true, context ?? new TaskContext(), _ => { }, null, token);
            float least = view.LeastCosineOfVersions;
            long[] ids = [.. view.Rows(false).Nearest([vector], MostOfOne, token)[0].Where(hit => hit.Score >= least).Select(hit => hit.Id)];
            foreach (IReadOnlyList<Track> tracks in catalogue.TracksOf(ids).Values)
                Add([.. tracks.Where(t => Math.Abs(t.Facts.Seconds - track.Facts.Seconds) <= Versions.Tolerance(Math.Max(t.Facts.Seconds, track.Facts.Seconds)))], Versions.Near);
        }

        return [.. found.Values];

        void Add(IReadOnlyList<Track> tracks, string kind)
        {
            foreach (Track other in tracks.Where(t => !t.Absent && t.Path != track.Path))
                found.TryAdd(other.Path, new FoundVersion(other.Path, kind));
        }
    }
}
