namespace Euterpe.Numerics;

/// <summary>Sizes or types that do not fit an operation. The message names the operation, what was expected, what was found, and a way out.</summary>
public sealed class ShapeException(string message) : ArgumentException(message);
