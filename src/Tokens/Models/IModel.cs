namespace Euterpe.Tokens.Models;

/// <summary>A token of a piece: its id and the range of the piece's text it covers.</summary>
internal readonly record struct ModelToken(int Id, int Start, int End);

/// <summary>What turns one piece into tokens.</summary>
internal interface IModel
{
    Vocabulary Vocabulary { get; }

    /// <summary>Appends the tokens of text[start, end).</summary>
    void Encode(Text text, int start, int end, List<ModelToken> to);
}
