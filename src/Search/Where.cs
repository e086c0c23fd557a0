using System.Text;
using Euterpe.Numerics;
using Euterpe.Search.Filters;

namespace Euterpe.Search;

/// <summary>
/// A condition on tracks, such as <c>year>=1990 and genre~jazz</c>. It is decided here, track by track, and means the same for every database.
/// </summary>
/// <remarks>
/// Texts (title, artist, album, albumartist, genre, recording, release, artistid, path, file) are compared with <c>=</c> and <c>~</c> (contains); upper and lower case
/// are one, by Unicode's simple folding. Numbers (year, track, seconds, rate, channels) are compared with <c>= &lt; &lt;= &gt; &gt;=</c>; <c>year=1990..1999</c> is a range
/// with both ends, <c>seconds&gt;3:30</c> a time. A comparison with what a file does not have is false; <c>!=</c> and <c>!~</c> are the opposites of <c>=</c> and <c>~</c>, and so
/// true there; <c>has genre</c> asks for it. Conditions are joined by <c>not</c>, <c>and</c>, <c>or</c> (in this order of binding) and parentheses; values with spaces or parentheses stand in quotes.
/// </remarks>
public sealed class Where
{
    private readonly Node root;

    private Where(Node root) => this.root = root;

    /// <summary>The names of all fields.</summary>
    public static IReadOnlyList<string> Fields { get; } = [.. Field.All.Select(field => field.Name)];

    /// <summary>Reads a condition.</summary>
    /// <exception cref="OptionsException">It is none; the message says where, and what was expected.</exception>
    public static Where Parse(string text) => new(new Parser(text).All());

    /// <summary>Whether a track meets the condition.</summary>
    public bool Matches(Track track) => root.Matches(track);

    /// <summary>The condition as it was understood: text that is parsed to the same.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        root.Write(text);
        return text.ToString();
    }
}
