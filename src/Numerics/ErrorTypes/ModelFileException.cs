namespace Euterpe.Numerics;

/// <summary>A model's folder or checkpoint that cannot be loaded: missing, unexpected or misshaped tensors, an unknown architecture, an untrusted file.</summary>
public sealed class ModelFileException : Exception
{
    /// <summary>With all that a person needs in one message.</summary>
    public ModelFileException(string message) : base(message)
    {
    }

    /// <summary>The same, and what it comes from.</summary>
    public ModelFileException(string message, Exception inner) : base(message, inner)
    {
    }
}
