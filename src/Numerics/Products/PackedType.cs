namespace Euterpe.Numerics;

/// <summary>How a packed matrix stores its weights. Arithmetic is in f32 either way.</summary>
[Experimental("EUTERPE001")]
public enum PackedType
{
    F32,
    BF16,
}
