namespace Euterpe.Numerics;

/// <summary>Options out of range, unknown, or excluding each other; all problems of one check stand in one message.</summary>
public sealed class OptionsException : Exception
{
    /// <summary>With all that a person needs in one message.</summary>
    public OptionsException(string message) : base(message)
    {
    }

    /// <summary>The same, and what it comes from.</summary>
    public OptionsException(string message, Exception inner) : base(message, inner)
    {
    }
}
