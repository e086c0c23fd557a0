using Euterpe.Tokens.Unicode;

namespace Euterpe.Tokens.Patterns;

/// <summary>A set of code points: a bitmap for ASCII, a rule for the rest.</summary>
internal sealed class CharacterSet
{
    private readonly UInt128 _ascii;
    private readonly Func<int, bool> _rule;

    public CharacterSet(Func<int, bool> rule)
    {
        _rule = rule;
        for (int i = 0; i < 128; i++)
        {
            _ascii |= rule(i) ? UInt128.One << i : 0;
        }
    }

    public static CharacterSet Range(int first, int last) => new(rune => rune >= first && rune <= last);

    public bool Has(int rune) => rune < 128 ? (_ascii >> rune & 1) != 0 : _rule(rune);

    public CharacterSet Not() => new(rune => !Has(rune));

    /// <summary>Also what differs in case only (simple folding).</summary>
    public CharacterSet IgnoreCase() => new(rune => Has(rune) || Runes.SameFold(rune).Any(Has));

    /// <summary>A general category (L, Lu, N, Nd ...) or one of the few other properties; null for a name that is not read.</summary>
    public static CharacterSet? Property(string name)
    {
        string key = name.Replace("_", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal).ToUpperInvariant();
        Func<int, bool>? rule = key switch
        {
            "WHITESPACE" or "SPACE" => Runes.IsWhiteSpace,
            "LETTER" => Runes.IsLetter,
            "NUMBER" => Runes.IsNumber,
            "PUNCTUATION" => rune => Runes.Category(rune) is >= Category.Pc and <= Category.Ps,
            "ANY" => _ => true,
            _ => null,
        };
        if (rule is null && key.Length is 1 or 2)
        {
            string[] names = Enum.GetNames<Category>();
            HashSet<Category> members = [.. names.Where(each => each.ToUpperInvariant().StartsWith(key,
                StringComparison.Ordinal)).Select(Enum.Parse<Category>)];
            bool[] table = [.. Enum.GetValues<Category>().Select(members.Contains)];
            rule = members.Count == 0 ? null : rune => table[(int)Runes.Category(rune)];
        }
        return rule is null ? null : new CharacterSet(rule);
    }
}
