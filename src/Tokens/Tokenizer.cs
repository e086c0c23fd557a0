using Euterpe.Tokens.Decoders;
using Euterpe.Tokens.Files;
using Euterpe.Tokens.Models;
using Euterpe.Tokens.Normalizers;
using Euterpe.Tokens.PostProcessors;
using Euterpe.Tokens.PreTokenizers;
using Euterpe.Tokens.Unicode;

namespace Euterpe.Tokens;

/// <summary>
/// A text tokenizer, as Hugging Face's tokenizers has them: added tokens are cut out, the rest is normalized, pre-tokenized, given to the
/// model, and framed by the post-processor. Immutable; any number of threads may use it at once.
/// </summary>
public sealed class Tokenizer
{
    private readonly INormalizer? _normalizer;
    private readonly IPreTokenizer? _preTokenizer;
    private readonly IModel _model;
    private readonly IPostProcessor? _postProcessor;
    private readonly IDecoder? _decoder;
    private readonly AddedTokens _added;

    internal Tokenizer(TokenizerParts parts, TokenizerSettings settings, string where)
    {
        _normalizer = parts.Normalizer;
        _preTokenizer = parts.PreTokenizer;
        _model = parts.Model;
        _postProcessor = parts.PostProcessor;
        _decoder = parts.Decoder;
        foreach (AddedToken token in parts.Added)
        {
            if (_model.Vocabulary.Id(token.Content) is int known && known != token.Id)
            {
                throw new InvalidDataException($"{where}: the added token \"{token.Content}\" has id {token.Id}, but {known} in the vocabulary.");
            }
        }
        _added = new AddedTokens(parts.Added, _normalizer, where);
        Settings = settings;
        FileOptions = new EncodeOptions { Truncation = parts.Truncation, Padding = parts.Padding };
    }

    /// <summary>What tokenizer_config.json and special_tokens_map.json say beside the tokenizer itself.</summary>
    public TokenizerSettings Settings { get; }

    /// <summary>Truncation and padding as tokenizer.json holds them. Encode does not use them unless they are passed (transformers does not
    /// either).</summary>
    public EncodeOptions FileOptions { get; }

    /// <summary>One more than the largest id.</summary>
    public int VocabularySize => Math.Max(_model.Vocabulary.LargestId, _added.All.Select(token => token.Id).DefaultIfEmpty(-1).Max()) + 1;

    /// <summary>Tokens that are found in a text before anything else is done to it.</summary>
    public IEnumerable<AddedToken> AddedTokens => _added.All;

    /// <summary>
    /// Reads a tokenizer.json, or a folder with a tokenizer.json, or one with vocab.json and merges.txt, BERT's vocab.txt, or a SentencePiece
    /// model of T5, XLM-RoBERTa or Llama; tokenizer_config.json, special_tokens_map.json and added_tokens.json beside it are read too. A file that is broken, or asks for something that is not
    /// known here, is an <see cref="InvalidDataException"/> that names it.
    /// </summary>
    public static Tokenizer Load(string path) => TokenizerFolder.Load(path);

    /// <summary>Reads the bytes of a tokenizer.json.</summary>
    public static Tokenizer Read(ReadOnlyMemory<byte> tokenizerJson, string name = "tokenizer.json") =>
        TokenizerFolder.Read(tokenizerJson, null, name);

    /// <summary>The number of a token, spelled as in the vocabulary; null where there is none.</summary>
    public int? Id(string token) => _added.Id(token) ?? _model.Vocabulary.Id(token);

    /// <summary>The spelling of a number; null where there is none.</summary>
    public string? Token(int id) => _added.Token(id)?.Content ?? (_model.Vocabulary.TryToken(id, out string? token) ? token : null);

    /// <summary>Encodes one text, or a pair of texts. A lone surrogate counts as U+FFFD.</summary>
    public Encoded Encode(string text, string? pair = null, EncodeOptions? options = null)
    {
        Encoded encoding = Unpadded(text, pair, options ?? EncodeOptions.Default);
        if (options?.Padding is Padding padding)
        {
            encoding.Pad(padding.Length(encoding.Length), padding);
        }
        return encoding;
    }

    /// <summary>Encodes texts and pads them to one length where the options say so.</summary>
    public IReadOnlyList<Encoded> EncodeBatch(IReadOnlyList<string> texts, EncodeOptions? options = null)
    {
        Encoded[] encodings = [.. texts.Select(text => Unpadded(text, null, options ?? EncodeOptions.Default))];
        if (options?.Padding is Padding padding && encodings.Length > 0)
        {
            int length = padding.Length(encodings.Max(encoding => encoding.Length));
            Array.ForEach(encodings, encoding => encoding.Pad(length, padding));
        }
        return encodings;
    }

    /// <summary>The pieces of a text as the model gets them, added tokens not cut out: for those who want to look inside.</summary>
    public IReadOnlyList<string> PreTokenize(string text)
    {
        Text normal = Text.Of(Runes.Of(text));
        normal = _normalizer?.Apply(normal) ?? normal;
        var pieces = new Pieces(normal, [new Piece(0, normal.Count)]);
        pieces = _preTokenizer?.Apply(pieces) ?? pieces;
        return [.. pieces.Items.Select(piece => pieces.Text.Slice(piece.Start, piece.End))];
    }

    /// <summary>The text of ids; unknown ids are left out, as upstream does.</summary>
    public string Decode(IEnumerable<int> ids, bool skipSpecialTokens = false)
    {
        var tokens = new List<string>();
        foreach (int id in ids)
        {
            AddedToken? added = _added.Token(id);
            if (!(skipSpecialTokens && added is { Special: true }) && Token(id) is string token)
            {
                tokens.Add(token);
            }
        }
        string text = _decoder is null ? string.Join(' ', tokens) : string.Concat(_decoder.Apply(tokens));
        return Settings.CleanUpSpaces ? English.CleanUpSpaces(text) : text;
    }

    private Encoded Unpadded(string text, string? pair, EncodeOptions options)
    {
        List<Encoded> parts = pair is null ? [Plain(text, 0)] : [Plain(text, 0), Plain(pair, 1)];
        if (options.Truncation is Truncation truncation)
        {
            int added = options.AddSpecialTokens ? _postProcessor?.Added(pair is not null) ?? 0 : 0;
            Truncating.Apply(parts, truncation, added);
        }
        if (!parts.Exists(part => part.Overflow.Count > 0))
        {
            return Framed(parts, options);
        }
        Encoded whole = Framed([.. parts.Select(part => part.Copy())], options);
        whole.Overflow = [.. Windows(parts).Select(window => Framed([.. window.Select(part => part.Copy())], options))];
        return whole;
    }

    /// <summary>What stands in the windows that overflow, in upstream's order: each window of the text that comes first with the other text and
    /// its windows, then the text itself with the windows of the other.</summary>
    private IEnumerable<Encoded[]> Windows(List<Encoded> parts)
    {
        if (parts.Count == 1)
        {
            return parts[0].Overflow.Select(window => (Encoded[])[window]);
        }
        bool isSwapped = _postProcessor?.SecondFirst ?? false;
        (Encoded first, Encoded second) = isSwapped ? (parts[1], parts[0]) : (parts[0], parts[1]);
        IEnumerable<(Encoded First, Encoded Second)> pairs = first.Overflow.SelectMany(window => second.Overflow.Prepend(second)
            .Select(other => (window, other))).Concat(second.Overflow.Select(other => (first, other)));
        return pairs.Select(pair => isSwapped ? (Encoded[])[pair.Second, pair.First] : [pair.First, pair.Second]);
    }

    private Encoded Framed(List<Encoded> parts, EncodeOptions options)
    {
        parts = _postProcessor?.Apply(parts, options.AddSpecialTokens) ?? parts;
        if (parts.Count == 1)
        {
            return parts[0];
        }
        var whole = new Encoded(parts.Sum(part => part.Length));
        foreach (Encoded part in parts)
        {
            whole.Add(part);
        }
        return whole;
    }

    private Encoded Plain(string text, int typeId)
    {
        Pieces pieces = _added.Extract(Runes.Of(text));
        pieces = _preTokenizer?.Apply(pieces) ?? pieces;
        var encoding = new Encoded((pieces.Text.Count / 3) + 2);
        var tokens = new List<ModelToken>();
        int unknown = _model is UnigramModel unigram ? unigram.Unknown : -1;
        foreach (Piece piece in pieces.Items)
        {
            if (piece.Token >= 0)
            {
                (int from, int to) = piece.Length > 0 ? (pieces.Text.From(piece.Start), pieces.Text.To(piece.End - 1)) : (piece.From, piece.To);
                // With the white space it took: trimming offsets looks at it, as upstream.
                encoding.Add(piece.Token, pieces.Text.Slice(piece.Start, piece.End), from, to, typeId);
                continue;
            }
            tokens.Clear();
            _model.Encode(pieces.Text, piece.Start, piece.End, tokens);
            foreach (ModelToken token in tokens)
            {
                if (token.Id == unknown || !_model.Vocabulary.TryToken(token.Id, out string? name))
                {
                    name = pieces.Text.Slice(token.Start, token.End);
                }
                encoding.Add(token.Id, name, pieces.Text.From(token.Start), pieces.Text.To(token.End - 1), typeId);
            }
        }
        return encoding;
    }
}

/// <summary>What a tokenizer is put together from.</summary>
internal sealed record TokenizerParts(IModel Model, IReadOnlyList<AddedToken> Added)
{
    public INormalizer? Normalizer { get; init; }

    public IPreTokenizer? PreTokenizer { get; init; }

    public IPostProcessor? PostProcessor { get; init; }

    public IDecoder? Decoder { get; init; }

    public Truncation? Truncation { get; init; }

    public Padding? Padding { get; init; }
}
