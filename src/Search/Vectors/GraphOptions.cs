using Euterpe.Numerics;

namespace Euterpe.Search.Vectors;

/// <summary>How a graph is made.</summary>
/// <param name="Links">M: links of a row on the upper levels; twice as many on the ground. 4 to 64. More find more, and take more memory (8 M
/// bytes a row).</param>
/// <param name="Breadth">efConstruction: how many candidates are kept while the place of a row is looked for, 8 to 2048.</param>
/// <param name="Seed">Of the levels.</param>
public sealed record GraphOptions(int Links = 16, int Breadth = 128, ulong Seed = 440)
{
    internal void Check()
    {
        if (Links is < 4 or > 64)
            throw new OptionsException($"[graph] Links must lie between 4 and 64, and are {Links}.");
        if (Breadth is < 8 or > 2048)
            throw new OptionsException($"[graph] The breadth must lie between 8 and 2048, and is {Breadth}.");
    }
}
