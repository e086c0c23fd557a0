using System.CommandLine;
using System.Globalization;
using Euterpe.Numerics;
using Euterpe.Tasks;

namespace Euterpe.Cli.Verbs;

/// <summary>The options that <c>similar</c>, <c>search</c> and <c>path</c> share: what may be found, and how it is printed.</summary>
internal sealed class FindArguments
{
    private readonly Option<string?> where = new("--where")
    {
        Description = "A condition that every result meets, such as 'year>=1990 and genre~jazz' (docs/cli.md).",
        HelpName = "CONDITION",
    };

    private readonly Option<string[]> exclude = new("--exclude") { Description = "Leave out this track or folder; may be given several times.", HelpName = "PATH" };
    private readonly Option<bool> versions = new("--all-versions") { Description = "List every version of a recording, not the best one only." };
    private readonly Option<bool> exact = new("--exact") { Description = "Look at every vector, also where an approximate index is there." };
    private readonly Option<bool> csv = new("--csv") { Description = "Print a CSV table." };
    private readonly Option<string?> m3u = new("--m3u") { Description = "Also write a playlist (M3U8); - prints it in place of the table.", HelpName = "FILE" };
    private readonly Option<bool> relative = new("--relative") { Description = "Paths in the playlist are relative to its folder (printed: to the current one)." };
    private readonly Option<string?> format = new("--format") { Description = "table, json, csv or m3u8. Default: table.", HelpName = "FORMAT" };

    public void AddTo(Command command, SharedOptions shared)
    {
        command.Options.Add(shared.Count);
        command.Options.Add(shared.Catalogue);
        shared.AddModel(command);
        foreach (Option option in (Option[])[where, exclude, versions, exact, csv, m3u, relative, format])
            command.Options.Add(option);
        command.Options.Add(shared.Threads);
    }

    public string? Where(ParseResult parsed) => parsed.GetValue(where);

    public string[] Exclude(ParseResult parsed) => parsed.GetValue(exclude) ?? [];

    public bool AllVersions(ParseResult parsed) => parsed.GetValue(versions);

    public bool Exact(ParseResult parsed) => parsed.GetValue(exact);

    /// <summary>Looked at before anything is computed.</summary>
    public Printed Printed(ParseResult parsed, Session session)
    {
        string? playlist = parsed.GetValue(m3u);
        string?[] asked =
        [
            session.Json ? "json" : null, parsed.GetValue(csv) ? "csv" : null, playlist == "-" ? "m3u8" : null, parsed.GetValue(format)?.ToLowerInvariant(),
        ];
        string[] formats = [.. asked.OfType<string>().Distinct()];
        if (formats.Length > 1)
            throw new OptionsException($"[format] One format can be printed, and these were asked for: {string.Join(", ", formats)}.");
        string one = formats.FirstOrDefault() switch
        {
            null => "table",
            "m3u" => "m3u8",
            "table" or "json" or "csv" or "m3u8" => formats[0],
            _ => throw new OptionsException($"[format] A format is table, json, csv or m3u8, and not {formats[0]}."),
        };
        if (playlist is "")
            throw new OptionsException("[m3u] A playlist needs a file's name, or - for the output.");
        return new Printed(one, playlist is "-" ? null : playlist, parsed.GetValue(relative));
    }

    public static (string What, double Value)? Strength(ParseResult parsed, Option<string?> option)
    {
        if (parsed.GetResult(option) is null)
            return null;
        string text = parsed.GetValue(option) ?? "0.5";
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            ? (text, value) : throw new OptionsException($"[diverse] The strength lies between 0 and 1, and is '{text}'. Hint: --diverse=0.5.");
    }
}

/// <summary>How a result goes out.</summary>
/// <param name="Format">table, json, csv or m3u8.</param>
/// <param name="Playlist">A file that is written besides; null: none.</param>
/// <param name="Relative">Whether a playlist's paths are relative.</param>
internal sealed record Printed(string Format, string? Playlist, bool Relative)
{
    public void Print<T>(Session session, T result, IReadOnlyList<PlaylistEntry> entries, Func<string> csv, Action table)
    {
        if (Playlist is not null)
            Tasks.Playlist.Write(Playlist, entries, Relative);
        switch (Format)
        {
            case "json":
                JsonReport.Write(session.Output, result);
                break;
            case "csv":
                session.Output.Write(csv());
                break;
            case "m3u8":
                session.Output.Write(Tasks.Playlist.Text(entries, Relative ? Environment.CurrentDirectory : null));
                break;
            default:
                table();
                break;
        }
    }
}
