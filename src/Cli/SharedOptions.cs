using System.CommandLine;
using Euterpe.Tasks;

namespace Euterpe.Cli;

/// <summary>Options that mean the same for every verb that has them.</summary>
internal sealed class SharedOptions
{
    public Option<bool> Verbose { get; } = new("--verbose") { Description = "Print where in the program an error arose (also EUTERPE_DEBUG=1).", Recursive = true };

    public Option<bool> Json { get; } = new("--json") { Description = "Print the result as one JSON object (fields: docs/cli.md)." };

    public Option<string?> Catalogue { get; } = new("--catalogue")
    {
        Description = "The catalogue: a file, or postgres://user@host/database (docs/postgres.md). Default: EUTERPE_CATALOGUE, else euterpe/catalogue.db "
            + "in the user's data folder (XDG_DATA_HOME or ~/.local/share).",
        HelpName = "FILE-OR-ADDRESS",
    };

    public Option<string?> Model { get; } = new("--model")
    {
        Description = "The model: a name, or a folder of the Hugging Face layout.",
        HelpName = "NAME-OR-FOLDER",
    };

    public Option<string?> Precision { get; } = new("--precision")
    {
        Description = "How the model's weights are held: f32, or bf16 (half the memory). Default: f32, or what the catalogue was made with.",
        HelpName = "TYPE",
    };

    public Option<string?> Layer { get; } = new("--layer")
    {
        Description = "Which hidden states of a model of frames (MERT, HuBERT ...) make its vectors: a number, last, mean, or a weight for each "
            + "with commas between. Default: the middle one, or the catalogue's.",
        HelpName = "LAYER",
    };

    public Option<string?> Window { get; } = new("--window")
    {
        Description = "How many seconds a model of frames hears at once, and how many at each end are context only: 30 or 30,1. Default: 30,1, or the catalogue's.",
        HelpName = "SECONDS",
    };

    public Option<int?> Threads { get; } = new("--threads") { Description = "Threads to compute with. Default: one a core. Results do not depend on it.", HelpName = "N" };

    public Option<int> Count { get; } = new("--count", "-n") { Description = "How many tracks at most.", HelpName = "N", DefaultValueFactory = _ => 10 };

    public ModelChoice ModelChoice(ParseResult parsed) => new(parsed.GetValue(Model), parsed.GetValue(Precision), Frames(parsed));

    /// <summary>Adds the options that say which model, and how it is read.</summary>
    public void AddModel(Command command)
    {
        command.Options.Add(Model);
        command.Options.Add(Precision);
        command.Options.Add(Layer);
        command.Options.Add(Window);
    }

    private string? Frames(ParseResult parsed)
    {
        string[] window = parsed.GetValue(Window)?.Split(',', 2) ?? [];
        string[] parts =
        [
            .. parsed.GetValue(Layer) is { } layer ? [$"layer={string.Concat(layer.Where(c => !char.IsWhiteSpace(c)))}"] : Array.Empty<string>(),
            .. window.Length > 0 ? [$"window={window[0]}"] : Array.Empty<string>(),
            .. window.Length > 1 ? [$"margin={window[1]}"] : Array.Empty<string>(),
        ];
        return parts.Length == 0 ? null : string.Join(' ', parts);
    }
}
