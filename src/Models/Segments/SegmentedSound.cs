namespace Euterpe.Models;

/// <summary>The vector of a sound and those of its segments.</summary>
/// <param name="Vector">Of the whole sound, unit length; null where it was not asked for.</param>
/// <param name="Segments">[segments, dimension], each row of unit length.</param>
/// <param name="Grid">Where the segments lie.</param>
public sealed record SegmentedSound(float[]? Vector, float[] Segments, SegmentGrid Grid);
