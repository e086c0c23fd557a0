namespace Euterpe.Models;

/// <summary>Hand-kept revisions of what all models stand on: they change when bits do, and vectors of another revision are not compared.</summary>
internal static class Stages
{
    /// <summary>Kernels and operations.</summary>
    public const int Numerics = 1;
}
