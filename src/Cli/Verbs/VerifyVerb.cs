using System.CommandLine;
using System.Globalization;
using Euterpe.Tasks;

namespace Euterpe.Cli.Verbs;

internal sealed class VerifyVerb : Verb
{
    private readonly Argument<string> _model = new("MODEL")
    {
        Description = "A name that the cache holds, a model folder, a weight file, "
        + "or the name of a built-in model."
    };

    public VerifyVerb(SharedOptions shared)
        : base(shared, "verify", "Checks a model: its files by their hashes, its tensors by name and shape, "
            + "and by what it does whether it is trained, random or collapsed.",
            "euterpe verify laion/clap-htsat-unfused")
    {
        Command.Arguments.Add(_model);
        Command.Options.Add(shared.Threads);
    }

    protected override int Run(ParseResult parsed, Session session)
    {
        var options = new VerifyOptions(parsed.GetValue(_model)!) { Variable = session.Surroundings.Variable };
        VerifyResult result = session.WithProgress(progress => VerifyTask.Run(options, session.Context, progress, session.Stop));
        if (session.Json)
            JsonReport.Write(session.Output, result);
        else
            Print(result, session.Output);
        return result.Good ? Exit.Done : Exit.Failed;
    }

    private static void Print(VerifyResult result, TextWriter output)
    {
        output.WriteLine($"{Text.Safe(result.Model)}: {result.Verdict}. "
            + $"{Text.Safe(char.ToUpperInvariant(result.Reason[0]) + result.Reason[1..].TrimEnd('.'))}.");
        if (result.FilesChecked > 0)
            output.WriteLine($"  {Text.Plural(result.FilesChecked, "file has the hash", "files have the hashes")} by which the hub knows them.");
        foreach (VerifyFigure figure in result.Figures)
        {
            string mark = figure.Good is null ? " " : figure.Good.Value ? "+" : "-";
            string wanted = figure.Wanted.Length == 0 ? "" : $" ({figure.Wanted})";
            output.WriteLine($"{mark} {figure.Name,-17} {figure.Value.ToString("0.####", CultureInfo.InvariantCulture),-8} {figure.Meaning}{wanted}");
        }

        foreach (string problem in result.Problems)
            output.WriteLine("! " + Text.Safe(problem));
        foreach (string note in result.Notes)
            output.WriteLine("  note: " + Text.Safe(note));
    }
}
