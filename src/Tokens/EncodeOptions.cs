namespace Euterpe.Tokens;

/// <summary>Which end of a text something happens at.</summary>
public enum Side
{
    /// <summary>The end of the text.</summary>
    Right,

    /// <summary>Its beginning.</summary>
    Left,
}

/// <summary>What is shortened when a pair is too long.</summary>
public enum TruncationStrategy
{
    /// <summary>Token by token, always the longer one.</summary>
    LongestFirst,

    /// <summary>The first text only.</summary>
    OnlyFirst,

    /// <summary>The second text only.</summary>
    OnlySecond,
}

/// <summary>The largest number of tokens, those of the post-processor among them.</summary>
/// <param name="MaxLength">That number.</param>
/// <param name="Strategy">Which text of a pair is shortened.</param>
/// <param name="Side">The end that is cut off.</param>
/// <param name="KeepOverflow">What is cut off is kept as further windows (<see cref="Encoded.Overflow"/>).</param>
/// <param name="Stride">So many tokens of a window stand in the next one too; less than there is room for.</param>
public sealed record Truncation(
    int MaxLength, TruncationStrategy Strategy = TruncationStrategy.LongestFirst, Side Side = Side.Right, bool KeepOverflow = false, int Stride = 0);

/// <summary>What fills up shorter texts.</summary>
/// <param name="Id">The padding's id.</param>
/// <param name="Token">Its string.</param>
/// <param name="Side">Where it stands.</param>
/// <param name="FixedLength">Every text gets this length; null: that of the longest of the batch.</param>
/// <param name="MultipleOf">The length is rounded up to a multiple.</param>
/// <param name="TypeId">The padding's type id.</param>
public sealed record Padding(int Id, string Token, Side Side = Side.Right, int? FixedLength = null, int? MultipleOf = null, int TypeId = 0)
{
    /// <summary>A padded length beyond this is an error rather than an allocation.</summary>
    public const int LargestLength = 1 << 24;

    internal int Length(int longest)
    {
        long length = FixedLength ?? longest;
        length = MultipleOf is int m and > 0 ? (length + m - 1) / m * m : length;
        return length <= LargestLength ? (int)length
            : throw new ArgumentException($"[tokenizer] Padding to {length} tokens; at most {LargestLength} are allowed.");
    }
}

/// <summary>How a text is encoded. The default is that of transformers: with special tokens, neither truncated nor padded.</summary>
public sealed record EncodeOptions
{
    /// <summary>Special tokens, and nothing cut or padded.</summary>
    public static EncodeOptions Default { get; } = new();

    /// <summary>Adds what the tokenizer's post-processor adds: beginning, end, separators.</summary>
    public bool AddSpecialTokens { get; init; } = true;

    /// <summary>Null: nothing is cut.</summary>
    public Truncation? Truncation { get; init; }

    /// <summary>Null: nothing is padded.</summary>
    public Padding? Padding { get; init; }
}
