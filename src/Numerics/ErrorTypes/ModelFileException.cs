namespace Euterpe.Numerics;

/// <summary>A model's folder or checkpoint that cannot be loaded: missing, unexpected or misshaped tensors, an unknown architecture, an untrusted file.</summary>
public sealed class ModelFileException : Exception
{
    public ModelFileException(string message) : base(message)
    {
    }

    public ModelFileException(string message, Exception inner) : base(message, inner)
    {
    }
}
