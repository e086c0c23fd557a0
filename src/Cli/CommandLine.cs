using System.CommandLine;
using System.CommandLine.Parsing;
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
            [v => new EmbedVerb(v), v => new IndexVerb(v), v => new SimilarVerb(v), v => new SearchVerb(v)])
        {
            verb(shared).AddTo(root, output, error, surroundings);
        }

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
            string problems = string.Join(" ", parsed.Errors.Select(e => e.Message).Distinct());
            string verb = parsed.CommandResult.Command == root ? "" : parsed.CommandResult.Command.Name + " ";
            error.WriteLine($"euterpe: {problems.ReplaceLineEndings(" ")} Hint: euterpe {verb}--help");
            return Exit.Usage;
        }

        return parsed.Invoke(configuration);
    }
}

/// <summary>What the program's exit codes mean.</summary>
internal static class Exit
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int Usage = 2;
}
