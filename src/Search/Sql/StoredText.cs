using System.Text;

namespace Euterpe.Search.Sql;

/// <summary>Text as every database keeps it: whole characters, no NUL.</summary>
internal static class StoredText
{
    /// <summary>Text that must be kept as it is: paths, keys.</summary>
    public static string Exact(string text) => IsPlain(text) ? text
        : throw new ArgumentException("[catalogue] Text with NUL or half a surrogate pair cannot be kept: " + Clean(text));

    /// <summary>Text for people: what cannot be kept becomes U+FFFD.</summary>
    public static string Clean(string text)
    {
        if (IsPlain(text))
            return text;
        var clean = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes()) // half a pair comes as U+FFFD
            clean.Append(rune.Value == 0 ? "\uFFFD" : rune.ToString());
        return clean.ToString();
    }

    public static string? CleanOrNull(string? text) => text is null ? null : Clean(text);

    private static bool IsPlain(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c == 0 || char.IsLowSurrogate(c) || (char.IsHighSurrogate(c) && (i + 1 == text.Length || !char.IsLowSurrogate(text[++i]))))
                return false;
        }

        return true;
    }
}
