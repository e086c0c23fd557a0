namespace Euterpe.Bench.Works;

/// <summary>A work that is judged by what comes out rather than by its speed: it prints its table and its closing line itself.</summary>
internal interface IReport
{
    /// <summary>What <c>./bench.sh</c> calls it.</summary>
    string Name { get; }

    /// <summary>Returns the table to keep in bench/RESULTS.md and the closing line; null where there is nothing to keep.</summary>
    (string Table, string Closing)? Run();
}
