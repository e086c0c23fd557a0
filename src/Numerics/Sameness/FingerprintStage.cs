namespace Euterpe.Numerics;

/// <summary>One part of the program whose bits are promised to be the same everywhere.</summary>
/// <param name="Name">Room and subject: <c>numerics/products</c>.</param>
/// <param name="Revision">Kept by hand: raised whenever the stage's bits change on purpose. Stored vectors carry it.</param>
/// <param name="Run">Computes from the counter generator alone (no files) and adds what it got. Given the batch size: five items go through in batches of
/// that many, and the results, item by item, must not show it.</param>
[Experimental("EUTERPE001")]
public sealed record FingerprintStage(string Name, int Revision, Action<Fingerprint, int> Run)
{
    /// <summary>How many items every stage pushes through.</summary>
    public const int Items = 5;

    /// <summary>The batches of five items: first item and count.</summary>
    public static IEnumerable<(int First, int Count)> Batches(int batch)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batch);
        for (int first = 0; first < Items; first += batch)
        {
            yield return (first, Math.Min(batch, Items - first));
        }
    }
}
