using System.CommandLine;
using System.Globalization;
using Euterpe.Tasks;

namespace Euterpe.Cli.Verbs;

internal sealed class ConvertVerb : Verb
{
    private const int FewLeft = 5;

    private readonly Argument<string> _model = new("MODEL")
    {
        Description = "A model folder or weight file of any layout that is read (Hugging Face, LAION CLAP, encodec, audiocraft, openai's Jukebox, "
            + "fairseq's MERT), or any file of PyTorch, safetensors or Keras.",
    };

    private readonly Option<string> _output = new("--output", "-o")
    {
        Description = "The folder to write; new or empty.",
        Required = true,
        HelpName = "FOLDER",
    };

    private readonly Option<string?> _precision = new("--precision")
    {
        Description = "In what type floats are saved: f32, bf16 or f16. Default: as they are.",
        HelpName = "TYPE",
    };

    private readonly Option<bool> _force = new("--force") { Description = "Write over the model that is in the folder." };

    private readonly Option<string?> _text = new("--text-encoder")
    {
        Description = "A folder of Hugging Face's layout with the text encoder, where the model's own files only name it (MusicGen's T5). "
            + "Default: the cache's.",
        HelpName = "FOLDER",
    };

    public ConvertVerb(SharedOptions shared)
        : base(shared, "convert", "Writes a model as config.json and model.safetensors, which Hugging Face's libraries and Euterpe load.",
            "euterpe convert music_audioset_epoch_15_esc_90.14.pt -o models/clap-music")
    {
        Command.Arguments.Add(_model);
        foreach (Option option in (Option[])[_output, _precision, _force, _text])
            Command.Options.Add(option);
    }

    protected override int Run(ParseResult parsed, Session session)
    {
        var options = new ConvertOptions(parsed.GetValue(_model)!, parsed.GetValue(_output)!, parsed.GetValue(_precision), parsed.GetValue(_force),
            parsed.GetValue(_text));
        ConvertResult result = session.WithProgress(progress => ConvertTask.Run(options, progress, session.Stop));
        if (session.Json)
            JsonReport.Write(session.Output, result);
        else
            Print(result, session.Output);
        return Exit.Done;
    }

    private static void Print(ConvertResult r, TextWriter output)
    {
        Line("layout", r.Layout);
        Line("architecture", r.Architecture ?? "not known");
        foreach (IGrouping<string, LeftTensor> group in r.Left.GroupBy(left => left.Reason))
        {
            string names = string.Join(", ", group.Take(FewLeft).Select(left => left.Name));
            Line("left out", $"{names}{(group.Count() > FewLeft ? $" and {group.Count() - FewLeft} more" : "")}: {group.Key}");
        }

        foreach (string note in r.Notes)
            Line("note", note);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Text.Safe(r.Folder)}: {Text.Plural(r.Tensors, "tensor")}, {r.Bytes / 1e6:0.0} MB, in {Text.Safe(string.Join(", ", r.Files))}."));

        void Line(string name, string value) => output.WriteLine($"{name,-13} {Text.Safe(value)}");
    }
}
