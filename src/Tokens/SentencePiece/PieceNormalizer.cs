using System.Text;
using Euterpe.Tokens.Models;
using Euterpe.Tokens.Normalizers;

namespace Euterpe.Tokens.SentencePiece;

/// <summary>
/// SentencePiece's normalizer (normalizer.cc): the longest rule of the charsmap at each place, user-defined pieces left as they are, spaces
/// in front, at the end and in rows taken away, one added in front (or behind), and spaces written as U+2581.
/// A negative code point stands for a byte that is not UTF-8; it becomes U+FFFD, whatever the charsmap says.
/// </summary>
internal sealed class PieceNormalizer(PieceNormalization spec, PieceAutomaton? userDefined) : INormalizer
{
    public const int Space = 0x2581;

    public PieceNormalization Spec => spec;

    public Text Apply(Text text) => Apply(text, out _);

    /// <param name="text">What is to be normalized.</param>
    /// <param name="consumed">Where the last piece ends in the original: norm_to_orig's last entry.</param>
    public Text Apply(Text text, out int consumed)
    {
        ReadOnlySpan<int> source = text.Runes;
        var normal = new Text(source.Length + 1);
        var part = new List<int>();
        int at = 0;
        while (spec.RemoveExtraWhiteSpace && at < source.Length)
        {
            int length = Prefix(source[at..], part);
            if (part is not [' '])
            {
                break;
            }
            at += length;
        }
        consumed = Place(text, at);
        if (at == source.Length)
        {
            return normal;
        }
        int space = spec.EscapeWhiteSpace ? Space : ' ';
        if (spec.AddDummyPrefix && !spec.WhiteSpaceAsSuffix)
        {
            normal.Add(space, consumed, consumed);
        }
        bool afterSpace = spec.RemoveExtraWhiteSpace;
        while (at < source.Length)
        {
            int length = Prefix(source[at..], part), from = Place(text, at), to = text.To(at + length - 1), first = 0;
            while (afterSpace && first < part.Count && part[first] == ' ')
            {
                first++;
            }
            for (int i = first; i < part.Count; i++)
            {
                normal.Add(part[i] == ' ' ? space : part[i], from, to);
            }
            afterSpace = spec.RemoveExtraWhiteSpace && (first < part.Count ? part[^1] == ' ' : afterSpace);
            at += length;
            if (part.Count > length)
            {
                normal.Limited(text);
            }
        }
        consumed = Place(text, at);
        int count = normal.Count;
        while (spec.RemoveExtraWhiteSpace && count > 0 && normal.Runes[count - 1] == space)
        {
            consumed = normal.From(--count);
        }
        if (count < normal.Count)
        {
            var shorter = new Text(count + 1);
            for (int i = 0; i < count; i++)
            {
                shorter.Add(normal, i);
            }
            normal = shorter;
        }
        if (spec.AddDummyPrefix && spec.WhiteSpaceAsSuffix)
        {
            normal.Add(space, consumed, consumed);
        }
        return normal;
    }

    private static int Place(Text text, int at) => at < text.Count ? text.From(at) : at == 0 ? 0 : text.To(at - 1);

    /// <summary>How many code points the next rule takes, and what they become.</summary>
    private int Prefix(ReadOnlySpan<int> source, List<int> part)
    {
        part.Clear();
        int node = userDefined?.LongestAtStart(source) ?? 0;
        if (node != 0)
        {
            int length = userDefined!.Length(node);
            part.AddRange(source[..length]);
            return length;
        }
        ReadOnlySpan<byte> replacement = default;
        int taken = spec.Map?.Longest(source, out replacement) ?? 0;
        if (taken == 0)
        {
            part.Add(source[0] < 0 ? 0xFFFD : source[0]);
            return 1;
        }
        while (!replacement.IsEmpty)
        {
            Rune.DecodeFromUtf8(replacement, out Rune rune, out int bytes);
            part.Add(rune.Value);
            replacement = replacement[bytes..];
        }
        return taken;
    }
}
