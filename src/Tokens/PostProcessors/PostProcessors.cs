using Euterpe.Tokens.PreTokenizers;
using Euterpe.Tokens.Unicode;

namespace Euterpe.Tokens.PostProcessors;

/// <summary>Adds what stands before, between and after the texts. It gets one or two encodings and gives back some.</summary>
internal interface IPostProcessor
{
    /// <summary>How many tokens it adds to one text or to a pair.</summary>
    int Added(bool pair);

    /// <summary>Whether the second text of a pair stands before the first.</summary>
    bool SecondFirst => false;

    List<Encoded> Apply(List<Encoded> parts, bool addSpecialTokens);
}

/// <summary>One processor after the other; at most one of them may add tokens, since the next would see parts of a text as texts.</summary>
internal sealed class PostProcessorSequence : IPostProcessor
{
    private readonly IReadOnlyList<IPostProcessor> parts;

    public PostProcessorSequence(IReadOnlyList<IPostProcessor> parts, string where)
    {
        this.parts = parts.Count(part => part is not ByteLevelProcessor) <= 1 ? parts
            : throw new InvalidDataException($"[tokenizer] {where}: more than one processor that adds tokens.");
    }

    public bool SecondFirst => parts.Any(part => part.SecondFirst);

    public int Added(bool pair) => parts.Sum(part => part.Added(pair));

    public List<Encoded> Apply(List<Encoded> encodings, bool addSpecialTokens) =>
        parts.Aggregate(encodings, (current, part) => part.Apply(current, addSpecialTokens));
}

/// <summary>Takes the spaces out of the offsets where it is asked to; adds nothing.</summary>
internal sealed class ByteLevelProcessor(bool addPrefixSpace, bool trimOffsets) : IPostProcessor
{
    public int Added(bool pair) => 0;

    public List<Encoded> Apply(List<Encoded> parts, bool addSpecialTokens)
    {
        if (trimOffsets)
        {
            parts.ForEach(part => TrimOffsets(part, addPrefixSpace));
        }
        return parts;
    }

    public static void TrimOffsets(Encoded encoding, bool addPrefixSpace)
    {
        for (int i = 0; i < encoding.Length; i++)
        {
            int[] token = Runes.Of(encoding.Tokens[i]);
            int leading = 0, trailing = 0;
            while (leading < token.Length && IsSpace(token[leading]))
            {
                leading++;
            }
            while (trailing < token.Length && IsSpace(token[^(trailing + 1)]))
            {
                trailing++;
            }
            (int start, int end) = encoding.Offsets[i];
            if (leading > 0)
            {
                // A single one may be the one that was put in front; of more, none was.
                leading = leading == 1 && (i == 0 || start == 0) && addPrefixSpace ? 0 : leading;
                start = Math.Min(start + leading, end);
            }
            if (trailing > 0 && end >= trailing)
            {
                end = Math.Max(end - trailing, start);
            }
            encoding.Move(i, start, end);
        }
    }

    private static bool IsSpace(int rune) => rune == ByteAlphabet.Rune((byte)' ') || Runes.IsWhiteSpace(rune);
}

/// <summary>RoBERTa's: &lt;s&gt; A &lt;/s&gt;, and &lt;s&gt; A &lt;/s&gt;&lt;/s&gt; B &lt;/s&gt; for a pair, one type id for all. BERT's: [CLS] A
/// [SEP] B [SEP].</summary>
internal sealed class SentencePairProcessor(
    (string Token, int Id) first, (string Token, int Id) separator, bool roberta, bool trimOffsets, bool addPrefixSpace) : IPostProcessor
{
    public int Added(bool pair) => !pair ? 2 : roberta ? 4 : 3;

    /// <summary>With what a configuration of RoBERTa's class says; BERT's has no such choice.</summary>
    public SentencePairProcessor Configured(bool trims, bool prefixSpace) =>
        roberta ? new SentencePairProcessor(first, separator, roberta, trims, prefixSpace) : this;

    public List<Encoded> Apply(List<Encoded> parts, bool addSpecialTokens)
    {
        var framed = new List<Encoded>();
        for (int i = 0; i < parts.Count; i++)
        {
            if (trimOffsets)
            {
                ByteLevelProcessor.TrimOffsets(parts[i], addPrefixSpace);
            }
            int type = roberta ? 0 : i;
            var part = new Encoded(parts[i].Length + 2);
            if (addSpecialTokens && (i == 0 || roberta))
            {
                (string token, int id) = i == 0 ? first : separator;
                part.Add(id, token, 0, 0, type, special: true);
            }
            part.Add(parts[i], type);
            if (addSpecialTokens)
            {
                part.Add(separator.Id, separator.Token, 0, 0, type, special: true);
            }
            framed.Add(part);
        }
        return framed;
    }
}

/// <summary>A piece of a template: a text (0 or 1), or a special token.</summary>
internal sealed record TemplatePiece(int? Text, IReadOnlyList<(string Token, int Id)> Special, int TypeId);

internal sealed class TemplateProcessor(IReadOnlyList<TemplatePiece> single, IReadOnlyList<TemplatePiece> pair) : IPostProcessor
{
    public bool SecondFirst => pair.FirstOrDefault(piece => piece.Text is not null)?.Text == 1;

    public int Added(bool isPair) => (isPair ? pair : single).Sum(piece => piece.Special.Count);

    public List<Encoded> Apply(List<Encoded> parts, bool addSpecialTokens)
    {
        var framed = new List<Encoded>();
        foreach (TemplatePiece piece in parts.Count == 1 ? single : pair)
        {
            var part = new Encoded();
            if (piece.Text is int which)
            {
                part.Add(parts[which], piece.TypeId);
            }
            else if (addSpecialTokens)
            {
                foreach ((string token, int id) in piece.Special)
                {
                    part.Add(id, token, 0, 0, piece.TypeId, special: true);
                }
            }
            framed.Add(part);
        }
        return framed;
    }
}
