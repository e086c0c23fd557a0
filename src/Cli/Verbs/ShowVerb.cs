using System.CommandLine;
using System.Globalization;
using Euterpe.Tasks;

namespace Euterpe.Cli.Verbs;

internal sealed class ShowVerb : Verb
{
    private const int FewTensors = 20;

    private readonly Argument<string> _model = new("MODEL") { Description = "A model folder, a weight file, or the name of a built-in model." };
    private readonly Option<bool> _all = new("--all") { Description = $"List every tensor, not the first {FewTensors}." };

    public ShowVerb(SharedOptions shared)
        : base(shared, "show", "Tells what a model holds and what it can do. A file that must not be trusted is refused.", "euterpe show models/clap-htsat-unfused")
    {
        Command.Arguments.Add(_model);
        Command.Options.Add(_all);
    }

    protected override int Run(ParseResult parsed, Session session)
    {
        ShowResult result = ShowTask.Run(parsed.GetValue(_model)!);
        if (session.Json)
            JsonReport.Write(session.Output, result);
        else
            Print(result, parsed.GetValue(_all), session.Output);
        return Exit.Done;
    }

    private static void Print(ShowResult r, bool all, TextWriter output)
    {
        Line("model", r.Path);
        Line("architecture", r.Architecture ?? "not known");
        Line("format", r.Format);
        if (r.Tensors.Count > 0)
            Line("parameters", string.Create(CultureInfo.InvariantCulture, $"{r.Parameters:N0} in {Text.Plural(r.Tensors.Count, "tensor")}"));
        Line("can", r.Abilities.Count > 0 ? string.Join(", ", r.Abilities) : "nothing here yet: it can be looked at only");
        foreach (ShownFact fact in r.Facts)
            Line(fact.Name, fact.Value);
        foreach (string note in r.Notes)
            Line("note", note);
        if (r.Tensors.Count == 0)
            return;
        output.WriteLine();
        foreach (ShownTensor tensor in all ? r.Tensors : r.Tensors.Take(FewTensors))
            output.WriteLine($"{tensor.Type,-5} {"[" + string.Join(", ", tensor.Shape) + "]",-22} {Text.Safe(tensor.Name)}");
        if (!all && r.Tensors.Count > FewTensors)
            output.WriteLine($"... and {r.Tensors.Count - FewTensors:N0} more; --all lists them.");

        void Line(string name, string value) => output.WriteLine($"{name,-13} {Text.Safe(value)}");
    }
}
