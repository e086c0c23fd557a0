using System.Globalization;
using System.Text;

namespace Euterpe.Search.Filters;

/// <summary>One part of a condition. The kinds stand in this file, and there are no others.</summary>
internal abstract record Node
{
    public abstract bool Matches(Track track);

    /// <summary>Appends text that is parsed to this node again.</summary>
    public abstract void Write(StringBuilder to);
}

/// <summary>All of several, or one of several.</summary>
internal sealed record Joined(bool All, IReadOnlyList<Node> Parts) : Node
{
    public override bool Matches(Track track)
    {
        foreach (Node part in Parts)
        {
            if (part.Matches(track) != All)
                return !All;
        }

        return All;
    }

    public override void Write(StringBuilder to)
    {
        for (int i = 0; i < Parts.Count; i++)
        {
            to.Append(i == 0 ? "" : All ? " and " : " or ");
            bool inner = Parts[i] is Joined;
            to.Append(inner ? "(" : "");
            Parts[i].Write(to);
            to.Append(inner ? ")" : "");
        }
    }
}

internal sealed record Opposite(Node Of) : Node
{
    public override bool Matches(Track track) => !Of.Matches(track);

    public override void Write(StringBuilder to)
    {
        to.Append("not ");
        bool inner = Of is Joined;
        to.Append(inner ? "(" : "");
        Of.Write(to);
        to.Append(inner ? ")" : "");
    }
}

internal sealed record Has(Field Field) : Node
{
    public override bool Matches(Track track) => Field.IsIn(track);

    public override void Write(StringBuilder to) => to.Append("has ").Append(Field.Name);
}

/// <summary>A text is the other, or contains it; case does not count. A missing text is neither.</summary>
internal sealed record TextIs(TextField Field, bool Contains, string Folded) : Node
{
    public override bool Matches(Track track)
    {
        if (Field.Of(track) is not { } text)
            return false;
        string folded = CaseFold.Fold(text);
        return Contains ? folded.Contains(Folded, StringComparison.Ordinal) : folded == Folded;
    }

    public override void Write(StringBuilder to)
    {
        to.Append(Field.Name).Append(Contains ? '~' : '=').Append('"');
        foreach (char c in Folded)
            to.Append(c is '"' or '\\' ? "\\" : "").Append(c);
        to.Append('"');
    }
}

/// <summary>A number compared with another; equal is lying between two, which may be the same. A missing number is nothing of it.</summary>
internal sealed record NumberIs(NumberField Field, Relation Relation, double Value, double Last) : Node
{
    public override bool Matches(Track track) => Field.Of(track) is { } number && Relation switch
    {
        Relation.Equal => number >= Value && number <= Last,
        Relation.Less => number < Value,
        Relation.LessOrEqual => number <= Value,
        Relation.Greater => number > Value,
        _ => number >= Value,
    };

    public override void Write(StringBuilder to)
    {
        to.Append(Field.Name).Append(Relation switch
        {
            Relation.Equal => "=",
            Relation.Less => "<",
            Relation.LessOrEqual => "<=",
            Relation.Greater => ">",
            _ => ">=",
        });
        to.Append(Value.ToString(CultureInfo.InvariantCulture));
        if (Last != Value)
            to.Append("..").Append(Last.ToString(CultureInfo.InvariantCulture));
    }
}

internal enum Relation
{
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}
