using Euterpe.Numerics;

namespace Euterpe.Tensors.Tests;

/// <summary>Random tensors from the counter generator: the same for everybody.</summary>
internal static class Draw
{
    public static Tensor Normal(string name, params int[] shape)
    {
        var s = new Shape(shape);
        var values = new float[s.Count];
        var random = new Philox(440, name);
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = random.Normal(0, 0, i);
        }
        return Tensor.From(values, s);
    }
}
