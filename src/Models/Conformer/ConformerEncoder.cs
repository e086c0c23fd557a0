using Euterpe.Layers;
using Euterpe.Numerics;
using Euterpe.Tensors;

namespace Euterpe.Models.Conformer;

/// <summary>
/// Conformer blocks (Gulati et al., "Conformer", 2020) as transformers' Wav2Vec2-Conformer and Wav2Vec2-BERT have them, over sounds of one length. A
/// sound alone gives the same bits as in a batch.
/// </summary>
internal sealed class ConformerEncoder : Module
{
    private readonly ConformerConfig config;
    private readonly ConformerLayer[] layers;
    private readonly LayerNorm? last;

    /// <param name="weights">Holds <c>layers</c>.</param>
    /// <param name="config">Sizes.</param>
    /// <param name="tables">What the blocks share about positions.</param>
    /// <param name="norm">A norm after the last block, or null.</param>
    public ConformerEncoder(Weights weights, ConformerConfig config, ConformerTables tables, LayerNorm? norm = null)
        : base(weights)
    {
        (this.config, last) = (config, norm);
        layers = new ConformerLayer[config.Layers];
        for (int i = 0; i < layers.Length; i++)
            layers[i] = new ConformerLayer(weights.In("layers", i), config, tables);
    }

    /// <summary>What enters the first block, then what leaves each: hidden states 0 to <paramref name="upTo"/>.</summary>
    /// <param name="w">Where the result lives.</param>
    /// <param name="x">[batch * frames, channels]; frames that the mask hides are silenced in it.</param>
    /// <param name="batch">Sounds of one length.</param>
    /// <param name="mask">Null, or which of the batch * frames are sound: upstream's padded way.</param>
    /// <param name="upTo">The last state wanted; later blocks are not run.</param>
    /// <returns>[batch * frames, channels] each; the one of the last block is normalized where the encoder ends with a norm.</returns>
    public IReadOnlyList<Tensor> States(Workspace w, Tensor x, int batch, bool[]? mask = null, int upTo = int.MaxValue)
    {
        if (x.Rank != 2 || x.Size(1) != config.HiddenSize || batch < 1 || x.Size(0) % batch != 0 || (mask is not null && mask.Length != x.Size(0)))
            throw new ShapeException($"[conformer] {batch} sounds of one length as [frames, {config.HiddenSize}] and one flag a frame were expected: "
                + $"found {x.Shape}{(mask is null ? "" : $" and {mask.Length} flags")}.");
        Tensor? added = null;
        if (mask is not null)
        {
            Silence(x, mask);
            added = w.Allocate(batch, 1, 1, x.Size(0) / batch);
            for (int i = 0; i < mask.Length; i++)
                added.Span[i] = mask[i] ? 0 : float.MinValue;
        }

        var states = new List<Tensor> { x };
        for (int i = 0; i < layers.Length && i < upTo; i++)
        {
            using Workspace.Scope scope = w.Begin();
            x = layers[i].Forward(w, x, batch, mask, added);
            if (i + 1 == layers.Length && last is not null)
                x = last.Forward(w, x);
            scope.Return(x);
            states.Add(x);
        }

        return states;
    }

    /// <summary>Zeros in the rows that the mask hides.</summary>
    public static void Silence(Tensor x, bool[] mask)
    {
        int channels = x.Size(1);
        for (int row = 0; row < mask.Length; row++)
        {
            if (!mask[row])
                x.Span.Slice(row * channels, channels).Clear();
        }
    }
}
