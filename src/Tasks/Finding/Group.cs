using Euterpe.Search;

namespace Euterpe.Tasks.Finding;

/// <summary>A result in the making: a recording, its best file, and the others.</summary>
internal sealed class Group(Track track, long row, float score)
{
    public Track Track => track;

    /// <summary>The row that scored best.</summary>
    public long Row => row;

    public float Score => score;

    public List<FoundVersion> Versions { get; } = [];

    public IReadOnlyList<FoundPlace> Places { get; set; } = [];

    public void Add(Track version, string kind)
    {
        if (version.Path != track.Path && !Versions.Exists(v => v.Path == version.Path))
            Versions.Add(new FoundVersion(version.Path, kind));
    }

    public static int Compare(Group a, Group b) => a.Score != b.Score ? b.Score.CompareTo(a.Score) : string.CompareOrdinal(a.Track.Path, b.Track.Path);
}

/// <summary>A track of the catalogue that the query is made of: it is no result.</summary>
internal sealed record OwnTrack(Track Track, Excerpt? Part);
