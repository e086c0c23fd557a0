using Euterpe.Tokens.Patterns;
using Euterpe.Tokens.PreTokenizers;

namespace Euterpe.Tokens.Normalizers;

internal sealed class PrependNormalizer(int[] prefix) : INormalizer
{
    public Text Apply(Text text)
    {
        if (text.Count == 0)
        {
            return text;
        }
        var longer = new Text(text.Count + prefix.Length);
        foreach (int rune in prefix)
        {
            longer.Add(rune, text, 0);
        }
        longer.Add(text, 0, text.Count);
        return longer.Limited(text);
    }
}

internal sealed class ReplaceNormalizer(IPattern pattern, int[] content) : INormalizer
{
    public Text Apply(Text text)
    {
        var replaced = new Text(text.Count);
        int last = 0;
        foreach ((int start, int end) in pattern.Matches(text.Runes.ToArray(), 0, text.Count))
        {
            replaced.Add(text, last, start);
            foreach (int rune in content)
            {
                replaced.AddInserted(rune, text, end);
            }
            last = end;
            replaced.Limited(text);
        }
        replaced.Add(text, last, text.Count);
        return replaced;
    }
}

internal sealed class ByteLevelNormalizer : INormalizer
{
    public Text Apply(Text text)
    {
        var bytes = new Text(text.Count * 2);
        ByteAlphabet.Write(text, 0, text.Count, bytes);
        return bytes;
    }
}
