namespace Euterpe.Numerics;

/// <summary>Sizes that do not fit together: the message names the operation, the shapes and a way out.</summary>
public sealed class ShapeException : ArgumentException
{
    public ShapeException(string message) : base(message)
    {
    }

    public ShapeException(string message, Exception inner) : base(message, inner)
    {
    }
}
