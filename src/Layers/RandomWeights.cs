using Euterpe.Numerics;
using Euterpe.Tensors;

namespace Euterpe.Layers;

/// <summary>
/// Values from the counter generator, keyed by the seed and the tensor's name: no file, no order, the same on every machine. What begins as a
/// constant
/// is moved a little if <paramref name="jitter"/> says so, so that a test sees every tensor.
/// </summary>
public sealed class RandomWeights(ulong seed, float jitter = 0) : IWeightSource
{
    public IReadOnlyList<string> Names => [];

    public bool TryGetShape(string name, Shape expected, out Shape found)
    {
        found = expected;
        return true;
    }

    public Tensor Load(string name, Shape shape, Initial initial)
    {
        Tensor tensor = Tensor.Create(DType.F32, shape);
        Span<float> values = tensor.Span;
        float scale = float.IsNaN(initial.Scale) ? 1 / MathF.Sqrt(Math.Max(1, shape.Count / Math.Max(1, shape.Rank == 0 ? 1 : shape[0])))
            : initial.Scale;
        if (scale == 0)
            scale = jitter;
        if (scale == 0)
        {
            values.Fill(initial.Mean);
            return tensor;
        }

        new Philox(seed, "weights/" + name).FillNormal(0, 0, values);
        for (int i = 0; i < values.Length; i++)
            values[i] = initial.Mean + (scale * values[i]);
        return tensor;
    }
}
