using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Euterpe.Tasks.Tagging;

/// <summary>How cosines become scores that mean something.</summary>
internal enum Calibration
{
    /// <summary>One label is right: the softmax over the set of the model's own logits. The scores of a sound add up to 1.</summary>
    Softmax,

    /// <summary>Any number of labels may be right: the share of reference sounds that the label fits less well.</summary>
    Percentile,
}

/// <summary>Words that a sound may be tagged with, and how they are put to a model.</summary>
internal sealed record LabelSet
{
    /// <summary>What stands for a label's words in a template.</summary>
    public const string Place = "{label}";

    /// <summary>Its short name.</summary>
    public required string Name { get; init; }

    /// <summary>How cosines become scores.</summary>
    public required Calibration Calibration { get; init; }

    /// <summary>The labels, in the order of the file; equal scores stay in it.</summary>
    public required IReadOnlyList<Label> Labels { get; init; }

    /// <summary>Sentences with <see cref="Place"/> in them; the vectors of all of them are averaged.</summary>
    public IReadOnlyList<string> Templates { get; init; } = [Place];

    /// <summary>The score from which a label counts as given, 0 to 1.</summary>
    public double Least { get; init; }

    /// <summary>What cosines are multiplied by before the softmax; null: what the model has learned.</summary>
    public double? Scale { get; init; }

    /// <summary>The tag of a sound file that the labels belong to (<c>genre</c>); null where there is none.</summary>
    public string? Tag { get; init; }

    /// <summary>SHA-256 of all that has an influence on scores, lower-case hexadecimal: the same for another layout of the same file.</summary>
    public string Hash => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Text())));

    /// <summary>The texts of a label, in their order.</summary>
    internal IEnumerable<string> Texts(Label label) => label.Prompts.Count > 0
        ? label.Prompts
        : Templates.SelectMany(template => label.Words.Select(words => template.Replace(Place, words, StringComparison.Ordinal)));

    private string Text()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Name}\n{Calibration}\n{Scale:R}\n{Least:R}\n");
        foreach (Label label in Labels)
        {
            text.Append(CultureInfo.InvariantCulture, $"{label.Name}\n");
            foreach (string each in Texts(label))
                text.Append(CultureInfo.InvariantCulture, $"\t{each}\n");
        }

        return text.ToString();
    }
}

/// <summary>One label.</summary>
/// <param name="Name">What is printed and written.</param>
/// <param name="Synonyms">Words that go into the templates beside the name.</param>
/// <param name="Prompts">Whole texts instead of templates; empty where templates are used.</param>
internal sealed record Label(string Name, IReadOnlyList<string> Synonyms, IReadOnlyList<string> Prompts)
{
    internal IEnumerable<string> Words => Synonyms.Prepend(Name);
}
