using Euterpe.Layers;
using Euterpe.Numerics;
using Euterpe.Tensors;

namespace Euterpe.Models.Mert;

/// <summary>
/// MERT (Li et al., "MERT: acoustic music understanding model with large-scale self-supervised training", 2023), and with it HuBERT (Hsu et al.,
/// 2021) and wav2vec 2 (Baevski et al., 2020), which are the same network. Follows transformers' models/hubert/modeling_hubert.py and
/// models/wav2vec2/modeling_wav2vec2.py (4.57) and MERT's scripts/mert_hf (391062e); names are those of their files.
/// Deviations: dropout and layer drop do not exist (inference); sounds travel together only where they have one length, and upstream's padded
/// batches are an explicit <see cref="UpstreamPadded"/>; attention_relax is not read, as upstream reads it only with deep norm.
/// </summary>
internal sealed class MertModel : Module
{
    private readonly MertConfig config;
    private readonly Parameter? masked;
    private readonly LayerNorm? projectionNorm;
    private readonly Linear projection;
    private readonly LayerNorm norm;
    private readonly MertLayer[] layers;

    /// <param name="weights">Names as upstream has them, without the prefix of models with a head.</param>
    /// <param name="config">Sizes.</param>
    /// <param name="masked">Whether there is a vector for masked frames: some published files leave it out.</param>
    public MertModel(Weights weights, MertConfig config, bool masked)
        : base(weights)
    {
        this.config = config;
        this.masked = masked ? weights.Take("masked_spec_embed", Initial.Normal(1), config.HiddenSize) : null;
        Stem = new MertStem(weights.In("feature_extractor"), config);
        Weights part = weights.In("feature_projection");
        projectionNorm = config.FeatProjLayerNorm ? new LayerNorm(part.In("layer_norm"), config.ConvDim[^1], config.LayerNormEps) : null;
        projection = new Linear(part.In("projection"), config.ConvDim[^1], config.HiddenSize);
        Weights encoder = weights.In("encoder");
        Position = new MertPosition(encoder.In("pos_conv_embed"), config);
        norm = new LayerNorm(encoder.In("layer_norm"), config.HiddenSize, config.LayerNormEps);
        layers = new MertLayer[config.NumHiddenLayers];
        for (int i = 0; i < layers.Length; i++)
            layers[i] = new MertLayer(encoder.In("layers", i), config);
    }

    public MertStem Stem { get; }

    public MertPosition Position { get; }

    /// <summary>[batch, frames, channels] to [batch, frames, hidden].</summary>
    public Tensor Project(Workspace w, Tensor features) =>
        projection.Forward(w, projectionNorm is null ? features : projectionNorm.Forward(w, features));

    /// <summary>Hidden states of sounds of one length.</summary>
    /// <param name="w">Where everything lives.</param>
    /// <param name="waves">[batch, samples], as the preprocessor made them.</param>
    /// <param name="wanted">Which hidden states, of layers + 1; blocks behind the last wanted are not computed.</param>
    /// <param name="take">Gets each [batch, frames, hidden]; it may end when the call returns.</param>
    /// <param name="maskTimeIndices">Frames that are replaced by the vector for masked frames, [batch * frames]; null for none.</param>
    public void Forward(Workspace w, Tensor waves, bool[] wanted, Action<int, Tensor> take, bool[]? maskTimeIndices = null) =>
        Encode(w, Hidden(w, waves, maskTimeIndices), null, wanted, take);

    /// <summary>
    /// Upstream's batches of sounds that were filled up to one length: padded frames are set to zero before the positional convolution and are not
    /// attended to, but they are computed, and a norm over time in the stem takes the padding for sound. A sound's values depend on its company.
    /// </summary>
    /// <param name="w">Where everything lives.</param>
    /// <param name="inputValues">[batch, samples].</param>
    /// <param name="attentionMask">[batch * samples]; each row begins with its real samples.</param>
    /// <param name="wanted">As above.</param>
    /// <param name="take">As above.</param>
    public void UpstreamPadded(Workspace w, Tensor inputValues, bool[] attentionMask, bool[] wanted, Action<int, Tensor> take)
    {
        Tensor x = Hidden(w, inputValues, null);
        int batch = x.Size(0), frames = x.Size(1), samples = inputValues.Size(1);
        var seen = new bool[batch * frames];
        for (int item = 0; item < batch; item++)
        {
            int real = attentionMask.AsSpan(item * samples, samples).Count(true);
            int kept = real < config.Field ? 0 : ((real - config.Field) / config.Stride) + 1;
            seen.AsSpan(item * frames, kept).Fill(true);
            x.Span.Slice(((item * frames) + kept) * config.HiddenSize, (frames - kept) * config.HiddenSize).Clear();
        }

        Encode(w, x, Tensor.From(seen, batch, 1, 1, frames), wanted, take);
    }

    private Tensor Hidden(Workspace w, Tensor waves, bool[]? maskTimeIndices)
    {
        Tensor x;
        using (Workspace.Scope scope = w.Begin())
            x = scope.Return(Project(w, Stem.Forward(w, waves)));
        for (int t = 0; t < maskTimeIndices?.Length; t++)
        {
            if (maskTimeIndices[t])
            {
                Parameter vector = masked
                    ?? throw new ModelFileException("[mert] There is no masked_spec_embed in this model: no frame can be masked.");
                vector.Value.Span.CopyTo(x.Span.Slice(t * config.HiddenSize, config.HiddenSize));
            }
        }

        return x;
    }

    private void Encode(Workspace w, Tensor x, Tensor? seen, bool[] wanted, Action<int, Tensor> take)
    {
        int last = Array.LastIndexOf(wanted, true);
        x = Next(w, x, x =>
        {
            Tensor placed = Position.Forward(w, x, residual: x);
            return config.StableLayerNorm ? placed : norm.Forward(w, placed);
        });
        for (int i = 0; i <= last; i++)
        {
            bool final = i == layers.Length;
            if (wanted[i])
            {
                using Workspace.Scope scope = w.Begin();
                take(i, final && config.StableLayerNorm ? norm.Forward(w, x) : x);
            }

            if (i < last)
            {
                MertLayer layer = layers[i];
                x = Next(w, x, x => layer.Forward(w, x, seen));
            }
        }
    }

    /// <summary>What a part makes of x, whose memory serves the next part: the values are not copied.</summary>
    private static Tensor Next(Workspace w, Tensor x, Func<Tensor, Tensor> part)
    {
        Tensor y;
        using (Workspace.Scope scope = w.Begin())
            y = scope.Return(part(x));
        x.Dispose();
        return y;
    }
}
