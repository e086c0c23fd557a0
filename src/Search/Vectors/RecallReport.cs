using Euterpe.Numerics;

namespace Euterpe.Search.Vectors;

/// <summary>How the recall of a graph is measured.</summary>
/// <param name="Goal">The share of the 10 nearest that must be found, above 0 to 1.</param>
/// <param name="Sample">Stored vectors that are asked for, 1 to 100,000; each is changed a little first, and does not count as found.</param>
/// <param name="Noise">How much: the length of the noise as a share of the vector's, 0 to 10.</param>
/// <param name="Seed">Of the sample and the noise.</param>
public sealed record RecallOptions(double Goal = 0.97, int Sample = 200, double Noise = 0.3, ulong Seed = 440)
{
    internal void Check()
    {
        if (!(Goal is > 0 and <= 1) || Sample is < 1 or > 100_000 || !(Noise is >= 0 and <= 10))
        {
            throw new OptionsException($"[recall] The goal lies above 0 and at most at 1 (it is {Goal}), "
                + $"the sample between 1 and 100,000 ({Sample}), the noise between 0 and 10 ({Noise}).");
        }
    }
}

/// <summary>What a number of candidates reaches.</summary>
/// <param name="Breadth">Candidates that a search keeps (efSearch).</param>
/// <param name="At1">The share of queries whose nearest row was found.</param>
/// <param name="At10">The mean share of the 10 nearest that were found.</param>
/// <param name="At100">The mean share of the 100 nearest that were found when 100 were asked for.</param>
/// <param name="QueriesPerSecond">Of 10 hits, one query after the other.</param>
public sealed record RecallPoint(int Breadth, double At1, double At10, double At100, double QueriesPerSecond);

/// <summary>A graph beside the exact search, on the stored vectors.</summary>
/// <param name="Rows">All rows.</param>
/// <param name="GraphRows">Rows that the graph holds; the others are searched one by one.</param>
/// <param name="Sample">How many queries.</param>
/// <param name="Goal">The recall at 10 that was asked for.</param>
/// <param name="Reached">Whether it was reached.</param>
/// <param name="Chosen">The smallest breadth that reaches the goal, or the best that was tried.</param>
/// <param name="ExactQueriesPerSecond">Of the exact search, one query after the other.</param>
/// <param name="Points">All that was tried, by breadth.</param>
public sealed record RecallReport(
    long Rows, long GraphRows, int Sample, double Goal, bool Reached, RecallPoint Chosen, double ExactQueriesPerSecond,
    IReadOnlyList<RecallPoint> Points)
{
    /// <summary>What searches use from now on.</summary>
    public int Breadth => Chosen.Breadth;
}
