namespace Euterpe.Numerics;

/// <summary>Bytes that are not what their format promises: the message names the file, the place, what was expected and what was found.</summary>
public sealed class FileFormatException : Exception
{
    public FileFormatException(string message) : base(message)
    {
    }

    public FileFormatException(string message, Exception inner) : base(message, inner)
    {
    }
}
