using System.CommandLine;
using Euterpe.Tasks;

namespace Euterpe.Cli.Verbs;

internal sealed class ListVerb : Verb
{
    private readonly Option<bool> _known = new("--known")
    {
        Description = "Also the published models that have a short name here and are not in "
        + "the cache."
    };

    public ListVerb(SharedOptions shared)
        : base(shared, "list", "Lists the models that are here: built in, or in the Hugging Face cache (HF_HOME).", "euterpe list") =>
            Command.Options.Add(_known);

    protected override int Run(ParseResult parsed, Session session)
    {
        ListResult result = ListTask.Run(new ListOptions(parsed.GetValue(_known)) { Variable = session.Surroundings.Variable }, session.Stop);
        if (session.Json)
            JsonReport.Write(session.Output, result);
        else
            Print(result, session.Output);
        return Exit.Done;
    }

    private static void Print(ListResult result, TextWriter output)
    {
        foreach (ListedModel model in result.Models)
        {
            string branches = model.Revisions.Count > 0 ? $" ({string.Join(", ", model.Revisions)})" : "";
            string revision = model.Commit is null ? "" : $"@{model.Commit[..Math.Min(12, model.Commit.Length)]}{branches}";
            output.WriteLine($"{Text.Safe(model.Name)}{revision}{(model.Alias is null ? "" : $", short: {model.Alias}")}");
            string size = model.State == "built in" ? "" : model.Bytes is { } bytes ? ", " + Text.Size(bytes) : "";
            string broken = model.UnfinishedBytes > 0 ? $", {Text.Size(model.UnfinishedBytes)} of a download that was broken off" : "";
            string missing = model.Missing.Count == 0 ? ""
                : $", lacks {Text.Safe(string.Join(", ", model.Missing.Take(4)))}{(model.Missing.Count > 4 ? " ..." : "")}";
            output.WriteLine($"  {model.State}{size}, {Text.Safe(model.Architecture ?? "kind not known")}{missing}{broken}");
            if (model.Licence is not null)
                output.WriteLine($"  licence: {Text.Safe(model.Licence.ToString())}");
            if (model.Abilities.Count > 0)
                output.WriteLine($"  can {string.Join(", ", model.Abilities)}");
            if (model.Note is not null)
                output.WriteLine($"  {Text.Safe(model.Note)}");
        }

        output.WriteLine($"Cache: {Text.Safe(result.Cache)}.");
    }
}
