namespace Euterpe.Tasks.Trials;

/// <summary>The recordings of instruments that come with the program, with what they are in words: ten kinds, five of each.</summary>
internal sealed record TrialRecordings(IReadOnlyList<string> Files, IReadOnlyList<int> Kinds)
{
    public const int Each = 5;

    /// <summary>How the names of a kind begin, and what it is.</summary>
    private static readonly (string Begins, string Words)[] Table =
    [
        ("piano_", "a piano"), ("guitar_", "an acoustic guitar"), ("bd_", "a kick drum"), ("drum_cymbal_", "a cymbal"),
            ("femalevoice_", "a woman singing"),
        ("bell_", "a small bell"), ("flute_", "a flute"), ("shaker", "a shaker"), ("sitar", "a sitar"), ("tabla_", "tabla drums"),
    ];

    /// <summary>What each kind is, as one says it to a model.</summary>
    public static IReadOnlyList<string> Words { get; } = [.. Table.Select(kind => $"This is the sound of {kind.Words}.")];

    /// <summary>
    /// Looks for <c>samples/recordings</c> beside the program and in the folders above it; null where it is not there, or not whole.
    /// </summary>
    public static TrialRecordings? Find(string? begin = null)
    {
        for (var folder = new DirectoryInfo(begin ?? AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string recordings = Path.Combine(folder.FullName, "samples", "recordings");
            if (Directory.Exists(recordings))
                return In(recordings);
        }

        return null;
    }

    private static TrialRecordings? In(string folder)
    {
        string[] names = [.. Directory.EnumerateFiles(folder).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];
        var files = new List<string>();
        var kinds = new List<int>();
        for (int kind = 0; kind < Table.Length; kind++)
        {
            string[] mine = [.. names.Where(name => name.StartsWith(Table[kind].Begins, StringComparison.Ordinal)).Take(Each)];
            if (mine.Length < Each)
                return null;
            files.AddRange(mine.Select(name => Path.Combine(folder, name)));
            kinds.AddRange(Enumerable.Repeat(kind, Each));
        }

        return new TrialRecordings(files, kinds);
    }
}
