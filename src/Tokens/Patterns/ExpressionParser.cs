using Euterpe.Tokens.Unicode;

namespace Euterpe.Tokens.Patterns;

/// <summary>
/// Reads the part of Oniguruma's syntax that tokenizers use: alternatives, groups (?: ?i: ?= ?! ?&lt;= ?&lt;! ?&gt;), classes with ranges, nesting
/// and &amp;&amp;,
/// \s \d \w \p{category}, repeats (greedy, lazy, possessive), anchors. Back references, scripts and the rest are refused by name.
/// </summary>
internal sealed class ExpressionParser
{
    private const int LargestLength = 10_000, LargestDepth = 64, LargestRepeat = 1000;

    private readonly int[] _text;
    private int _at;
    private int _depth;

    private ExpressionParser(string source)
    {
        _text = Runes.Of(source);
    }

    public static Expression Parse(string source)
    {
        if (source.Length > LargestLength)
        {
            throw new InvalidDataException($"[regex] An expression of {source.Length} characters; at most {LargestLength} are read.");
        }
        var parser = new ExpressionParser(source);
        Expression all = parser.Alternatives(ignoreCase: false);
        return parser._at == parser._text.Length ? all : throw parser.Refuse("a closing bracket without an opening one");
    }

    private int Peek(int ahead = 0) => _at + ahead < _text.Length ? _text[_at + ahead] : -1;

    private bool Take(string literal)
    {
        for (int i = 0; i < literal.Length; i++)
        {
            if (Peek(i) != literal[i])
            {
                return false;
            }
        }
        _at += literal.Length;
        return true;
    }

    private InvalidDataException Refuse(string what) => new($"[regex] {Runes.Text(_text.AsSpan(0, Math.Min(_text.Length, 200)))}: at {_at}: "
        + $"{what} is not read.");

    private Expression Alternatives(bool ignoreCase)
    {
        if (++_depth > LargestDepth)
        {
            throw Refuse($"nesting deeper than {LargestDepth}");
        }
        var ways = new List<Expression>();
        do
        {
            var parts = new List<Expression>();
            while (_at < _text.Length && Peek() is not ('|' or ')'))
            {
                if (Take("(?i)"))
                {
                    // An option without a group holds to the end of the group, alternatives included.
                    parts.Add(Alternatives(ignoreCase: true));
                    break;
                }
                parts.Add(Repeats(Atom(ignoreCase)));
            }
            ways.Add(parts.Count == 1 ? parts[0] : new Expression.Chain(parts));
        }
        while (Take("|"));
        _depth--;
        return ways.Count == 1 ? ways[0] : new Expression.Either(ways);
    }

    private Expression Repeats(Expression part)
    {
        for (int stacked = 0; ; stacked++)
        {
            int least, most;
            bool braces = false;
            if (Take("*"))
            {
                (least, most) = (0, int.MaxValue);
            }
            else if (Take("+"))
            {
                (least, most) = (1, int.MaxValue);
            }
            else if (Take("?"))
            {
                (least, most) = (0, 1);
            }
            else if (Peek() == '{')
            {
                (least, most) = Braces();
                braces = true;
            }
            else
            {
                return part;
            }
            Greed greed = Take("?") ? Greed.Lazy : !braces && Take("+") ? Greed.Possessive : Greed.Greedy;
            if (stacked > 2 || (part.Width.Shortest == 0 && most > 1))
            {
                throw Refuse("a repeat of what may be empty, or of many repeats,");
            }
            part = new Expression.Repeat(part, least, most, greed);
        }
    }

    private (int Least, int Most) Braces()
    {
        _at++;
        int least = Digits(), most = least;
        if (Take(","))
        {
            most = Digits();
            (least, most) = (Math.Max(0, least), most < 0 && least >= 0 ? int.MaxValue : most);
        }
        return Take("}") && least >= 0 && most >= least && least <= LargestRepeat && most is <= LargestRepeat or int.MaxValue
            ? (least, most) : throw Refuse($"this repeat (a count up to {LargestRepeat})");
    }

    private int Digits()
    {
        int value = -1;
        while (Peek() is >= '0' and <= '9')
        {
            value = Math.Min(LargestRepeat + 1, (Math.Max(0, value) * 10) + _text[_at++] - '0');
        }
        return value;
    }

    private Expression Atom(bool ignoreCase)
    {
        if (Take("("))
        {
            return Group(ignoreCase);
        }
        if (Take("["))
        {
            CharacterSet set = Class();
            return new Expression.One(ignoreCase ? set.IgnoreCase() : set);
        }
        if (Take("."))
        {
            return new Expression.One(CharacterSet.Range('\n', '\n').Not());
        }
        AnchorKind? anchor = Take("^") ? AnchorKind.LineStart : Take("$") ? AnchorKind.LineEnd : Take("\\A") ? AnchorKind.TextStart
            : Take("\\z") ? AnchorKind.TextEnd : Take("\\Z") ? AnchorKind.TextEndOrNewline : Take("\\b") ? AnchorKind.WordBorder : Take("\\B") ? AnchorKind.NoWordBorder : null;
        if (anchor is AnchorKind kind)
        {
            return new Expression.Anchor(kind);
        }
        if (Peek() is '*' or '+' or '?')
        {
            throw Refuse("a repeat of nothing");
        }
        CharacterSet one = Peek() == '\\' ? Escape(out _) : CharacterSet.Range(Peek(), _text[_at++]);
        return new Expression.One(ignoreCase ? one.IgnoreCase() : one);
    }

    private Expression Group(bool ignoreCase)
    {
        Func<Expression, Expression> wrap = part => part;
        if (Take("?"))
        {
            if (Take("i:"))
            {
                ignoreCase = true;
            }
            else if (Take("-i:"))
            {
                ignoreCase = false;
            }
            else if (Take("=") || Take("!"))
            {
                bool negative = _text[_at - 1] == '!';
                wrap = part => new Expression.Look(part, Behind: false, negative);
            }
            else if (Take("<=") || Take("<!"))
            {
                bool negative = _text[_at - 1] == '!';
                wrap = part => part.Width.Shortest == part.Width.Longest ? new Expression.Look(part, Behind: true, negative)
                    : throw Refuse("looking behind by more than one width");
            }
            else if (Take(">"))
            {
                wrap = part => new Expression.Atomic(part);
            }
            else if (!Take(":"))
            {
                throw Refuse("this kind of group");
            }
        }
        Expression inside = Alternatives(ignoreCase);
        return Take(")") ? wrap(inside) : throw Refuse("a group without an end");
    }

    private CharacterSet Class()
    {
        if (++_depth > LargestDepth)
        {
            throw Refuse($"nesting deeper than {LargestDepth}");
        }
        bool negated = Take("^");
        List<List<CharacterSet>> intersection = [[]];
        for (bool first = true; first || Peek() != ']'; first = false)
        {
            if (Peek() < 0)
            {
                throw Refuse("a class without an end");
            }
            if (Take("&&"))
            {
                intersection.Add([]);
            }
            else if (Peek() == '[' && Peek(1) == ':')
            {
                throw Refuse("a POSIX bracket");
            }
            else
            {
                intersection[^1].Add(Take("[") ? Class() : ClassItem());
            }
        }
        _at++;
        _depth--;
        if (intersection.Any(each => each.Count == 0))
        {
            throw Refuse("an empty class");
        }
        CharacterSet[][] sets = [.. intersection.Select(each => each.ToArray())];
        return new CharacterSet(rune => Array.TrueForAll(sets, set => Array.Exists(set, each => each.Has(rune))) != negated);
    }

    private CharacterSet ClassItem()
    {
        CharacterSet item = ClassCharacter(out int low);
        if (low < 0 || Peek() != '-' || Peek(1) is ']' or -1)
        {
            return item;
        }
        _at++;
        ClassCharacter(out int high);
        return high >= low ? CharacterSet.Range(low, high) : throw Refuse("a range that runs backwards");
    }

    private CharacterSet ClassCharacter(out int single)
    {
        if (Peek() == '\\')
        {
            return Escape(out single);
        }
        single = Peek() >= 0 ? _text[_at++] : throw Refuse("a class without an end");
        return CharacterSet.Range(single, single);
    }

    /// <summary>What follows a backslash; <paramref name="single"/> is the code point, or -1 for a set.</summary>
    private CharacterSet Escape(out int single)
    {
        _at++;
        single = -1;
        int c = Peek() >= 0 ? _text[_at++] : throw Refuse("a backslash at the end");
        switch (c)
        {
            case 's' or 'S':
                return Negate(new CharacterSet(Runes.IsWhiteSpace), c == 'S');
            case 'd' or 'D':
                return Negate(new CharacterSet(rune => Runes.Category(rune) == Category.Nd), c == 'D');
            case 'w' or 'W':
                return Negate(new CharacterSet(Runes.IsExpressionWord), c == 'W');
            case 'p' or 'P':
                return Property(c == 'P');
            case 'x' or 'u':
                single = Hexadecimal(c);
                break;
            case >= 'a' and <= 'z' or >= 'A' and <= 'Z' or >= '0' and <= '9':
                single = c switch
                {
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    'f' => '\f',
                    'v' => '\v',
                    'a' => '\a',
                    'e' => 0x1B,
                    _ => throw Refuse($"\\{(char)c}"),
                };
                break;
            default:
                single = c;
                break;
        }
        return CharacterSet.Range(single, single);
    }

    private static CharacterSet Negate(CharacterSet set, bool negate) => negate ? set.Not() : set;

    private CharacterSet Property(bool negated)
    {
        int end = Take("{") ? Array.IndexOf(_text, '}', _at) : -1;
        if (end < 0 || end - _at > 40)
        {
            throw Refuse("this property");
        }
        negated ^= Take("^");
        string name = Runes.Text(_text.AsSpan(_at, end - _at));
        CharacterSet set = CharacterSet.Property(name) ?? throw Refuse($"the property {name}");
        _at = end + 1;
        return negated ? set.Not() : set;
    }

    private int Hexadecimal(int kind)
    {
        bool braces = kind == 'x' && Take("{");
        int most = braces ? 6 : kind == 'x' ? 2 : 4, value = 0, count = 0;
        while (count < most && Peek() is int c and (>= '0' and <= '9' or >= 'a' and <= 'f' or >= 'A' and <= 'F'))
        {
            value = (value * 16) + (c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
            count++;
            _at++;
        }
        return count > 0 && value <= 0x10FFFF && (!braces || Take("}")) ? value : throw Refuse("this hexadecimal code");
    }
}
