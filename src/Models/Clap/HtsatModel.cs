using Euterpe.Layers;
using Euterpe.Tensors;
using static Euterpe.Tensors.Operations;

namespace Euterpe.Models.Clap;

/// <summary>What the audio tower gives.</summary>
/// <param name="Tokens">[batch, height * width, channels] of the last stage, normalized, in the order of the picture.</param>
/// <param name="Pooled">[batch, channels]: their mean.</param>
internal readonly record struct HtsatOutput(Tensor Tokens, Tensor Pooled);

/// <summary>HTSAT: a Swin transformer over a log-mel folded into a square.</summary>
internal sealed class HtsatModel : Module
{
    private readonly ClapAudioConfig config;
    private readonly HtsatPatches patches;
    private readonly HtsatStage[] stages;
    private readonly LayerNorm norm;

    public HtsatModel(Weights weights, ClapAudioConfig config)
        : base(weights)
    {
        this.config = config;
        patches = new HtsatPatches(weights, config);
        stages = new HtsatStage[config.Depths.Length];
        for (int i = 0; i < stages.Length; i++)
            stages[i] = new HtsatStage(weights.In("layers", i), config, i);
        norm = new LayerNorm(weights.In("norm"), config.HiddenSize);
    }

    /// <param name="w">Where the result lives.</param>
    /// <param name="features">[batch, 1 or 4, frames, bins], in dB.</param>
    /// <param name="longer">Fusion only: which sounds have crops of their own.</param>
    /// <param name="seen">Shown the patch embedding and the output of each stage: name and [batch * tokens, channels].</param>
    public HtsatOutput Forward(Workspace w, Tensor features, ReadOnlySpan<bool> longer, Action<string, Tensor>? seen = null)
    {
        int batch = features.Size(0);
        Tensor x = patches.Forward(w, features, longer);
        seen?.Invoke("patch_embed", x);
        for (int i = 0; i < stages.Length; i++)
        {
            using Workspace.Scope scope = w.Begin();
            x = scope.Return(stages[i].Forward(w, x));
            seen?.Invoke($"stage.{i}", x);
        }

        Tensor tokens = norm.Forward(w, x).Reshape(batch, -1, config.HiddenSize);
        return new HtsatOutput(tokens, Mean(w, tokens, 1));
    }

    /// <summary>The tokens as upstream's last_hidden_state, [batch, channels, rows of a strip, strips * columns].</summary>
    public Tensor Hidden(Workspace w, Tensor tokens)
    {
        int batch = tokens.Size(0), rows = stages[^1].Height, columns = stages[^1].Width, of = rows / config.FreqRatio;
        Tensor picture = tokens.Reshape(batch, config.FreqRatio, of, columns, config.HiddenSize); // [batch, strip, row of it, column, channels]
        return Contiguous(w, picture.Permute(0, 4, 2, 1, 3)).Reshape(batch, config.HiddenSize, of, config.FreqRatio * columns);
    }
}
