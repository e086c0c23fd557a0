using System.Text.Json;
using Euterpe.Numerics;

namespace Euterpe.Models.Conformer;

/// <summary>How positions reach attention.</summary>
internal enum ConformerPositions
{
    None,

    /// <summary>What queries and keys are made from is turned by the position.</summary>
    Rotary,

    /// <summary>Sinusoids of the distance, projected, meet the query (Transformer-XL).</summary>
    Relative,

    /// <summary>A learned vector for each distance, clamped on both sides, meets the query.</summary>
    RelativeKey,
}

/// <param name="HiddenSize">Channels of the stream.</param>
/// <param name="Layers">Number of blocks.</param>
/// <param name="Heads">They divide the channels.</param>
/// <param name="IntermediateSize">Width of the feed-forwards.</param>
/// <param name="Activation">Of the feed-forwards and after the depthwise convolution.</param>
/// <param name="BlockEps">Added to the variance by the norms inside the blocks.</param>
/// <param name="Positions">How positions reach attention.</param>
/// <param name="RotaryBase">Of rotary positions.</param>
/// <param name="Left">Distances to the left that have a vector of their own (relative_key).</param>
/// <param name="Right">Distances to the right (relative_key).</param>
/// <param name="DepthwiseTaps">Of the convolution in each block.</param>
/// <param name="Causal">
/// The convolution looks back only, a layer norm follows it, and it does not see masked frames (Wav2Vec2-BERT); otherwise it is centred, a batch norm
/// follows, and it sees all frames (Wav2Vec2-Conformer).
/// </param>
internal sealed record ConformerConfig(
    int HiddenSize, int Layers, int Heads, int IntermediateSize, Fused Activation, float BlockEps, ConformerPositions Positions, double RotaryBase,
    int Left, int Right, int DepthwiseTaps, bool Causal)
{
    public int HeadSize => HiddenSize / Heads;

    /// <summary>The keys that both families share, with the defaults that both have.</summary>
    public static ConformerConfig Read(ConfigObject o, int hidden, int layers, int intermediate, string positions, bool causal)
    {
        var config = new ConformerConfig(
            hidden,
            layers,
            o.Int("num_attention_heads", 16, 1, 1024),
            o.Int("intermediate_size", intermediate, 1, 1 << 18),
            ActivationNames.Read(o, "hidden_act", causal ? "swish" : "gelu"),
            causal ? (float)o.Number("layer_norm_eps", 1e-5, 0, 1) : 1e-5f,
            PositionKind(o, positions, causal),
            o.Number("rotary_embedding_base", 10000, 1, 1e12),
            o.Int("left_max_position_embeddings", 64, 0, 1 << 16),
            o.Int("right_max_position_embeddings", 8, 0, 1 << 16),
            o.Int("conv_depthwise_kernel_size", 31, 1, DepthwiseFrames.MostTaps),
            causal);
        if (hidden % config.Heads != 0)
            o.Refuse("num_attention_heads", $"they do not divide the {hidden} channels");
        else if (config.Positions == ConformerPositions.Rotary && config.HeadSize % 2 != 0)
            o.Refuse("num_attention_heads", $"rotary positions turn pairs: heads of {config.HeadSize} channels have none");
        if (config.DepthwiseTaps % 2 == 0)
            o.Refuse("conv_depthwise_kernel_size", "upstream takes odd widths only");
        return config;
    }

    private static ConformerPositions PositionKind(ConfigObject o, string missing, bool causal)
    {
        // Null is upstream's word for none.
        bool none = o.Root.TryGetProperty("position_embeddings_type", out JsonElement kind) && kind.ValueKind == JsonValueKind.Null;
        o.Pass("position_embeddings_type");
        switch (none ? "" : o.Text("position_embeddings_type", missing))
        {
            case "rotary":
                return ConformerPositions.Rotary;
            case "relative":
                return ConformerPositions.Relative;
            case "relative_key" when causal:
                return ConformerPositions.RelativeKey;
            case "" when none:
                return ConformerPositions.None;
            default:
                o.Refuse("position_embeddings_type",
                    causal ? "rotary, relative and relative_key are implemented" : "rotary and relative are implemented");
                return ConformerPositions.None;
        }
    }
}
