namespace Euterpe.Numerics;

/// <summary>Sizes that do not fit together: the message names the operation, the shapes and a way out.</summary>
public sealed class ShapeException : ArgumentException
{
    /// <summary>With all that a person needs in one message.</summary>
    public ShapeException(string message) : base(message)
    {
    }

    /// <summary>The same, and what it comes from.</summary>
    public ShapeException(string message, Exception inner) : base(message, inner)
    {
    }
}
