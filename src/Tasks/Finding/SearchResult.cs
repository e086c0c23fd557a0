namespace Euterpe.Tasks;

/// <summary>What was found, best first.</summary>
/// <param name="Query">What was asked for: the path of the sound or the words, or all of them with their weights.</param>
/// <param name="Known">Whether all its vectors were in the catalogue; else some were embedded now.</param>
/// <param name="Catalogue">The catalogue's full path.</param>
/// <param name="Model">The embedder's name or full folder.</param>
/// <param name="Key">Its compatibility key: only vectors with the same were compared.</param>
/// <param name="Compared">Tracks that were compared.</param>
/// <param name="Left">Tracks of the catalogue that have no vector of this model yet.</param>
/// <param name="Matches">Best first; equal scores in the order of their paths.</param>
public sealed record SearchResult(
    string Query, bool Known, string Catalogue, string Model, string Key, long Compared, long Left, IReadOnlyList<FoundTrack> Matches)
{
    /// <summary>What a person should know about it, such as words that the model did not read; null where there is nothing.</summary>
    public string? Note { get; init; }

    /// <summary>Whether places in tracks were compared rather than whole tracks.</summary>
    public bool Segments { get; init; }

    /// <summary>What the percentiles of the matches are shares of: <c>pairs</c> (random pairs of the collection) or <c>tracks</c> (random tracks beside this query); null: there are none.</summary>
    public string? PercentileOf { get; init; }

    /// <summary>How many pairs or tracks that were.</summary>
    public int PercentileSample { get; init; }

    /// <summary>Other files of the catalogue that hold the recording that was asked for; they are no matches.</summary>
    public IReadOnlyList<FoundVersion> QueryVersions { get; init; } = [];

    /// <summary>How the vectors were searched: <c>scan</c> (from the catalogue), <c>exact</c> (index, every vector) or <c>graph</c> (index, approximately).</summary>
    public string Search { get; init; } = "scan";
}

/// <summary>A track that a search found.</summary>
/// <param name="Path">Its full path.</param>
/// <param name="Score">The cosine of the vectors of track (or place) and query, -1 to 1; 1 is the same sound.</param>
/// <param name="Seconds">How long the track is.</param>
public sealed record FoundTrack(string Path, float Score, double Seconds)
{
    /// <summary>0 to 100: the share of random pairs (or tracks) of the collection that are less alike; null where there are too few tracks to say.</summary>
    public double? Percentile { get; init; }

    /// <summary>Who plays, where the file says so.</summary>
    public string? Artist { get; init; }

    /// <summary>The piece, where the file says so.</summary>
    public string? Title { get; init; }

    /// <summary>The album, where the file says so.</summary>
    public string? Album { get; init; }

    /// <summary>The year, where the file says so.</summary>
    public int? Year { get; init; }

    /// <summary>Where in the track, best first; empty where whole tracks were compared.</summary>
    public IReadOnlyList<FoundPlace> Places { get; init; } = [];

    /// <summary>Other files with the same recording.</summary>
    public IReadOnlyList<FoundVersion> Versions { get; init; } = [];

    /// <summary>Where the vectors of several models were searched: the one whose vectors found it, else null.</summary>
    public string? Model { get; init; }

    /// <summary>Where the vectors of several models were searched: by how many standard deviations the score lies above that of random tracks; the order of the matches. Else null.</summary>
    public double? Deviations { get; init; }
}

/// <summary>A place in a track.</summary>
/// <param name="Start">Seconds from its begin.</param>
/// <param name="End">Seconds from its begin.</param>
/// <param name="Score">The cosine with the query.</param>
public sealed record FoundPlace(double Start, double End, float Score)
{
    /// <summary>As it is written behind a path: <c>@2:10-2:20</c>.</summary>
    public override string ToString() => $"@{Excerpt.Text(Start)}-{Excerpt.Text(End)}";
}

/// <summary>Another file with the same recording.</summary>
/// <param name="Path">Its full path.</param>
/// <param name="Kind"><c>copy</c> (the same encoded sound), <c>decoded</c> (the same samples, encoded otherwise) or <c>near</c> (of the same length, and as good as the same to the model).</param>
public sealed record FoundVersion(string Path, string Kind);
