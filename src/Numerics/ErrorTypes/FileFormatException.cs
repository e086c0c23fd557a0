namespace Euterpe.Numerics;

/// <summary>Bytes that are not what their format promises: the message names the file, the place, what was expected and what was found.</summary>
public sealed class FileFormatException : Exception
{
    /// <summary>With all that a person needs in one message.</summary>
    public FileFormatException(string message) : base(message)
    {
    }

    /// <summary>The same, and what it comes from.</summary>
    public FileFormatException(string message, Exception inner) : base(message, inner)
    {
    }
}
