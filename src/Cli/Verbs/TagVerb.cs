using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Euterpe.Tasks;

namespace Euterpe.Cli.Verbs;

internal sealed class TagVerb : Verb
{
    private readonly Argument<string[]> sounds = new("SOUND")
    {
        Description = "Sound files, folders of them, tracks of the catalogue by the end of their path.",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string[]> labels = new("--labels")
    {
        Description = "Which words: genre, instrument, mood, tempo, texture, voice, or a file of your own (docs/models/tag.md). "
            + "May be given several times.",
        HelpName = "SET-OR-FILE",
        DefaultValueFactory = _ => ["genre"],
        AllowMultipleArgumentsPerToken = false,
    };

    private readonly Option<int> top = new("--top")
    {
        Description = "How many labels of a set at most.",
        HelpName = "N",
        DefaultValueFactory = _ => 5,
    };

    private readonly Option<double?> least = new("--least")
    {
        Description = "The score from which a label counts as given (*), 0 to 1. Default: what the set says.",
        HelpName = "SCORE",
    };

    private readonly Option<string?> reference = new("--reference")
    {
        Description = "A folder of sounds that others are compared with. Default: the sounds of the catalogue.",
        HelpName = "FOLDER",
    };

    private readonly Option<bool> sidecar = new("--sidecar") { Description = "Also write NAME.euterpe.json beside each sound." };
    private readonly Option<bool> writeTags = new("--write-tags")
    {
        Description = "Also write given labels into the sound file, as the tag that their set names (genre, mood). "
            + "The sound itself stays the same bytes.",
    };

    private readonly Option<bool> overwrite = new("--overwrite") { Description = "With --write-tags: also where the file has such a tag already." };

    public TagVerb(SharedOptions shared)
        : base(shared, "tag",
            "Says which words of a set fit a sound: genres, moods, instruments, your own. Needs a model that understands words, such as CLAP.",
            "euterpe tag song.flac --labels genre --labels mood --model models/clap-htsat-unfused")
    {
        // A list of files would swallow a misspelt option.
        sounds.Validators.Add(result =>
        {
            foreach (Token token in result.Tokens.Where(t => t.Value.StartsWith('-') && !File.Exists(t.Value)))
                result.AddError($"There is no option '{token.Value}'.");
        });
        Command.Arguments.Add(sounds);
        Command.Options.Add(labels);
        Command.Options.Add(top);
        Command.Options.Add(least);
        Command.Options.Add(sidecar);
        Command.Options.Add(writeTags);
        Command.Options.Add(overwrite);
        Command.Options.Add(reference);
        Command.Options.Add(shared.Catalogue);
        Command.Options.Add(shared.Model);
        Command.Options.Add(shared.Precision);
        Command.Options.Add(shared.Threads);
    }

    protected override int Run(ParseResult parsed, Session session)
    {
        var options = new TagOptions
        {
            Sounds = parsed.GetValue(sounds)!,
            Labels = parsed.GetValue(labels)!,
            Model = Shared.ModelChoice(parsed),
            Catalogue = Catalogue(parsed, session),
            Reference = parsed.GetValue(reference),
            Top = parsed.GetValue(top),
            Least = parsed.GetValue(least),
            Sidecar = parsed.GetValue(sidecar),
            WriteTags = parsed.GetValue(writeTags),
            Overwrite = parsed.GetValue(overwrite),
        };
        TagResult result = session.WithProgress(progress => TagTask.Run(options, session.Context, progress, session.Stop));
        if (session.Json)
            JsonReport.Write(session.Output, result);
        else
            Print(result, session);
        return result.Failures.Count == 0 ? Exit.Done : Exit.Failed;
    }

    /// <summary>One that is named must be there; the usual one only helps where it is.</summary>
    private string? Catalogue(ParseResult parsed, Session session)
    {
        string place = session.Catalogue(parsed.GetValue(Shared.Catalogue));
        bool named = !string.IsNullOrEmpty(parsed.GetValue(Shared.Catalogue));
        return named || Search.Catalogue.IsAddress(place) || File.Exists(place) ? place : null;
    }

    private static void Print(TagResult result, Session session)
    {
        int width = result.Sets.Max(set => set.Name.Length);
        foreach (TaggedFile file in result.Files)
        {
            session.Output.WriteLine(Text.Safe(file.Path));
            foreach (FileTags set in file.Sets)
            {
                string name = set.Set;
                foreach (TagScore label in set.Labels)
                {
                    string score = label.Score is { } known ? (100 * known).ToString("0.0", CultureInfo.InvariantCulture) + " %"
                        : label.Cosine.ToString("0.000", CultureInfo.InvariantCulture);
                    session.Output.WriteLine($"  {Text.Safe(name).PadRight(width)}  {score,7} {(label.Given ? '*' : ' ')} {Text.Safe(label.Label)}");
                    name = "";
                }
            }

            foreach (WrittenTag tag in file.Written)
                session.Output.WriteLine($"  {(tag.Changed ? "written" : "kept")}: {tag.Tag} = {Text.Safe(tag.Value)}");
            if (file.Sidecar is not null)
                session.Output.WriteLine($"  written: {Text.Safe(file.Sidecar)}");
        }

        foreach (TagSet set in result.Sets)
            session.Output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{Text.Safe(set.Name)}: {set.Meaning}; * from {100 * set.Least:0.#} %."));
        if (result.Reference is { } reference)
            session.Output.WriteLine($"Reference: {Text.Plural(reference.Sounds, "sound")} of {Text.Safe(reference.Place)}.");
        foreach (string note in result.Notes)
            session.Error.WriteLine("euterpe: " + Text.Safe(note));
        if (result.Failures.Count > 0)
        {
            session.Error.WriteLine($"euterpe: {Text.Plural(result.Failures.Count, "file")} could not be used:");
            Text.Failures(session.Error, result.Failures, 20);
        }
    }
}
