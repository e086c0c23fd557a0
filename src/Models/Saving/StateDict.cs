using Euterpe.Layers;
using Euterpe.Tensors.Files;

namespace Euterpe.Models.Saving;

/// <summary>
/// A file of an unknown model: the state dict inside a training checkpoint, by the names that frameworks give it; the training's own state is left.
/// </summary>
internal static class StateDict
{
    private static readonly string[] Wrappers = ["state_dict/", "model_state_dict/", "best_state/", "model/", "ema/", "module/"];

    private static readonly string[] Training =
    [
        "optimizer", "optimizer_state_dict", "optimizer_states", "opt", "scheduler", "lr_scheduler", "lr_schedulers", "scaler", "last_optimizer_state",
        "callbacks", "loops",
    ];

    /// <summary>Wrapped, the wrapper is taken off; otherwise all names stay, paths joined by dots.</summary>
    public static Layout Of(Checkpoint file)
    {
        string? wrapper = Wrappers.FirstOrDefault(each => file.Names.Any(name => name.StartsWith(each, StringComparison.Ordinal)));
        return new Layout("state dict", entry =>
        {
            if (wrapper is not null && entry.Name.StartsWith(wrapper, StringComparison.Ordinal))
                return Placement.As(Dotted(entry.Name[wrapper.Length..]));
            int slash = entry.Name.IndexOf('/', StringComparison.Ordinal);
            return slash > 0 && Training.Contains(entry.Name[..slash]) ? Placement.Left("state of the training") : Placement.As(Dotted(entry.Name));
        });
    }

    private static string Dotted(string name) => name.Length == 0 ? "tensor" : name.Replace('/', '.');
}
