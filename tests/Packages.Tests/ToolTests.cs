using System.Text.Json;
using Euterpe.Testing;

namespace Euterpe.Packages.Tests;

/// <summary>The package Euterpe.Tool, installed from a local feed.</summary>
[Collection("packages")]
public sealed class ToolTests(Consumer consumer)
{
    [Fact]
    public void The_tool_indexes_finds_and_shows()
    {
        Place place = consumer.Place;
        place.Run("", "dotnet", "tool", "install", "Euterpe.Tool", "--tool-path", "tools", "--configfile", "feed.config");
        string euterpe = place["tools/euterpe"];
        Assert.StartsWith(Place.Version, place.Run("", euterpe, "--version"), StringComparison.Ordinal);

        Directory.CreateDirectory(place["guitars"]);
        string[] files = Directory.GetFiles(Path.Combine(Fixture.Repository, "samples/recordings"), "guitar_*");
        Assert.True(files.Length > 1);
        foreach (string file in files)
            File.Copy(file, place["guitars/" + Path.GetFileName(file)]);
        JsonElement index = Json(place.Run("", euterpe, "index", "guitars", "--catalogue", "guitars.db", "--json"));
        Assert.Equal((files.Length, 0), (index.GetProperty("embedded").GetInt32(), index.GetProperty("failures").GetArrayLength()));
        JsonElement similar = Json(place.Run("", euterpe, "similar", "guitars/guitar_pick_1.ogg", "-n", "1", "--catalogue", "guitars.db", "--json"));
        Assert.EndsWith("guitar_pick_2.ogg", similar.GetProperty("matches")[0].GetProperty("path").GetString(), StringComparison.Ordinal);
        string shown = place.Run("", euterpe, "show", "tests/Fixtures/transformers/clap_plain/checkpoint");
        Assert.Contains("embed sounds", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void The_readme_installs_the_tool()
    {
        string block = Markdown.Block("README.md", "bash", "dotnet tool install");
        string[] printed = consumer.Place.Run("", "bash", "-euc", block + "\neuterpe --version").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.StartsWith(Place.Version, printed[^1], StringComparison.Ordinal);
    }

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;
}
