namespace Euterpe.Tokens.Patterns;

/// <summary>What a regular expression is made of.</summary>
internal abstract record Expression
{
    /// <summary>The shortest and longest match in code points; int.MaxValue where there is no longest.</summary>
    public abstract (int Shortest, int Longest) Width { get; }

    protected static int Sum(int a, int b) => a == int.MaxValue || b == int.MaxValue ? int.MaxValue : (int)Math.Min(int.MaxValue, (long)a + b);

    protected static int Product(int a, int b) => a == 0 || b == 0 ? 0 : (int)Math.Min(int.MaxValue, (long)a * b);

    internal sealed record One(CharacterSet Set) : Expression
    {
        public override (int Shortest, int Longest) Width => (1, 1);
    }

    internal sealed record Chain(IReadOnlyList<Expression> Parts) : Expression
    {
        public override (int Shortest, int Longest) Width { get; } =
            Parts.Aggregate((0, 0), (sum, part) => (Sum(sum.Item1, part.Width.Shortest), Sum(sum.Item2, part.Width.Longest)));
    }

    internal sealed record Either(IReadOnlyList<Expression> Ways) : Expression
    {
        public override (int Shortest, int Longest) Width { get; } = (Ways.Min(way => way.Width.Shortest), Ways.Max(way => way.Width.Longest));
    }

    internal sealed record Repeat(Expression Part, int Least, int Most, Greed Greed) : Expression
    {
        public override (int Shortest, int Longest) Width { get; } = (Product(Part.Width.Shortest, Least), Product(Part.Width.Longest, Most));
    }

    internal sealed record Look(Expression Part, bool Behind, bool Negative) : Expression
    {
        public override (int Shortest, int Longest) Width => (0, 0);
    }

    internal sealed record Atomic(Expression Part) : Expression
    {
        public override (int Shortest, int Longest) Width => Part.Width;
    }

    internal sealed record Anchor(AnchorKind Kind) : Expression
    {
        public override (int Shortest, int Longest) Width => (0, 0);
    }
}

internal enum Greed
{
    Greedy, Lazy, Possessive,
}

internal enum AnchorKind
{
    TextStart, TextEnd, TextEndOrNewline, LineStart, LineEnd, WordBorder, NoWordBorder,
}
