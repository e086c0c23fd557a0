using System.Runtime.InteropServices;
using Euterpe.Numerics;
using Euterpe.Search;

namespace Euterpe.Tasks.Finding;

/// <summary>One space of a catalogue while it is searched: its rows, what scores mean in it, the vectors of single sounds. Each is made when it is first asked for.</summary>
internal sealed class SpaceView(
    ICatalogue catalogue, Space space, bool exact, TaskContext context, Action<string> note, IProgress<TaskProgress>? progress, CancellationToken token) : IDisposable
{
    private readonly Dictionary<string, float[]?> vectors = [];
    private readonly Dictionary<string, StoredSegments?> segmented = [];
    private readonly Rows?[] rows = new Rows?[2];
    private readonly Calibration?[] calibrations = new Calibration?[2];

    public ICatalogue Catalogue => catalogue;

    public Space Space => space;

    public CancellationToken Token => token;

    public Rows Rows(bool segments) => rows[segments ? 1 : 0] ??= IndexFolder.Open(catalogue, space, segments, exact, context, note, progress, token);

    public Calibration Calibration(bool segments) => calibrations[segments ? 1 : 0] ??= new Calibration(Rows(segments), token);

    public float LeastCosineOfVersions => Versions.LeastCosine(Calibration(false).Median);

    public float[]? VectorOf(string sound)
    {
        ref float[]? vector = ref CollectionsMarshal.GetValueRefOrAddDefault(vectors, sound, out bool known);
        return known ? vector : vector = catalogue.Vector(sound, space.Key);
    }

    public StoredSegments? SegmentsOf(string sound)
    {
        ref StoredSegments? found = ref CollectionsMarshal.GetValueRefOrAddDefault(segmented, sound, out bool known);
        return known ? found : found = catalogue.Segments(sound, space.Key);
    }

    /// <summary>The vector of a row.</summary>
    public float[]? VectorOf(Group group, bool segments)
    {
        if (!segments)
            return VectorOf(group.Track.Sound);
        int ordinal = (int)(group.Row & ((1 << Finding.Rows.OrdinalBits) - 1));
        return SegmentsOf(group.Track.Sound) is { } s && ordinal < s.Spans.Count ? s.Values.AsSpan(ordinal * space.Dimension, space.Dimension).ToArray() : null;
    }

    /// <summary>What makes two tracks versions of one recording; null when nothing does.</summary>
    public string? KindOfVersion(Track a, Track b, float leastCosine)
    {
        // Vectors are read only where they can decide.
        if (Versions.Kind(a, null, b, null, leastCosine) is { } kind)
            return kind;
        return Math.Abs(a.Facts.Seconds - b.Facts.Seconds) <= Versions.Tolerance(Math.Max(a.Facts.Seconds, b.Facts.Seconds))
            ? Versions.Kind(a, VectorOf(a.Sound), b, VectorOf(b.Sound), leastCosine) : null;
    }

    /// <summary>The scores of all segments of a track.</summary>
    public (StoredSegments? Segments, float[] Scores) Score(Track track, float[] query)
    {
        if (SegmentsOf(track.Sound) is not { } found || found.Spans.Count == 0)
            return (null, []);
        var scores = new float[found.Spans.Count];
        DotRows.Multiply(query, found.Values, scores);
        return (found, scores);
    }

    public void Dispose()
    {
        foreach (Rows? each in rows)
            each?.Dispose();
    }
}
