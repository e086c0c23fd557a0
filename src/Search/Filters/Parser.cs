using System.Globalization;
using System.Text;
using Euterpe.Numerics;

namespace Euterpe.Search.Filters;

/// <summary>
/// <code>
/// any  := all { "or" all }
/// all  := one { "and" one }
/// one  := "not" one | "(" any ")" | "has" FIELD | FIELD ("=" | "==" | "!=" | "&lt;" | "&lt;=" | "&gt;" | "&gt;=" | "~" | "!~") VALUE
/// </code>
/// </summary>
internal sealed class Parser(string text)
{
    private const int LongestText = 65_536, Deepest = 100;
    private const string SomeCondition = "a condition such as genre~jazz";

    private int at;
    private int depth;

    public Node All()
    {
        if (text.Length > LongestText)
            throw new OptionsException($"[where] A condition has at most {LongestText} characters, and this one has {text.Length}.");
        Node node = Any();
        Blanks();
        return at == text.Length ? node : throw Expected("'and', 'or' or the end");
    }

    private Node Any() => Joined(all: false, "or", () => Joined(all: true, "and", One));

    private Node Joined(bool all, string word, Func<Node> next)
    {
        var parts = new List<Node> { next() };
        while (Word(word))
            parts.Add(next());
        return parts.Count == 1 ? parts[0] : new Joined(all, parts);
    }

    private Node One()
    {
        if (++depth > Deepest)
            throw Expected($"no more than {Deepest} parentheses and nots within one another");
        Node node = Word("not") ? new Opposite(One()) : Sign("(") ? Inner() : Word("has") ? new Has(FieldName()) : Comparison();
        depth--;
        return node;
    }

    private Node Inner()
    {
        Node node = Any();
        return Sign(")") ? node : throw Expected("')', 'and' or 'or'");
    }

    private Node Comparison()
    {
        Field field = FieldName();
        int place = at;
        string sign = Signs();
        if (sign.Length == 0)
            throw Expected($"{(field is TextField ? "= != ~ !~" : "= != < <= > >=")} after {field.Name}");
        switch (field, sign)
        {
            case (TextField name, "=" or "!=" or "~" or "!~"):
                Node has = new TextIs(name, sign.EndsWith('~'), CaseFold.Fold(Value()));
                return sign[0] == '!' ? new Opposite(has) : has;
            case (NumberField name, not ("~" or "!~")):
                return Number(name, sign);
            default:
                at = place;
                throw Expected(field is TextField ? $"= != ~ or !~, for {field.Name} is text" : $"= != < <= > or >=, for {field.Name} is a number");
        }
    }

    private Node Number(NumberField field, string sign)
    {
        Blanks();
        int place = at;
        string value = Value();
        int dots = sign is "=" or "!=" ? value.IndexOf("..", StringComparison.Ordinal) : -1;
        if (!TryNumber(dots < 0 ? value : value[..dots], out double first) || !TryNumber(dots < 0 ? value : value[(dots + 2)..], out double last))
        {
            at = place;
            throw Expected(sign is "=" or "!=" ? "a number such as 1990 or 3:30, or a range such as 1990..1999" : "a number such as 1990 or 3:30");
        }

        var node = new NumberIs(field, sign switch
        {
            "<" => Relation.Less,
            "<=" => Relation.LessOrEqual,
            ">" => Relation.Greater,
            ">=" => Relation.GreaterOrEqual,
            _ => Relation.Equal,
        }, first, last);
        return sign == "!=" ? new Opposite(node) : node;
    }

    /// <summary>A decimal number, or minutes and seconds, or hours, minutes and seconds.</summary>
    private static bool TryNumber(string value, out double number)
    {
        number = 0;
        string[] parts = value.Split(':');
        if (parts.Length > 3)
            return false;
        for (int i = 0; i < parts.Length; i++)
        {
            NumberStyles style = i == parts.Length - 1 ? NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent : NumberStyles.None;
            if (parts.Length == 1)
                style |= NumberStyles.AllowLeadingSign;
            if (!double.TryParse(parts[i], style, CultureInfo.InvariantCulture, out double part) || !double.IsFinite(part) || (i > 0 && part >= 60))
                return false;
            number = (number * 60) + part;
        }

        return true;
    }

    private Field FieldName()
    {
        Blanks();
        int place = at;
        string name = Letters();
        if (name.Length > 0 && Field.Named(name) is { } field)
            return field;
        at = place;
        throw name.Length == 0 ? Expected(SomeCondition) : Expected($"one of {string.Join(", ", Where.Fields)}");
    }

    private string Letters()
    {
        int start = at;
        while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] == '_'))
            at++;
        return text[start..at];
    }

    private string Signs()
    {
        Blanks();
        foreach (string sign in (ReadOnlySpan<string>)["==", "!=", "<=", ">=", "!~", "=", "<", ">", "~"])
        {
            if (Sign(sign))
                return sign == "==" ? "=" : sign;
        }

        return "";
    }

    private string Value()
    {
        Blanks();
        if (at < text.Length && text[at] is '"' or '\'')
            return Quoted(text[at]);
        int start = at;
        while (at < text.Length && !char.IsWhiteSpace(text[at]) && text[at] is not ('(' or ')' or '"' or '\''))
            at++;
        return at > start ? text[start..at] : throw Expected("a value; in quotes where it has spaces, parentheses or quotes, or is empty");
    }

    private string Quoted(char quote)
    {
        var value = new StringBuilder();
        for (at++; at < text.Length; at++)
        {
            if (text[at] == quote)
            {
                at++;
                return value.ToString();
            }

            if (text[at] == '\\' && at + 1 < text.Length)
                at++;
            value.Append(text[at]);
        }

        throw Expected($"a closing {quote}");
    }

    /// <summary>Takes a word if it stands here, in whatever case, and is not the beginning of a longer one.</summary>
    private bool Word(string word)
    {
        Blanks();
        int place = at;
        if (CaseFold.Fold(Letters()) == word)
            return true;
        at = place;
        return false;
    }

    private bool Sign(string sign)
    {
        Blanks();
        if (!text.AsSpan(at).StartsWith(sign, StringComparison.Ordinal))
            return false;
        at += sign.Length;
        return true;
    }

    private void Blanks()
    {
        while (at < text.Length && char.IsWhiteSpace(text[at]))
            at++;
    }

    private OptionsException Expected(string what)
    {
        Blanks();
        string rest = at >= text.Length ? "the end" : $"'{text.AsSpan(at, Math.Min(20, text.Length - at))}{(text.Length - at > 20 ? "..." : "")}'";
        return new OptionsException($"[where] At character {at + 1}, {what} must follow: found {rest}.");
    }
}
