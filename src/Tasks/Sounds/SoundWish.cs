using Euterpe.Models;

namespace Euterpe.Tasks.Sounds;

/// <summary>What is to be made of a sound while it is decoded.</summary>
/// <param name="Whole">The vector of the whole.</param>
/// <param name="Segments">Vectors of segments cut by this rule.</param>
/// <param name="Identify">Its identity and tags.</param>
internal sealed record SoundWish(bool Whole = true, SegmentRule? Segments = null, bool Identify = false)
{
    public static SoundWish Vector { get; } = new();
}
