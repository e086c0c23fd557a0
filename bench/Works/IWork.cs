namespace Euterpe.Bench.Works;

/// <summary>One named work: its rows, and how the ratios of the rows become the one figure of the closing line.</summary>
internal interface IWork
{
    /// <summary>What <c>./bench.sh</c> calls it.</summary>
    string Name { get; }

    /// <summary>The peer's name in the closing line.</summary>
    string Peer { get; }

    /// <summary>The unit of the figures, for example GFLOP/s or x real time: more is better.</summary>
    string Unit { get; }

    /// <summary>The goal as the closing table states it.</summary>
    string Goal { get; }

    /// <summary>Whether each row has a goal, and a closing line, of its own.</summary>
    bool ClosesEachRow => false;

    /// <summary>Checks that our own output is right, then gives the rows. Whatever it opens lives until the run ends.</summary>
    IReadOnlyList<Row> Prepare(Session session);
}

/// <summary>
/// One measurement. <paramref name="Ours"/> runs the work once (or a fixed number of times) and returns the milliseconds of one; the peers likewise, one entry for each
/// way in which the peer may run (1 and 2 threads): its best counts. <paramref name="Worth"/> is what one run is worth in the work's unit times milliseconds,
/// so that worth / milliseconds is the figure.
/// </summary>
internal sealed record Row(string Label, double Worth, Func<double> Ours, IReadOnlyList<Func<double>> Peers);
