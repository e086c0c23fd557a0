using Euterpe.Search;

namespace Euterpe.Tasks.Finding;

/// <summary>Which tracks may be results: present, meeting the condition, not left out. Each row's are asked for once.</summary>
internal sealed class Admission
{
    private readonly Rows rows;
    private readonly ICatalogue catalogue;
    private readonly Where? where;
    private readonly string[] folders;
    private readonly string[] tails;
    private readonly Dictionary<long, IReadOnlyList<Track>> known = [];

    public Admission(Rows rows, ICatalogue catalogue, Where? where, IReadOnlyList<string> exclude)
    {
        (this.rows, this.catalogue, this.where) = (rows, catalogue, where);
        folders = [.. exclude.Select(text => Path.TrimEndingDirectorySeparator(Path.GetFullPath(text)))];
        tails = [.. exclude.Where(text => !Path.IsPathRooted(text)).Select(text => "/" + Path.TrimEndingDirectorySeparator(text))];
    }

    /// <summary>The admitted tracks of each row's sound, in the order of their paths; none for rows of sounds that are gone.</summary>
    public IReadOnlyList<IReadOnlyList<Track>> Of(IReadOnlyList<long> ids)
    {
        long[] sounds = [.. ids.Select(rows.SoundOf)];
        long[] unknown = [.. sounds.Where(id => !known.ContainsKey(id)).Distinct()];
        if (unknown.Length > 0)
        {
            IReadOnlyDictionary<long, IReadOnlyList<Track>> found = catalogue.TracksOf(unknown, rows.Segments);
            foreach (long id in unknown)
                known[id] = found.TryGetValue(id, out IReadOnlyList<Track>? tracks) ? [.. tracks.Where(Admits)] : [];
        }

        return Array.ConvertAll(sounds, id => known[id]);
    }

    public bool Admits(Track track)
    {
        foreach (string folder in folders)
        {
            if (track.Path.StartsWith(folder, StringComparison.Ordinal) && (track.Path.Length == folder.Length || track.Path[folder.Length] == '/' || folder.EndsWith('/')))
                return false;
        }

        foreach (string tail in tails)
        {
            if (track.Path.EndsWith(tail, StringComparison.Ordinal) || track.Path.Contains(tail + "/", StringComparison.Ordinal))
                return false;
        }

        return where is null || where.Matches(track);
    }
}
