using System.Globalization;
using System.Text;
using Euterpe.Tokens.Patterns;
using Euterpe.Tokens.PreTokenizers;
using Euterpe.Tokens.Unicode;

namespace Euterpe.Tokens.Decoders;

/// <summary>Turns token strings into pieces of text; a chain of these, joined, is the decoded text.</summary>
internal interface IDecoder
{
    List<string> Apply(List<string> tokens);
}

internal sealed class DecoderSequence(IReadOnlyList<IDecoder> parts) : IDecoder
{
    public List<string> Apply(List<string> tokens)
    {
        long length = tokens.Sum(token => (long)token.Length);
        foreach (IDecoder part in parts)
        {
            tokens = part.Apply(tokens);
            Growth.Check(tokens.Sum(token => (long)token.Length), length);
        }
        return tokens;
    }
}

/// <summary>A chain of replacements in a hostile file could grow a text without bound.</summary>
internal static class Growth
{
    private const int Allowance = 1 << 20, Most = 64;

    public static void Check(long length, long original)
    {
        if (length > Allowance + (original * Most))
        {
            throw new InvalidDataException($"[tokenizer] The decoder has made {length} characters of {original}. Hint: this tokenizer.json "
                + "is not one of a model.");
        }
    }
}

/// <summary>The bytes behind GPT-2's printable characters; invalid UTF-8 becomes U+FFFD. A token with any other character stands for
/// itself.</summary>
internal sealed class ByteLevelDecoder : IDecoder
{
    public List<string> Apply(List<string> tokens)
    {
        var bytes = new List<byte>();
        foreach (string token in tokens)
        {
            int[] runes = Runes.Of(token);
            bytes.AddRange(Array.TrueForAll(runes, rune => ByteAlphabet.Byte(rune) >= 0)
                ? runes.Select(rune => (byte)ByteAlphabet.Byte(rune)) : System.Text.Encoding.UTF8.GetBytes(token));
        }
        return [System.Text.Encoding.UTF8.GetString([.. bytes])];
    }
}

/// <summary>Runs of tokens like &lt;0xE2&gt; as UTF-8; a run that is not valid gives one U+FFFD a byte.</summary>
internal sealed class ByteFallbackDecoder : IDecoder
{
    private static readonly UTF8Encoding s_strict = new(false, throwOnInvalidBytes: true);

    public List<string> Apply(List<string> tokens)
    {
        var text = new List<string>(tokens.Count);
        var run = new List<byte>();
        foreach (string token in tokens)
        {
            if (token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>'
                && byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value))
            {
                run.Add(value);
                continue;
            }
            Flush(run, text);
            text.Add(token);
        }
        Flush(run, text);
        return text;
    }

    private static void Flush(List<byte> run, List<string> to)
    {
        if (run.Count == 0)
        {
            return;
        }
        try
        {
            to.Add(s_strict.GetString([.. run]));
        }
        catch (DecoderFallbackException)
        {
            to.AddRange(Enumerable.Repeat("\uFFFD", run.Count));
        }
        run.Clear();
    }
}

internal sealed class FuseDecoder : IDecoder
{
    public List<string> Apply(List<string> tokens) => [string.Concat(tokens)];
}

/// <summary>A suffix that ends words becomes a space, and nothing at the end.</summary>
internal sealed class EndSuffixDecoder(string suffix) : IDecoder
{
    public List<string> Apply(List<string> tokens) =>
        suffix.Length == 0 ? tokens : [.. tokens.Select((token, i)
            => token.Replace(suffix, i == tokens.Count - 1 ? "" : " ", StringComparison.Ordinal))];
}

internal sealed class ReplaceDecoder(IPattern pattern, string content) : IDecoder
{
    public List<string> Apply(List<string> tokens)
    {
        var replaced = new List<string>(tokens.Count);
        long original = 0, length = 0;
        foreach (string token in tokens)
        {
            replaced.Add(Replace(token));
            Growth.Check(length += replaced[^1].Length, original += token.Length);
        }
        return replaced;
    }

    private string Replace(string token)
    {
        int[] runes = Runes.Of(token);
        var text = new StringBuilder(token.Length);
        int last = 0;
        foreach ((int start, int end) in pattern.Matches(runes, 0, runes.Length))
        {
            text.Append(Runes.Text(runes.AsSpan(last, start - last))).Append(content);
            Growth.Check(text.Length, token.Length);
            last = end;
        }
        return text.Append(Runes.Text(runes.AsSpan(last))).ToString();
    }
}

/// <summary>Takes up to so many of one character from both ends of each token.</summary>
internal sealed class StripDecoder(int rune, int start, int stop) : IDecoder
{
    private readonly string content = Runes.Text([rune]);

    public List<string> Apply(List<string> tokens) => [.. tokens.Select(Strip)];

    private string Strip(string token)
    {
        int from = 0, to = token.Length, left = start, right = stop;
        while (left-- > 0 && token.AsSpan(from, to - from).StartsWith(content))
        {
            from += content.Length;
        }
        while (right-- > 0 && token.AsSpan(from, to - from).EndsWith(content))
        {
            to -= content.Length;
        }
        return token[from..to];
    }
}
