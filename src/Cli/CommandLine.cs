using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Euterpe.Cli.Verbs;

namespace Euterpe.Cli;

/// <summary>From the arguments to a verb, and from its outcome to an exit code.</summary>
internal static class CommandLine
{
    public static int Run(IReadOnlyList<string> arguments, TextWriter output, TextWriter error, Surroundings surroundings)
    {
        var root = new RootCommand("Euterpe: music foundation models. Indexes your recordings and finds what sounds alike.");
        var shared = new SharedOptions();
        root.Options.Add(shared.Verbose);
        foreach (Func<SharedOptions, Verb> verb in (Func<SharedOptions, Verb>[])
            [
                v => new EmbedVerb(v),
                v => new IndexVerb(v),
                v => new WorkVerb(v),
                v => new ExplainVerb(v),
                v => new SimilarVerb(v),
                v => new SearchVerb(v),
                v => new PathVerb(v),
                v => new TagVerb(v),
                v => new PullVerb(v),
                v => new ListVerb(v),
                v => new ShowVerb(v),
                v => new RemoveVerb(v),
                v => new VerifyVerb(v),
                v => new ConvertVerb(v),
                v => new ExportVerb(v),
                v => new ImportVerb(v),
                v => new PruneVerb(v),
                v => new DoctorVerb(v),
            ])
        {
            verb(shared).AddTo(root, output, error, surroundings);
        }

        HelpOption help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExample((HelpAction)help.Action!);
        ParseResult parsed = root.Parse(arguments);
        var configuration = new InvocationConfiguration
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
        if (arguments.Count == 0)
        {
            root.Parse(["--help"]).Invoke(configuration);
            return Exit.Usage;
        }

        if (parsed.Errors.Count > 0)
        {
            // All problems in one line: a missing verb is said once only.
            bool unknownVerb = parsed.CommandResult.Command == root && parsed.UnmatchedTokens.Count > 0;
            string problems = unknownVerb
                ? $"There is no verb '{parsed.UnmatchedTokens[0]}'."
                : string.Join(" ", parsed.Errors.Select(e => e.Message).Distinct()).Replace(" as expected type 'System.Int32'", ": a whole number is expected", StringComparison.Ordinal);
            string verb = parsed.CommandResult.Command == root ? "" : parsed.CommandResult.Command.Name + " ";
            error.WriteLine($"euterpe: {Text.Safe(problems.ReplaceLineEndings(" "))} Hint: euterpe {verb}--help");
            return Exit.Usage;
        }

        return parsed.Invoke(configuration);
    }
}

/// <summary>The usual help, with the verb's example below it.</summary>
internal sealed class HelpWithExample(HelpAction usual) : SynchronousCommandLineAction
{
    // Who asks for help has not made a mistake yet.
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        int code = usual.Invoke(parseResult);
        string example = parseResult.CommandResult.Command is VerbCommand verb ? verb.Example : "euterpe index ~/Music && euterpe similar ~/Music/some.flac";
        TextWriter output = parseResult.InvocationConfiguration.Output;
        output.WriteLine("Example:");
        output.WriteLine("  " + example);
        return code;
    }
}

/// <summary>What the program's exit codes mean.</summary>
internal static class Exit
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int Usage = 2;
}
