using Euterpe.Layers;
using Euterpe.Numerics;
using Euterpe.Tensors;
using static Euterpe.Tensors.Operations;

namespace Euterpe.Models.Muq;

/// <summary>
/// Target tokens of MuQ: the normalized mel of all frames of a token as one row (frame, band), in one of three quantizers.
/// </summary>
internal sealed class MelQuantizer : Module
{
    private readonly MuqConfig config;
    private readonly MelCodebook[] codebooks = [];
    private readonly Parameter? projection;
    private readonly Parameter? codes;

    /// <param name="weights">Holds <c>rvq</c> or <c>quantizer_melspec_2048</c>.</param>
    /// <param name="config">Sizes.</param>
    public MelQuantizer(Weights weights, MuqConfig config)
        : base(weights)
    {
        this.config = config;
        int width = MuqConfig.Bands * config.Fold;
        switch (config.Target)
        {
            case MuqTarget.Residual:
                codebooks = new MelCodebook[config.Codebooks];
                for (int i = 0; i < codebooks.Length; i++)
                    codebooks[i] = new MelCodebook(weights.In("rvq").In("quantizers", i), width, 16, config.QuantizerLayers);
                break;
            case MuqTarget.Single:
                codebooks = [new MelCodebook(weights.In("rvq"), width, 8, 1)];
                break;
            default:
                Weights random = weights.In("quantizer_melspec_2048");
                projection = random.Take("random_projection", Initial.Fan, width, config.CodebookDim);
                codes = random.Take("codebook", Initial.Normal(1), config.CodebookSize, config.CodebookDim);
                break;
        }
    }

    /// <summary>Upstream's get_targets: for each codebook that the head knows, one number a token; codebooks behind each other.</summary>
    /// <param name="w">Where intermediate results live.</param>
    /// <param name="features">From the front end: [mel frames, bands]; the frames must be whole tokens.</param>
    public int[] Tokens(Workspace w, Tensor features)
    {
        int frames = features.Size(0), tokens = frames / config.Fold;
        if (tokens * config.Fold != frames)
        {
            throw new ShapeException($"[muq] Target tokens are made of {config.Fold} mel frames each, upstream takes whole ones only: found {frames} "
                + $"frames. Hint: cut the sound to a multiple of {config.Samples} samples.");
        }

        Tensor rows = features.Reshape(tokens, config.Fold * features.Size(1)); // (frame, band)
        if (projection is not null)
            return MelCodebook.Nearest(w, MatMul(w, rows, projection.Value), codes!.Value);
        int kept = config.Target == MuqTarget.Single ? 1 : config.CodebookSize / 1024;
        var found = new List<int>();
        Tensor residual = rows;
        for (int i = 0; i < kept; i++)
        {
            (int[] indices, Tensor quantized) = codebooks[i].Quantize(w, residual);
            found.AddRange(indices);
            residual = Sub(w, residual, quantized);
        }

        return [.. found];
    }
}

/// <summary>One codebook: down to a few dimensions, the code in the nearest direction, and back up.</summary>
internal sealed class MelCodebook : Module
{
    private const int Size = 1024, Hidden = 128;

    private readonly WeightNormed[] down;
    private readonly WeightNormed[] up;
    private readonly Parameter codes;

    public MelCodebook(Weights weights, int width, int dimension, int layers)
        : base(weights)
    {
        // Upstream's Sequential: a layer, then for each inner one a Sequential of function and layer; on the way up the other way round.
        down = new WeightNormed[layers];
        up = new WeightNormed[layers];
        for (int i = 0; i < layers; i++)
        {
            bool first = i == 0, last = i == layers - 1;
            string downName = layers == 1 ? "in_proj" : first ? "in_proj.0" : last ? $"in_proj.{layers}" : $"in_proj.{i}.1";
            string upName = layers == 1 ? "out_proj" : first ? "out_proj.0" : last ? $"out_proj.{layers}" : $"out_proj.{i + 1}.0";
            down[i] = new WeightNormed(weights.In(downName), first ? width : Hidden, last ? dimension : Hidden);
            up[i] = new WeightNormed(weights.In(upName), first ? dimension : Hidden, last ? width : Hidden);
        }

        codes = weights.In("codebook").Take("weight", Initial.Normal(1), Size, dimension);
        // How long no sound took each code in training.
        weights.Leave("stale_counter");
    }

    /// <returns>A code for each row, and what it stands for.</returns>
    public (int[] Indices, Tensor Quantized) Quantize(Workspace w, Tensor rows)
    {
        Tensor latent = Through(w, down, rows);
        int[] indices = Nearest(w, latent, codes.Value);
        int dimension = latent.Size(1);
        Tensor chosen = w.Allocate(latent.Shape);
        for (int i = 0; i < indices.Length; i++)
            codes.Value.Span.Slice(indices[i] * dimension, dimension).CopyTo(chosen.Span[(i * dimension)..]);
        // Upstream's z + (code - z), which is not always the code to the last bit.
        Tensor through = Add(w, latent, Sub(w, chosen, latent));
        return (indices, Through(w, up, through));
    }

    /// <summary>The code whose direction is nearest to the row's; the first of equals.</summary>
    public static int[] Nearest(Workspace w, Tensor rows, Tensor codes)
    {
        Tensor x = Normalize(w, rows), directions = Normalize(w, codes);
        Tensor scores = MatMul(w, x, directions.Transpose(0, 1)); // [rows, codes]
        float[] lengths = Lengths(directions), own = Lengths(x);
        var indices = new int[rows.Size(0)];
        for (int row = 0; row < indices.Length; row++)
        {
            ReadOnlySpan<float> score = scores.Span.Slice(row * lengths.Length, lengths.Length);
            float least = float.PositiveInfinity;
            for (int i = 0; i < score.Length; i++)
            {
                float distance = own[row] - (2 * score[i]) + lengths[i];
                if (distance < least)
                    (least, indices[row]) = (distance, i);
            }
        }

        return indices;
    }

    private static float[] Lengths(Tensor rows)
    {
        var lengths = new float[rows.Size(0)];
        for (int i = 0; i < lengths.Length; i++)
            lengths[i] = Reductions.SumOfSquares(rows.Span.Slice(i * rows.Size(1), rows.Size(1)));
        return lengths;
    }

    private static Tensor Through(Workspace w, WeightNormed[] layers, Tensor x)
    {
        for (int i = 0; i < layers.Length; i++)
            x = layers[i].Forward(w, i == 0 ? x : Relu(w, x));
        return x;
    }
}

/// <summary>A convolution over single frames whose weight is stored as direction and length.</summary>
internal sealed class WeightNormed : Module
{
    private readonly Parameter length;
    private readonly Parameter direction;
    private readonly Parameter bias;

    public WeightNormed(Weights weights, int inputs, int outputs)
        : base(weights)
    {
        length = weights.Take("weight_g", Initial.Ones, outputs, 1, 1);
        direction = weights.Take("weight_v", Initial.Fan, outputs, inputs, 1);
        bias = weights.Take("bias", Initial.Zeros, outputs);
    }

    public Tensor Forward(Workspace w, Tensor x)
    {
        Tensor weight = WeightNorm(w, direction.Value, length.Value);
        return Linear(w, x, weight.Reshape(weight.Size(0), weight.Size(1)), bias.Value);
    }
}
