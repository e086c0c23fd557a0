namespace Euterpe.Tokens;

/// <summary>A token that is cut out of the text before anything else happens to it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">Its text.</param>
/// <param name="SingleWord">Only where no word character stands beside it.</param>
/// <param name="LeftStrip">Takes the white space to its left with it.</param>
/// <param name="RightStrip">Takes the white space to its right with it.</param>
/// <param name="Normalized">Looked for in the normalized text instead of the raw one.</param>
/// <param name="Special">Left out by a decoder that skips special tokens.</param>
public sealed record AddedToken(
    int Id, string Content, bool SingleWord = false, bool LeftStrip = false, bool RightStrip = false, bool Normalized = false, bool Special = true);
