using Euterpe.Layers;
using Euterpe.Tensors;

namespace Euterpe.Models.Clap;

/// <summary>Attentional feature fusion (aff_2d): how much of the whole and how much of the crops is taken is decided per channel and place.</summary>
internal sealed class HtsatFusion : Module
{
    private readonly Branch local;
    private readonly Branch wide;

    public HtsatFusion(Weights weights, int channels, int ratio)
        : base(weights)
    {
        local = new Branch(weights.In("local_att"), 0, channels, channels / ratio);
        // Place 0 is the average over the picture.
        wide = new Branch(weights.In("global_att"), 1, channels, channels / ratio);
    }

    /// <param name="w">Where the result lives.</param>
    /// <param name="whole">[places, channels].</param>
    /// <param name="crops">[places, channels].</param>
    public Tensor Forward(Workspace w, Tensor whole, Tensor crops)
    {
        Tensor sum = Operations.Add(w, whole, crops);
        Tensor average = Operations.Mean(w, sum, 0).Reshape(1, -1); // [1, channels]
        Tensor weight = Operations.Sigmoid(w, Operations.Add(w, local.Forward(w, sum), wide.Forward(w, average))); // [places, channels]
        Tensor result = w.Allocate(whole.Shape);
        ReadOnlySpan<float> h = whole.Span, c = crops.Span, a = weight.Span;
        Span<float> y = result.Span;
        for (int i = 0; i < y.Length; i++)
            y[i] = (2 * h[i] * a[i]) + (2 * c[i] * (1 - a[i]));
        return result;
    }

    /// <summary>Convolutions of size 1 are products over the channels of each place; the places of a sequence carry upstream's numbers.</summary>
    private sealed class Branch : Module
    {
        private readonly Linear narrow;
        private readonly Linear widen;
        private readonly (float[] Scale, float[] Shift) narrowed;
        private readonly (float[] Scale, float[] Shift) widened;

        public Branch(Weights weights, int first, int channels, int inner)
            : base(weights)
        {
            narrow = Linear.OfConvolution(weights.In("" + first), channels, inner, 1, 1);
            var one = new BatchNorm(weights.In("" + (first + 1)), inner);
            widen = Linear.OfConvolution(weights.In("" + (first + 3)), inner, channels, 1, 1);
            var two = new BatchNorm(weights.In("" + (first + 4)), channels);
            if (weights.Loads)
                (narrowed, widened) = (one.Fold(), two.Fold());
        }

        public Tensor Forward(Workspace w, Tensor x)
        {
            Tensor y = narrow.Forward(w, x);
            Move(y, narrowed, relu: true);
            y = widen.Forward(w, y);
            Move(y, widened, relu: false);
            return y;
        }

        private static void Move(Tensor x, (float[] Scale, float[] Shift) norm, bool relu)
        {
            Span<float> values = x.Span;
            int channels = norm.Scale.Length;
            for (int row = 0; row < values.Length; row += channels)
            {
                for (int c = 0; c < channels; c++)
                {
                    float y = (values[row + c] * norm.Scale[c]) + norm.Shift[c];
                    values[row + c] = relu ? MathF.Max(y, 0) : y;
                }
            }
        }
    }
}
