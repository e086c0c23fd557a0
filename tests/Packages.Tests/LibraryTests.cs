using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Xml.Linq;
using Euterpe.Models;
using Euterpe.Models.Signature;
using Euterpe.Signals;
using Euterpe.Signals.Files;
using Euterpe.Testing;
using Xunit.Abstractions;

namespace Euterpe.Packages.Tests;

/// <summary>The package Euterpe, installed from a local feed in a fresh folder.</summary>
[Collection("packages")]
public sealed class LibraryTests(Consumer consumer, ITestOutputHelper output)
{
    private const string Clap = "tests/Fixtures/transformers/clap_plain/checkpoint", Words = "slow solo cello";

    [Fact]
    public void The_package_computes_the_bits_of_the_house()
    {
        string wav = consumer.Place["loop.wav"];
        Wav.Write(wav, AudioFile.Read(Path.Combine(Fixture.Repository, "samples/recordings/loop_amen.flac")));
        Waveform sound = AudioFile.Read(wav);
        using var signature = new SignatureEmbedder();
        using PretrainedModel model = PretrainedModel.Open(Path.Combine(Fixture.Repository, Clap));
        string[] expected =
        [
            "signature " + Hex(signature.Embed(sound.Open())),
            "sound " + Hex(model.Audio!.Embed(sound.Open())),
            "words " + Hex(model.Text!.Embed(Words)),
        ];
        Assert.Equal(expected, consumer.Run("vectors", wav, Clap, Words).Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void The_tour_runs_and_prints_what_it_says()
    {
        IReadOnlyList<string> printed = Tour.Split(consumer.Run("tour"));
        Assert.Equal(consumer.Tour.Expected.Count, printed.Count);
        if (Environment.GetEnvironmentVariable("EUTERPE_DRAW") == "1")
        {
            Tour.Draw("docs/tour.md", printed);
            return;
        }

        for (int i = 0; i < printed.Count; i++)
        {
            output.WriteLine($"block {i}:\n{printed[i]}");
            if (consumer.Tour.Expected[i] is { } expected)
            {
                Assert.True(expected == printed[i], $"Block {i} of docs/tour.md prints\n{printed[i]}\nand the page says\n{expected}\n"
                    + "Hint: where that is right, EUTERPE_DRAW=1 dotnet test tests/Packages.Tests writes it.");
            }
        }

        Assert.True(consumer.Tour.Expected.Count(text => text is not null) >= printed.Count / 2);
    }

    [Fact]
    public void The_package_holds_every_room_with_its_documentation_and_depends_on_what_they_use()
    {
        string[] rooms = [.. Directory.EnumerateFiles(Path.Combine(Fixture.Repository, "src"), "*.csproj", SearchOption.AllDirectories)];
        string[] names = [.. rooms.Select(path => Path.GetFileNameWithoutExtension(path)).Where(name => name is not ("Cli" or "Studio"))
            .Order(StringComparer.Ordinal)];
        using ZipArchive package = ZipFile.OpenRead(consumer.Place[$"dist/Euterpe.{Place.Version}.nupkg"]);
        using ZipArchive symbols = ZipFile.OpenRead(consumer.Place[$"dist/Euterpe.{Place.Version}.snupkg"]);
        Assert.Equal(names.SelectMany(name => (string[])[$"lib/net10.0/Euterpe.{name}.dll", $"lib/net10.0/Euterpe.{name}.xml"]), In(package, "lib/"));
        Assert.Equal(names.Select(name => $"lib/net10.0/Euterpe.{name}.pdb"), In(symbols, "lib/"));

        XNamespace nuget = "http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd";
        using Stream nuspec = package.Entries.Single(entry => entry.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        XElement metadata = XDocument.Load(nuspec).Root!.Element(nuget + "metadata")!;
        Assert.Equal("Apache-2.0", metadata.Element(nuget + "license")?.Value);
        foreach (string named in (string[])["icon", "readme"])
            Assert.NotNull(package.GetEntry(metadata.Element(nuget + named)!.Value));
        IEnumerable<string> used = rooms.Where(path => names.Contains(Path.GetFileNameWithoutExtension(path)))
            .SelectMany(path => XDocument.Load(path).Descendants("PackageReference"))
            .Where(reference => (string?)reference.Attribute("PrivateAssets") != "all")
            .Select(reference => reference.Attribute("Include")!.Value);
        Assert.Equal(used.Distinct().Order(StringComparer.Ordinal),
            metadata.Descendants(nuget + "dependency").Select(each => each.Attribute("id")!.Value).Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> In(ZipArchive package, string folder) => package.Entries.Select(entry => entry.FullName)
        .Where(name => name.StartsWith(folder, StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    private static string Hex(float[] vector) => Convert.ToHexString(MemoryMarshal.AsBytes<float>(vector));
}
