using Euterpe.Tasks;

namespace Euterpe.Integrations;

/// <summary>Which model makes the vectors, and how much it may use. No value changes a vector but those that say which model.</summary>
public sealed class EuterpeOptions
{
    /// <summary>
    /// A name or a folder, as for <c>euterpe embed --model</c>; null: the built-in <c>signature</c>, which hears sounds and reads no words.
    /// </summary>
    public string? Model { get; set; }

    /// <summary><c>f32</c> or <c>bf16</c>: how weights are held; null: <c>f32</c>.</summary>
    public string? Precision { get; set; }

    /// <summary>Layers and windows of a model of frames: <c>layer=7 window=10 margin=1</c>; null for the defaults.</summary>
    public string? Frames { get; set; }

    /// <summary>
    /// Sounds and texts that are worked on at once, 1 to 64; more wait their turn without a thread. Default 4, or the number of cores where
    /// that is less.
    /// </summary>
    public int Concurrency { get; set; } = Math.Min(4, Environment.ProcessorCount);

    /// <summary>The most bytes that a sound may have. Default 512 MiB.</summary>
    public long MaximumBytes { get; set; } = 512L << 20;

    /// <summary>Where models come from, how sound is decoded, how many threads compute; null for the defaults.</summary>
    public TaskContext? Context { get; set; }

    internal EuterpeOptions Checked()
    {
        if (Concurrency is < 1 or > 64)
            throw new ArgumentException($"[integrations] Concurrency must lie between 1 and 64, and is {Concurrency}.");
        if (MaximumBytes < 1)
            throw new ArgumentException($"[integrations] MaximumBytes must be 1 at least, and is {MaximumBytes}.");
        return (EuterpeOptions)MemberwiseClone();
    }
}
