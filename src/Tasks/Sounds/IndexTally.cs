namespace Euterpe.Tasks.Sounds;

/// <summary>What a worker did, counted by the thread that takes its results.</summary>
internal sealed class IndexTally
{
    public long Embedded { get; set; }

    public long Recognised { get; set; }

    public long Retagged { get; set; }

    public long Vanished { get; set; }

    public long Segments { get; set; }

    public long Duplicates { get; set; }

    public double Seconds { get; set; }

    public List<BadFile> Failures { get; } = [];
}
