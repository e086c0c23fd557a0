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
        Description = "The catalogue's file. Default: EUTERPE_CATALOGUE, else euterpe/catalogue.db in the user's data folder (XDG_DATA_HOME or ~/.local/share).",
        HelpName = "FILE",
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

    public Option<int?> Threads { get; } = new("--threads") { Description = "Threads to compute with. Default: one a core. Results do not depend on it.", HelpName = "N" };

    public Option<int> Count { get; } = new("--count", "-n") { Description = "How many tracks at most.", HelpName = "N", DefaultValueFactory = _ => 10 };

    public ModelChoice ModelChoice(ParseResult parsed) => new(parsed.GetValue(Model), parsed.GetValue(Precision));
}
