using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Euterpe.Numerics;
using Euterpe.Tasks;

namespace Euterpe.Cli.Verbs;

internal sealed class EmbedVerb : Verb
{
    private readonly Argument<string[]> _files = new("FILE") { Description = "Sound files of any format.", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string?> _output = new("--output", "-o")
    {
        Description = "Where to write the vectors: NAME.npy (float32, a row a file) or NAME.json.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _frames = new("--frames")
    {
        Description = "Where to write the hidden states of each frame of one sound, NAME.npz (layerN: float32 [frames, dimension]), instead of a vector. "
            + "All of them, or those that --layer names.",
        HelpName = "FILE",
    };

    public EmbedVerb(SharedOptions shared)
        : base(shared, "embed", "Turns sounds into vectors that can be compared.", "euterpe embed kick.wav snare.flac -o drums.npy")
    {
        // A list of files would swallow a misspelt option.
        _files.Validators.Add(result =>
        {
            foreach (Token token in result.Tokens.Where(t => t.Value.StartsWith('-') && !File.Exists(t.Value)))
                result.AddError($"There is no option '{token.Value}'.");
        });
        Command.Arguments.Add(_files);
        Command.Options.Add(_output);
        Command.Options.Add(_frames);
        shared.AddModel(Command);
        Command.Options.Add(shared.Threads);
    }

    protected override int Run(ParseResult parsed, Session session)
    {
        if (parsed.GetValue(_frames) is { } frames)
            return Frames(parsed, frames, session);
        var options = new EmbedOptions
        {
            Files = parsed.GetValue(_files)!,
            Model = Shared.ModelChoice(parsed),
            Output = parsed.GetValue(_output),
            TellKey = session.Json,
        };
        EmbedResult result = options.Files.Count == 1
            ? EmbedTask.Run(options, session.Context, null, session.Stop)
            : session.WithProgress(progress => EmbedTask.Run(options, session.Context, progress, session.Stop));
        if (session.Json)
            JsonReport.Write(session.Output, result);
        else
            Print(result, session);
        return result.Failures.Count == 0 ? Exit.Done : Exit.Failed;
    }

    private int Frames(ParseResult parsed, string output, Session session)
    {
        string[] files = parsed.GetValue(_files)!;
        if (files.Length != 1 || parsed.GetValue(_output) is not null)
            throw new OptionsException("[embed] --frames writes the frames of one sound, and no vectors. Hint: one FILE, and no --output.");
        var options = new FramesOptions { File = files[0], Model = Shared.ModelChoice(parsed), Output = output };
        FramesResult result = FramesTask.Run(options, session.Context, session.Stop);
        if (session.Json)
        {
            JsonReport.Write(session.Output, result);
            return Exit.Done;
        }

        session.Output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Text.Safe(result.Output)}: {result.Frames:N0} frames of {result.Dimension} numbers, {result.FrameRate:0.###} a second, layers {string.Join(" ", result.Layers)}."));
        return Exit.Done;
    }

    private static void Print(EmbedResult result, Session session)
    {
        foreach (EmbeddedFile file in result.Files)
        {
            string numbers = result.Output is not null ? "" : string.Concat(file.Vector.Select(v => " " + v.ToString("R", CultureInfo.InvariantCulture)));
            session.Output.WriteLine($"{Text.Safe(file.Path)}{(numbers.Length > 0 ? ":" : "")}{numbers}");
        }

        if (result.Output is not null)
        {
            session.Output.WriteLine(
                $"{Text.Safe(result.Output)}: {Text.Plural(result.Files.Count, "vector")} of {result.Dimension} numbers by {Text.Safe(result.Model)}.");
        }

        if (result.Failures.Count > 0)
        {
            session.Error.WriteLine($"euterpe: {Text.Plural(result.Failures.Count, "file")} could not be used:");
            Text.Failures(session.Error, result.Failures, 20);
        }
    }
}
