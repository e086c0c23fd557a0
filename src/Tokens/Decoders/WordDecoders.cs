namespace Euterpe.Tokens.Decoders;

/// <summary>BERT's: a token with the prefix goes on with the word before it, any other follows a space.</summary>
internal sealed class WordPieceDecoder(string prefix, bool cleanup) : IDecoder
{
    public List<string> Apply(List<string> tokens)
    {
        var text = new List<string>(tokens.Count);
        for (int i = 0; i < tokens.Count; i++)
        {
            string token = tokens[i];
            string word = i == 0 ? token : token.StartsWith(prefix, StringComparison.Ordinal) ? token[prefix.Length..] : " " + token;
            text.Add(cleanup ? English.CleanUp(word) : word);
        }
        return text;
    }
}

/// <summary>Connectionist temporal classification: repetitions are one, the padding goes, delimiters are spaces.</summary>
internal sealed class CtcDecoder(string padding, string delimiter, bool cleanup) : IDecoder
{
    public List<string> Apply(List<string> tokens)
    {
        var text = new List<string>();
        for (int i = 0; i < tokens.Count; i++)
        {
            if (i > 0 && tokens[i] == tokens[i - 1])
            {
                continue;
            }
            string token = tokens[i].Replace(padding, "", StringComparison.Ordinal);
            if (cleanup)
            {
                token = English.CleanUp(token).Replace(delimiter, " ", StringComparison.Ordinal);
            }
            if (token.Length > 0)
            {
                text.Add(token);
            }
        }
        return text;
    }
}

/// <summary>English punctuation without the space before it.</summary>
internal static class English
{
    private static readonly (string From, string To)[] s_common =
        [(" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m")];

    private static readonly (string From, string To)[] s_last = [(" 's", "'s"), (" 've", "'ve"), (" 're", "'re")];

    /// <summary>As the crate tokenizers does it, with its odd " do not".</summary>
    public static string CleanUp(string text) =>
        !text.Contains(' ') ? text : Replace(Replace(text, s_common).Replace(" do not", " don't", StringComparison.Ordinal), s_last);

    /// <summary>As transformers' clean_up_tokenization does it.</summary>
    public static string CleanUpSpaces(string text) => Replace(Replace(text, s_common), s_last);

    private static string Replace(string text, (string From, string To)[] all) =>
        all.Aggregate(text, (current, each) => current.Replace(each.From, each.To, StringComparison.Ordinal));
}
