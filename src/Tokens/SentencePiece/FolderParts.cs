using System.Text;
using Euterpe.Tokens.Decoders;
using Euterpe.Tokens.Models;
using Euterpe.Tokens.Normalizers;
using Euterpe.Tokens.PostProcessors;
using Euterpe.Tokens.Unicode;

namespace Euterpe.Tokens.SentencePiece;

/// <summary>A SentencePiece model as the model of a <see cref="Tokenizer"/>, with the ids of its class.</summary>
internal sealed class SentencePieceTokens(SentencePieceModel model, Vocabulary vocabulary, Func<int, int> map) : IModel
{
    public Vocabulary Vocabulary => vocabulary;

    public void Encode(Text text, int start, int end, List<ModelToken> to)
    {
        ReadOnlySpan<int> runes = text.Runes[start..end];
        var tokens = new List<ModelToken>(runes.Length / 3);
        model.Cut(runes, (id, from, until, _, _) => tokens.Add(new ModelToken(id, from, until)));
        foreach (ModelToken token in tokens)
        {
            // transformers goes by the string of an unknown piece, which may be that of a special one.
            int id = token.Id == model.Lexicon.Unknown ? model.Lexicon.Id(runes[token.Start..token.End]) : token.Id;
            to.Add(new ModelToken(map(id), start + token.Start, start + token.End));
        }
    }
}

/// <summary>
/// What T5's and Llama's classes do with "legacy": false. U+2581 is a space, the text gets one in front, and a part that begins with a
/// space keeps it: it is normalized behind the unknown token, which is taken away again.
/// </summary>
internal sealed class PartNormalizer(PieceNormalizer inner, string unknown, bool addPrefixSpace) : INormalizer
{
    private readonly int[] _unknown = Runes.Of(unknown);
    private readonly int _unknownLength = inner.Apply(Text.Of(Runes.Of(unknown))).Count;

    public Text Apply(Text text)
    {
        if (text.Count == 0)
        {
            return text;
        }
        int place = text.From(0);
        bool isFirst = addPrefixSpace && place == 0;
        bool guards = isFirst || text.Runes[0] is ' ' or PieceNormalizer.Space;
        var part = new Text(text.Count + _unknown.Length + 1);
        if (guards)
        {
            Array.ForEach(_unknown, rune => part.Add(rune, place, place));
        }
        if (isFirst)
        {
            part.Add(PieceNormalizer.Space, place, place);
        }
        for (int i = 0; i < text.Count; i++)
        {
            part.Add(text.Runes[i] == PieceNormalizer.Space ? ' ' : text.Runes[i], text, i);
        }
        Text normal = inner.Apply(part);
        if (!guards)
        {
            return normal;
        }
        var rest = new Text(normal.Count);
        rest.Add(normal, Math.Min(_unknownLength, normal.Count), normal.Count);
        return rest;
    }
}

/// <summary>T5's: each text ends with the end token, once.</summary>
internal sealed class EndProcessor((string Token, int Id) end) : IPostProcessor
{
    public int Added(bool pair) => pair ? 2 : 1;

    public List<Encoded> Apply(List<Encoded> parts, bool addSpecialTokens)
    {
        foreach (Encoded part in parts)
        {
            if (addSpecialTokens && (part.Length == 0 || part.Ids[^1] != end.Id))
            {
                part.Add(end.Id, end.Token, 0, 0, 0, special: true);
            }
        }
        var framed = new List<Encoded>(parts.Count);
        foreach (Encoded part in parts)
        {
            var plain = new Encoded(part.Length);
            plain.Add(part, 0);
            framed.Add(plain);
        }
        return framed;
    }
}

/// <summary>
/// Tokens to text as those classes do: tokens beyond the model's own stand alone between spaces, the pieces between special tokens are
/// decoded by SentencePiece.
/// </summary>
internal sealed class SentencePieceDecoder(SentencePieceModel model, IReadOnlyList<AddedToken> added) : IDecoder
{
    private const char Space = (char)PieceNormalizer.Space;

    private readonly Dictionary<string, bool> _standsAlone = added.ToDictionary(
        token => token.Content, token => token.Id >= model.VocabularySize || !token.Special, StringComparer.Ordinal);

    /// <summary>U+2581 in front of the first token goes.</summary>
    public bool DropsSpace { get; init; }

    public bool SpaceBeforeSpecial { get; init; }

    /// <summary>A space between a special token at the beginning and a token that has none.</summary>
    public bool SpaceAfterFirst { get; init; }

    /// <summary>No space before a special token at the beginning.</summary>
    public bool KeepsFirstTight { get; init; }

    /// <summary>White space at both ends goes.</summary>
    public bool Trims { get; init; }

    /// <summary>The tokens are joined and SentencePiece is not asked (XLM-RoBERTa).</summary>
    public bool JoinsOnly { get; init; }

    public List<string> Apply(List<string> tokens)
    {
        var parts = new List<string>();
        var run = new List<string>();
        foreach (string token in tokens)
        {
            if (!JoinsOnly && _standsAlone.GetValueOrDefault(token))
            {
                Flush(run, parts);
                parts.Add(token);
            }
            else
            {
                run.Add(token);
            }
        }
        Flush(run, parts);
        return [string.Join(' ', parts)];
    }

    private void Flush(List<string> run, List<string> parts)
    {
        if (run.Count > 0)
        {
            string text = JoinsOnly ? string.Concat(run).Replace(Space, ' ') : Joined(run);
            text = Trims ? text.Trim() : text;
            if (text.Length > 0)
            {
                parts.Add(text);
            }
            run.Clear();
        }
    }

    private string Joined(List<string> tokens)
    {
        if (DropsSpace && tokens[0].StartsWith(Space))
        {
            tokens[0] = tokens[0][1..];
        }
        var text = new StringBuilder();
        var pieces = new List<string>();
        bool afterSpecial = false;
        for (int i = 0; i < tokens.Count; i++)
        {
            if (!_standsAlone.ContainsKey(tokens[i]))
            {
                text.Append(afterSpecial && i == 1 && SpaceAfterFirst && !tokens[i].StartsWith(Space) ? " " : "");
                pieces.Add(tokens[i]);
                afterSpecial = false;
                continue;
            }
            // The space stands before the pieces, not behind them: so it is upstream.
            text.Append(!afterSpecial && SpaceBeforeSpecial && !(KeepsFirstTight && i == 0) ? " " : "");
            text.Append(model.DecodePieces(pieces)).Append(tokens[i]);
            pieces.Clear();
            afterSpecial = true;
        }
        return text.Append(model.DecodePieces(pieces)).ToString();
    }
}
