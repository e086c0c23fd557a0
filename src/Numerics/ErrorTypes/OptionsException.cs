namespace Euterpe.Numerics;

/// <summary>Options out of range, unknown, or excluding each other; all problems of one check stand in one message.</summary>
public sealed class OptionsException : Exception
{
    public OptionsException(string message) : base(message)
    {
    }

    public OptionsException(string message, Exception inner) : base(message, inner)
    {
    }
}
