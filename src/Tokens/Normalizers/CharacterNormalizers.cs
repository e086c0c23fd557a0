using Euterpe.Tokens.Unicode;

namespace Euterpe.Tokens.Normalizers;

internal sealed class FormNormalizer(NormalizationForm form) : INormalizer
{
    public Text Apply(Text text)
    {
        foreach (int rune in text.Runes)
        {
            if (rune >= 0xA0)
            {
                var (runes, changes) = Normalization.Apply(text.Runes, form, asUpstream: true);
                return text.Transform(runes, changes);
            }
        }
        return text;
    }
}

internal sealed class LowercaseNormalizer : INormalizer
{
    public Text Apply(Text text)
    {
        var lower = new Text(text.Count);
        for (int i = 0; i < text.Count; i++)
        {
            int rune = text.Runes[i];
            lower.Add(Runes.Lower(rune), text, i);
            if (rune == 0x130)
            {
                lower.Add(0x307, text, i);
            }
        }
        return lower;
    }
}

internal sealed class StripNormalizer(bool left, bool right) : INormalizer
{
    public Text Apply(Text text)
    {
        int start = 0, end = text.Count;
        while (left && start < end && Runes.IsWhiteSpace(text.Runes[start]))
        {
            start++;
        }
        while (right && end > start && Runes.IsWhiteSpace(text.Runes[end - 1]))
        {
            end--;
        }
        return Keep.Where(text, (_, i) => i >= start && i < end);
    }
}

internal sealed class StripAccentsNormalizer : INormalizer
{
    public Text Apply(Text text) => Keep.Where(text, (rune, _) => !UpstreamUnicode.IsMark(rune));
}

/// <summary>SentencePiece's nmt rules: control characters go, odd spaces become spaces.</summary>
internal sealed class NmtNormalizer : INormalizer
{
    public Text Apply(Text text)
    {
        Text kept = Keep.Where(text, (rune, _) => rune is not ((>= 1 and <= 8) or 0xB or (>= 0xE and <= 0x1F) or 0x7F or 0x8F or 0x9F));
        var spaced = new Text(kept.Count);
        for (int i = 0; i < kept.Count; i++)
        {
            int rune = kept.Runes[i];
            bool space = rune is 9 or 0xA or 0xC or 0xD or 0x1680 or (>= 0x200B and <= 0x200F) or 0x2028 or 0x2029 or 0x2581 or 0xFEFF or 0xFFFD;
            spaced.Add(space ? ' ' : rune, kept, i);
        }
        return spaced;
    }
}

file static class Keep
{
    public static Text Where(Text text, Func<int, int, bool> keep)
    {
        var kept = new Text(text.Count);
        for (int i = 0; i < text.Count; i++)
        {
            if (keep(text.Runes[i], i))
            {
                kept.Add(text, i);
            }
        }
        return kept;
    }
}
