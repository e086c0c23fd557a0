using Euterpe.Tokens.Unicode;

namespace Euterpe.Tokens.Normalizers;

/// <summary>
/// BERT's: control characters go and white space becomes a space, spaces around Chinese characters, accents go, lower case.
/// What counts as Chinese is upstream's list, with its 0x2B920 where Unicode has 0x2B820.
/// </summary>
internal sealed class BertNormalizer(bool cleanText, bool chinese, bool? stripAccents, bool lowercase) : INormalizer
{
    private static readonly FormNormalizer s_nfd = new(NormalizationForm.Nfd);
    private static readonly LowercaseNormalizer s_lowercase = new();

    /// <summary>With what a configuration of BERT's class says; what it does not say is that class's default.</summary>
    public BertNormalizer Configured(bool? lower, bool? accents, bool? chineseCharacters) =>
        new(cleanText, chineseCharacters ?? true, accents, lower ?? true);

    public Text Apply(Text text)
    {
        if (cleanText || chinese)
        {
            text = Clean(text);
        }
        if (stripAccents ?? lowercase)
        {
            text = WithoutAccents(s_nfd.Apply(text));
        }
        return lowercase ? s_lowercase.Apply(text) : text;
    }

    private Text Clean(Text text)
    {
        var clean = new Text(text.Count);
        for (int i = 0; i < text.Count; i++)
        {
            int rune = text.Runes[i];
            if (chinese && IsChinese(rune))
            {
                clean.Add(' ', text, i);
                clean.Add(rune, text, i);
                clean.Add(' ', text, i);
            }
            else if (!cleanText || !IsControl(rune))
            {
                clean.Add(cleanText && Runes.IsWhiteSpace(rune) ? ' ' : rune, text, i);
            }
        }
        return clean;
    }

    private static Text WithoutAccents(Text text)
    {
        var kept = new Text(text.Count);
        for (int i = 0; i < text.Count; i++)
        {
            if (!UpstreamUnicode.IsNonspacing(text.Runes[i]))
            {
                kept.Add(text, i);
            }
        }
        return kept;
    }

    private static bool IsControl(int rune) => rune < 0x80 ? rune is (< 0x20 and not 9 and not 10 and not 13) or 0x7F
        : rune == 0xFFFD || Runes.Category(rune) is Category.Cc or Category.Co || UpstreamUnicode.IsFormat(rune);

    private static bool IsChinese(int rune) => rune >= 0x3400 && rune is (<= 0x4DBF) or (>= 0x4E00 and <= 0x9FFF) or (>= 0xF900 and <= 0xFAFF)
        or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B73F) or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B920 and <= 0x2CEAF)
        or (>= 0x2F800 and <= 0x2FA1F);
}
