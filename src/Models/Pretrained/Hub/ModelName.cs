using Euterpe.Numerics;
using Euterpe.Numerics.Files;

namespace Euterpe.Models.Pretrained.Hub;

/// <summary>A repository of the hub and, where it is said, a revision: <c>laion/clap-htsat-unfused@0c3f5c2</c>.</summary>
/// <param name="Repository">As the hub writes it: <c>organisation/name</c>, or a single name.</param>
/// <param name="Revision">A branch, a tag or a commit; null for the main branch.</param>
public sealed record ModelName(string Repository, string? Revision = null)
{
    /// <summary>The branch that is meant where none is named.</summary>
    public const string MainBranch = "main";

    private const int LongestRepository = 96, LongestRevision = 128;

    /// <summary>A name and, behind an @, its revision.</summary>
    /// <exception cref="OptionsException">It is not written as the hub writes names.</exception>
    public static ModelName Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int at = text.IndexOf('@', StringComparison.Ordinal);
        string repository = at < 0 ? text : text[..at];
        string? revision = at < 0 ? null : text[(at + 1)..];
        if (!IsRepository(repository))
            throw new OptionsException($"[pull] {FileText.Shown(text)} is no name of a model. Expected organisation/name, letters, digits, '-', "
                + "'_' and '.', "
                + "as laion/clap-htsat-unfused; @REVISION may follow.");
        if (revision is not null && !IsRevision(revision))
            throw new OptionsException($"[pull] {FileText.Shown(revision)} is no revision. Expected a branch, a tag or a commit, "
                + "as main or 40 hexadecimal digits.");
        return new ModelName(repository, revision);
    }

    /// <summary>Whether a text could be a name with or without a revision: it asks for nothing, and throws nothing.</summary>
    public static bool IsName(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int at = text.IndexOf('@', StringComparison.Ordinal);
        return at < 0 ? IsRepository(text) : IsRepository(text[..at]) && IsRevision(text[(at + 1)..]);
    }

    /// <summary>Whether a revision is a whole commit, which always means the same files.</summary>
    public static bool IsCommit(string revision)
    {
        ArgumentNullException.ThrowIfNull(revision);
        return revision.Length == 40 && revision.All(char.IsAsciiHexDigitLower);
    }

    /// <inheritdoc/>
    public override string ToString() => Revision is null ? Repository : $"{Repository}@{Revision}";

    internal static bool IsRepository(string name)
    {
        string[] parts = name.Split('/');
        return name.Length is > 0 and <= LongestRepository && parts.Length <= 2
            && parts.All(part => part.Length > 0 && part[0] is not ('-' or '.') && part[^1] is not ('-' or '.')
                && part.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
                && !part.Contains("--", StringComparison.Ordinal) && !part.Contains("..", StringComparison.Ordinal));
    }

    internal static bool IsRevision(string revision) => revision.Length is > 0 and <= LongestRevision
        && revision.Split('/').All(part => part.Length > 0 && part[0] is not ('-' or '.') && part[^1] != '.'
            && part.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') && !part.Contains("..", StringComparison.Ordinal));
}
