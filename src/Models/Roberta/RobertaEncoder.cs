using Euterpe.Layers;
using Euterpe.Numerics;
using Euterpe.Tensors;
using static Euterpe.Tensors.Operations;

namespace Euterpe.Models.Roberta;

/// <summary>
/// RoBERTa (post-norm encoder, learned positions that count from the padding id on), and XLM-RoBERTa, which differs in its tokens only. Follows
/// transformers' models/roberta/modeling_roberta.py (4.57); names are those of its files.
/// Deviation: texts travel as rows laid end to end, without padding: the products see rows, and each text attends to itself, so that a text's bits do
/// not depend on its neighbours.
/// </summary>
internal sealed class RobertaEncoder : Module
{
    private readonly RobertaConfig config;
    private readonly Embedding words;
    private readonly Embedding positions;
    private readonly Embedding types;
    private readonly LayerNorm norm;
    private readonly RobertaLayer[] layers;

    public RobertaEncoder(Weights weights, RobertaConfig config)
        : base(weights)
    {
        this.config = config;
        Weights embeddings = weights.In("embeddings");
        words = new Embedding(embeddings.In("word_embeddings"), config.VocabSize, config.HiddenSize);
        positions = new Embedding(embeddings.In("position_embeddings"), config.MaxPositionEmbeddings, config.HiddenSize);
        types = new Embedding(embeddings.In("token_type_embeddings"), config.TypeVocabSize, config.HiddenSize);
        norm = new LayerNorm(embeddings.In("LayerNorm"), config.HiddenSize, config.LayerNormEps);
        // Buffers that older versions of upstream save: counted positions, and zeros.
        embeddings.Leave("position_ids", "token_type_ids");
        layers = new RobertaLayer[config.NumHiddenLayers];
        for (int i = 0; i < layers.Length; i++)
            layers[i] = new RobertaLayer(weights.In("encoder.layer", i), config);
    }

    /// <param name="w">Where the result lives.</param>
    /// <param name="texts">Ids of each text. A text with padding inside carries it as upstream does: the padding id has the padding position.</param>
    /// <param name="masks">For each text null, or which of its tokens may be seen.</param>
    /// <returns>The last hidden states of all tokens, [tokens of all texts, hidden].</returns>
    public Tensor Forward(Workspace w, IReadOnlyList<long[]> texts, IReadOnlyList<bool[]?>? masks = null)
    {
        int rows = texts.Sum(text => text.Length);
        var starts = new int[texts.Count + 1];
        Tensor x = w.Allocate(rows, config.HiddenSize); // [tokens of all texts, hidden]
        for (int i = 0; i < texts.Count; i++)
        {
            starts[i + 1] = starts[i] + texts[i].Length;
            Embed(texts[i], x.Span.Slice(starts[i] * config.HiddenSize, texts[i].Length * config.HiddenSize));
        }

        x = norm.Forward(w, x);
        foreach (RobertaLayer layer in layers)
        {
            using Workspace.Scope scope = w.Begin();
            x = scope.Return(layer.Forward(w, x, starts, masks));
        }

        return x;
    }

    private void Embed(long[] text, Span<float> into)
    {
        if (text.Length == 0)
            throw new ShapeException("[roberta] A text has at least its begin and end marks: found no token.");
        int position = config.PadTokenId;
        for (int t = 0; t < text.Length; t++)
        {
            bool padding = text[t] == config.PadTokenId;
            if (!padding)
                position++;
            Span<float> row = into.Slice(t * config.HiddenSize, config.HiddenSize);
            words.CopyRow(text[t], row);
            types.AddRow(0, row);
            positions.AddRow(padding ? config.PadTokenId : position, row);
        }
    }
}

/// <summary>Attention and feed-forward, each followed by the norm of its sum with what came in.</summary>
internal sealed class RobertaLayer : Module
{
    private readonly int heads;
    private readonly Fused activation;
    private readonly JoinedLinear queryKeyValue;
    private readonly Linear attentionOutput;
    private readonly LayerNorm attentionNorm;
    private readonly Linear intermediate;
    private readonly Linear output;
    private readonly LayerNorm outputNorm;

    public RobertaLayer(Weights weights, RobertaConfig config)
        : base(weights)
    {
        int hidden = config.HiddenSize;
        heads = config.NumAttentionHeads;
        activation = config.HiddenAct;
        queryKeyValue = new JoinedLinear(weights.In("attention.self"), ["query", "key", "value"], hidden, hidden);
        attentionOutput = new Linear(weights.In("attention.output.dense"), hidden, hidden);
        attentionNorm = new LayerNorm(weights.In("attention.output.LayerNorm"), hidden, config.LayerNormEps);
        intermediate = new Linear(weights.In("intermediate.dense"), hidden, config.IntermediateSize);
        output = new Linear(weights.In("output.dense"), config.IntermediateSize, hidden);
        outputNorm = new LayerNorm(weights.In("output.LayerNorm"), hidden, config.LayerNormEps);
    }

    public Tensor Forward(Workspace w, Tensor x, int[] starts, IReadOnlyList<bool[]?>? masks)
    {
        Tensor qkv = queryKeyValue.Forward(w, x); // [tokens, 3 * hidden]
        Tensor context = Attend(w, qkv, starts, masks); // [tokens, hidden]
        x = attentionNorm.Forward(w, attentionOutput.Forward(w, context, residual: x));
        Tensor inner = intermediate.Forward(w, x, activation); // [tokens, inner]
        return outputNorm.Forward(w, output.Forward(w, inner, residual: x));
    }

    private Tensor Attend(Workspace w, Tensor qkv, int[] starts, IReadOnlyList<bool[]?>? masks)
    {
        int hidden = qkv.Size(1) / 3, head = hidden / heads;
        Tensor context = w.Allocate(qkv.Size(0), hidden);
        for (int i = 0; i + 1 < starts.Length; i++)
        {
            using Workspace.Scope scope = w.Begin();
            int length = starts[i + 1] - starts[i];
            Tensor text = qkv.Narrow(0, starts[i], length).Reshape(length, 3, heads, head).Permute(1, 2, 0, 3); // [3, heads, tokens, head]
            Tensor? bias = masks?[i] is { } mask ? Mask(w, mask) : null;
            Tensor one = ScaledDotProductAttention(w, text.Select(0, 0), text.Select(0, 1), text.Select(0, 2), bias); // [heads, tokens, head]
            Contiguous(w, one.Transpose(0, 1)).Span.CopyTo(context.Span[(starts[i] * hidden)..]);
        }

        return context;
    }

    /// <summary>0 where a token may be seen, else the lowest float, as upstream.</summary>
    private static Tensor Mask(Workspace w, bool[] mask)
    {
        Tensor bias = w.Allocate(1, 1, mask.Length);
        for (int i = 0; i < mask.Length; i++)
            bias.Span[i] = mask[i] ? 0 : float.MinValue;
        return bias;
    }
}
