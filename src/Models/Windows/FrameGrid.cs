namespace Euterpe.Models.Windows;

/// <summary>Where the frames of a network lie in its samples: frame t hears <see cref="Field"/> samples from t * <see cref="Stride"/> on.</summary>
/// <param name="Stride">Samples from one frame to the next.</param>
/// <param name="Field">The fewest samples that give a frame.</param>
internal readonly record struct FrameGrid(int Stride, int Field)
{
    /// <summary>How many frames one pass over so many samples gives.</summary>
    public long Frames(long samples) => samples < Field ? 0 : ((samples - Field) / Stride) + 1;

    /// <summary>The fewest samples that give so many frames.</summary>
    public long Samples(long frames) => frames <= 0 ? 0 : ((frames - 1) * Stride) + Field;
}
