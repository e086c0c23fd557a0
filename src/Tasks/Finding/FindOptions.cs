namespace Euterpe.Tasks;

/// <summary>What results are.</summary>
public enum FindLevel
{
    /// <summary>Segments where the query is one excerpt, else tracks.</summary>
    Automatic,

    /// <summary>Whole tracks.</summary>
    Tracks,

    /// <summary>Places within tracks.</summary>
    Segments,
}

/// <summary>Where to look, and which tracks may be found.</summary>
public abstract record FindOptions
{
    /// <summary>The catalogue's file.</summary>
    public required string Catalogue { get; init; }

    /// <summary>How many tracks at most, 1 to 10,000.</summary>
    public int Count { get; init; } = 10;

    /// <summary>Without a name: the catalogue's embedder.</summary>
    public ModelChoice Model { get; init; } = new();

    /// <summary>A condition that every result meets (<see cref="Search.Where"/>); null: none.</summary>
    public string? Where { get; init; }

    /// <summary>Tracks and folders that are left out, by their paths or the ends of their paths.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>Every version of a recording is a result of its own. Else they stand under the best of them.</summary>
    public bool AllVersions { get; init; }

    /// <summary>Looks at every vector, also where an approximate index is there.</summary>
    public bool Exact { get; init; }
}

/// <summary>What results should be like: examples and words, each with a weight.</summary>
public abstract record QueryOptions : FindOptions
{
    /// <summary>Sounds that results should be like, or unlike.</summary>
    public IReadOnlyList<Example> Examples { get; init; } = [];

    /// <summary>Words that results should fit, or not; they need a model that understands words.</summary>
    public IReadOnlyList<Description> Descriptions { get; init; } = [];

    /// <summary>Tracks or places in them.</summary>
    public FindLevel Level { get; init; }

    /// <summary>
    /// 0 to 1: how much results should differ from one another (maximal marginal relevance): 0 is the plain order, 1 looks at nothing but the difference. Null: the plain order.
    /// </summary>
    public double? Diversity { get; init; }

    /// <summary>Searches the vectors of every model that the catalogue has, each with its own query, and merges.</summary>
    public bool Mixed { get; init; }

    internal abstract string Task { get; }

    internal abstract IReadOnlyList<Example> AllExamples { get; }

    internal abstract IReadOnlyList<Description> AllDescriptions { get; }
}
