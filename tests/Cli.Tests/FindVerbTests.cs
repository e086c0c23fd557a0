using System.Text.Json;
using Euterpe.Search;
using Euterpe.Tasks;
using Euterpe.Tasks.Tests;
using static Euterpe.Tasks.Tests.HandMadeCatalogue;

namespace Euterpe.Cli.Tests;

public sealed class FindVerbTests : IDisposable
{
    private readonly HandMadeCatalogue _made = new();

    public FindVerbTests()
    {
        for (int i = 0; i < 40; i++)
            _made.Add($"{i:00}", Unit(1, i, 0, 0), 60 + (30 * i), tags: i == 1 ? new TrackTags { Artist = "A, \"B\"", Title = "Line\nbreak", Year = 1999 } : null,
                segments: [(0, 10, Unit(1, 0, i, 0)), (10, 20, Unit(1, 0, 0, i + 1))]);
        _made.Add("01.mp3", Unit(1, 1.01f, 0, 0), 90).Add("odd\nname", Unit(0, 1, 0, 0), 5000).Add("#hash", Unit(0, 1, 0.1f, 0), 6000).Save();
    }

    public void Dispose() => _made.Dispose();

    [Fact]
    public void The_table_tells_score_meaning_length_name_and_versions()
    {
        (int code, string output, string error) = Run("similar", "00", "-n", "2");
        Assert.Equal((0, ""), (code, error));
        string[] lines = output.TrimEnd('\n').Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.Matches(@"^ 0\.707  \(closer than +\d+\.\d % of pairs\) +1 min 30 s  A, ""B"" – Line.break  /m/01$", lines[0]);
        Assert.Equal("        also near: /m/01.mp3", lines[1]);
        Assert.EndsWith("  /m/02", lines[2], StringComparison.Ordinal);
        Assert.EndsWith("  /m/01 @0:00-0:10 @0:10-0:20", Run("similar", "00@0-9", "-n", "9").Output.Split('\n').Single(line => line.Contains("/m/01 ", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains("not listed as a result: /m/01.mp3 (near)", Run("similar", "01").Error, StringComparison.Ordinal);
        Assert.Equal(["/m/02", "/m/03"], Paths(Run("similar", "00", "-n", "2", "--exclude", "01", "--exclude", "01.mp3", "--json").Output));
        Assert.Equal(["/m/01"], Paths(Run("similar", "00", "--where", "year<2000", "--json").Output));
        Assert.Equal(["/m/03"], Paths(Run("similar", "--like", "02", "--like", "04:0.9", "-n", "1", "--json").Output));
        Assert.Equal(["/m/01.mp3", "/m/02"], Paths(Run("similar", "00", "--all-versions", "-n", "2", "--exclude", "/m/01", "--json").Output));
        Assert.Equal(3, Paths(Run("similar", "00", "-n", "3", "--diverse", "--json").Output).Length);
    }

    [Fact]
    public void Csv_json_and_playlists_hold_the_same()
    {
        (int code, string csv, string error) = Run("similar", "00", "-n", "2", "--csv");
        Assert.Equal((0, ""), (code, error));
        string[] lines = csv.Split('\n');
        Assert.Equal("rank,path,start,end,score,percentile,seconds,artist,title,album,year,versions,model", lines[0]);
        Assert.StartsWith("1,/m/01,,,0.7071", lines[1], StringComparison.Ordinal);
        Assert.EndsWith("90,\"A, \"\"B\"\"\",\"Line", lines[1], StringComparison.Ordinal);
        Assert.Equal("break\",,1999,1,echo", lines[2]);
        JsonElement json = JsonDocument.Parse(Run("similar", "00@0-9", "-n", "2", "--format", "json").Output).RootElement;
        JsonElement match = json.GetProperty("matches")[0];
        Assert.Equal((10.0, 20.0), (match.GetProperty("places")[0].GetProperty("start").GetDouble(), match.GetProperty("places")[0].GetProperty("end").GetDouble()));
        Assert.True(json.GetProperty("segments").GetBoolean() && match.GetProperty("percentile").GetDouble() > 50 && json.GetProperty("percentileOf").GetString() == "pairs");

        string list = Path.Combine(_made.Root, "list.m3u8");
        Assert.Equal(0, Run("similar", "39", "-n", "3", "--where", "path~odd or path~hash or year=1999", "--m3u", list).Code);
        string expected = "#EXTM3U\n#EXTINF:5000,odd name\nfile:///m/odd%0Aname\n#EXTINF:6000,#hash\n/m/#hash\n#EXTINF:90,A, \"B\" - Line break\n/m/01\n";
        Assert.Equal(expected, File.ReadAllText(list));
        Assert.Empty(Directory.GetFiles(_made.Root, "*.partial"));
        Assert.Equal(expected, Run("similar", "39", "-n", "3", "--where", "path~odd or path~hash or year=1999", "--m3u", "-").Output);
        Assert.Equal("./#b.wav", Playlist.Text([new("/a/#b.wav", null)], "/a").Split('\n')[2]);
        Assert.Equal("../c d.wav", Playlist.Text([new("/c d.wav", 1.5)], "/a").Split('\n')[2]);
        Assert.Contains("#EXTVLCOPT:start-time=10\n#EXTVLCOPT:stop-time=20.5\n", Playlist.Text([new("/a", 1, Part: new(10, 20.5, 1))]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_is_printed_in_every_form()
    {
        (int code, string output, string error) = Run("path", "02", "39", "-n", "5");
        Assert.Equal((0, ""), (code, error));
        string[] lines = output.TrimEnd('\n').Split('\n');
        Assert.Equal(5, lines.Length);
        Assert.EndsWith("/m/02", lines[0], StringComparison.Ordinal);
        Assert.EndsWith("/m/39", lines[4], StringComparison.Ordinal);
        Assert.Equal(5, JsonDocument.Parse(Run("path", "02", "39", "-n", "5", "--json").Output).RootElement.GetProperty("steps").GetArrayLength());
        Assert.Equal(6, Run("path", "02", "39", "-n", "5", "--csv").Output.TrimEnd('\n').Split("\n").Length);
        Assert.Equal(11, Run("path", "02", "39", "-n", "5", "--format", "m3u8").Output.TrimEnd('\n').Split("\n").Length);
    }

    [Fact]
    public void The_report_tells_how_it_is_searched()
    {
        string output = Run("index", "--report").Output;
        Assert.Contains("exact, recall 1", output, StringComparison.Ordinal);
        Assert.Contains("random pairs: half are below", output, StringComparison.Ordinal);
        Assert.Contains("1 recording is there more than once", output, StringComparison.Ordinal);
        string graph = Run("index", "--report", "--graph").Output;
        Assert.Contains("recall, measured on 43 of these vectors", graph, StringComparison.Ordinal);
        Assert.Equal(2, Run("index", "--graph").Code);
    }

    private static string[] Paths(string json) => [.. JsonDocument.Parse(json).RootElement.GetProperty("matches").EnumerateArray().Select(m => m.GetProperty("path").GetString()!)];

    private (int Code, string Output, string Error) Run(params string[] arguments)
    {
        var output = new StringWriter { NewLine = "\n" };
        var error = new StringWriter { NewLine = "\n" };
        var surroundings = new Surroundings
        {
            Models = new EchoShelf(new EchoEmbedder()),
            Watched = false,
            Variable = name => name == "EUTERPE_CATALOGUE" ? _made.Place : null,
        };
        int code = CommandLine.Run(arguments, output, error, surroundings);
        return (code, output.ToString(), error.ToString());
    }
}
