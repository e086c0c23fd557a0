using Euterpe.Tensors.Files;

namespace Euterpe.Layers;

/// <summary>
/// Where one tensor of a file goes under the model's own names. A layout answers with one of these for every name that it knows, and with null for
/// the others: those are reported, never passed over.
/// </summary>
public abstract record Placement
{
    private Placement()
    {
    }

    /// <summary>The same values under another name.</summary>
    public static Placement As(string name) => new Renamed(name);

    /// <summary>A matrix whose two sizes are exchanged ([in, out] of a Conv1D becomes [out, in]).</summary>
    public static Placement Transposed(string name) => new Turned(name);

    /// <summary>Equal parts along the first size, from the top: a fused query, key and value.</summary>
    public static Placement Rows(params ReadOnlySpan<string> names) => new Parts([.. names]);

    /// <summary>Part <paramref name="index"/> of <paramref name="count"/> that lie below each other in one tensor.</summary>
    public static Placement Into(string name, int index, int count) => new Joined(name, index, count);

    /// <summary>Read by nobody, and why.</summary>
    public static Placement Left(string reason) => new LeftOut(reason);

    /// <summary>The same with something before the model's names: a model that is part of another.</summary>
    public Placement Under(string prefix) => this switch
    {
        Renamed renamed => new Renamed(prefix + renamed.Name),
        Turned turned => new Turned(prefix + turned.Name),
        Parts parts => new Parts([.. parts.Names.Select(name => prefix + name)]),
        Joined joined => joined with { Name = prefix + joined.Name },
        _ => this,
    };

    internal sealed record Renamed(string Name) : Placement;

    internal sealed record Turned(string Name) : Placement;

    internal sealed record Parts(string[] Names) : Placement;

    internal sealed record Joined(string Name, int Index, int Count) : Placement;

    internal sealed record LeftOut(string Reason) : Placement;
}

/// <summary>How another project names and arranges the tensors of a model: one function from a tensor of its file to its place.</summary>
/// <param name="Name">What people call it: "LAION CLAP".</param>
/// <param name="Place">Null for a tensor that this layout does not know.</param>
public sealed record Layout(string Name, Func<CheckpointEntry, Placement?> Place)
{
    /// <summary>The names of the file are the model's.</summary>
    public static Layout Same { get; } = new("as in the file", entry => Placement.As(entry.Name));

    /// <summary>
    /// Hugging Face's names as its libraries write them now: weight norm is spelled as torch's parametrizations do, which older files spell weight_g
    /// and weight_v.
    /// </summary>
    public static Layout HuggingFace { get; } = new("Hugging Face", entry => Placement.As(WeightNorm(entry.Name)));

    /// <summary>weight_g and weight_v to parametrizations.weight.original0 and original1; other names stay.</summary>
    public static string WeightNorm(string name) =>
        name.EndsWith(".weight_g", StringComparison.Ordinal) ? name[..^8] + "parametrizations.weight.original0"
        : name.EndsWith(".weight_v", StringComparison.Ordinal) ? name[..^8] + "parametrizations.weight.original1" : name;
}
