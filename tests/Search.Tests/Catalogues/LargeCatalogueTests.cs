using System.Diagnostics;
using Xunit.Abstractions;

namespace Euterpe.Search.Tests.Catalogues;

/// <summary>A million tracks: what is asked of a catalogue of this size is answered, and memory stays bounded. Times are printed, not asserted.</summary>
public sealed class LargeCatalogueTests(ITestOutputHelper output)
{
    [Fact]
    [Trait("Category", "Long")]
    public void A_million_tracks_are_written_exported_imported_and_found() => Run(Environment.GetEnvironmentVariable("EUTERPE_TRACKS") is { } count ? int.Parse(count) : 1_000_000, 128);

    [Fact]
    public void Some_thousand_tracks_are_written_exported_imported_and_found() => Run(3_000, 8);

    private void Run(int count, int dimension)
    {
        using var folder = new TemporaryFolder();
        var clock = Stopwatch.StartNew();
        string sha;
        using (ICatalogue c = Catalogue.OpenOrCreate(folder.File("c.db")))
        {
            c.Choose(new EmbedderChoice("m", "k", dimension));
            long before = GC.GetTotalMemory(forceFullCollection: true);
            foreach (int[] batch in Enumerable.Range(0, count).Chunk(1000))
                c.Write([.. batch.Select(i => Holds(i, dimension))]);
            Tell($"{count:N0} tracks with vectors of {dimension} written, {count / clock.Elapsed.TotalSeconds:N0} a second");
            long held = GC.GetTotalMemory(forceFullCollection: true) - before;
            Assert.True(held < 8 << 20, $"{held} bytes are held after writing.");
        }

        using (ICatalogue c = Catalogue.OpenExisting(folder.File("c.db")))
        {
            Tell("opened");
            Assert.Equal(new CatalogueCount(count, 0, count, count, 0), c.Count("k"));
            Tell("counted");
            Assert.Equal([new Space("k", "m", dimension, count, 0)], c.Spaces());
            Tell("spaces");
            long[] ids = [.. Enumerable.Range(0, Math.Min(count, 1000)).Select(i => 1 + ((long)i * count / 1000 % count))];
            Assert.Equal(ids.Distinct().Count(), c.TracksOf(ids).Count);
            Tell($"tracks of {ids.Length} ids");
            int looked = Math.Min(count, 100_000);
            for (int i = 0; i < looked; i++)
                Assert.True(c.Find(PathOf(i)) is { } track && c.HasVector(track.Sound, "k"));
            Tell($"{looked:N0} paths and vectors looked up one by one");
            Assert.Single(c.FindByTail($"{count - 1:d8}.flac", 2));
            Tell("a path found by its end");
            Assert.Equal(count, c.Vectors("k").Count());
            Tell("all vectors read");
            Where where = Where.Parse("year>=1990 and genre~jazz");
            int found = c.Tracks().Count(where.Matches);
            Assert.InRange(found, count / 20, count / 10);
            Tell($"all tracks read and asked for {where}: {found:N0}");
            Assert.Equal(10, c.Nearest(c.Vector(SoundOf(7), "k")!, "k", 10).Count);
            Tell("the ten nearest by reading all");
            sha = CatalogueExport.Write(c, folder.File("export")).Sha256;
            Tell("exported");
        }

        using (ICatalogue c = Catalogue.OpenOrCreate(folder.File("d.db")))
        {
            ImportedCatalogue imported = CatalogueImport.Read(c, folder.File("export"));
            Assert.Equal((count, count, 0), (imported.Tracks, imported.Vectors, imported.Homeless));
            Tell($"imported, {count / clock.Elapsed.TotalSeconds:N0} a second");
            Assert.Equal(sha, CatalogueExport.Write(c, folder.File("again")).Sha256);
            Tell("exported again, the same bytes");
            Assert.Empty(c.Check());
            Tell("checked");
            c.Write([.. Enumerable.Range(0, count / 2).Select(i => new Change.Vanishes(PathOf(i)))]);
            Tell("half of it absent");
            Assert.Equal(new Pruned(count / 2, count / 2, count / 2), c.Prune());
            Tell("pruned");
            long freed = c.Compact();
            Tell($"{freed / 1e6:0} MB given back");
        }

        void Tell(string what)
        {
            output.WriteLine($"{(count >= 100_000 ? "figure: " : "")}{clock.Elapsed.TotalSeconds,8:0.00} s  {what}; {Environment.WorkingSet >> 20} MiB resident");
            clock.Restart();
        }
    }

    private static string PathOf(int i) => $"/music/{i % 997:d3}/an album of some name {i / 12}/{i:d8}.flac";

    // As identities are: spread over all values.
    private static string SoundOf(int i)
    {
        ulong x = ((ulong)i + 1) * 0x9E3779B97F4A7C15;
        return x.ToString("x16") + ((uint)i).ToString("x48");
    }

    private static Change.Holds Holds(int i, int dimension)
    {
        float[] values = new float[dimension];
        for (int k = 0; k < dimension; k++)
            values[k] = (uint)(((i * 131) + k + 1) * 2654435769u) / 4294967296f - 0.5f;
        var track = new Track(PathOf(i), new FileStamp(5_000_000 + i, 638_000_000_000_000_000 + i), SoundOf(i), SoundOf(i), new SoundFacts(i % 500, 44100, 2, i), false)
        {
            Tags = new TrackTags { Title = $"Title {i}", Artist = $"Artist {i % 1000}", Album = $"Album {i / 12}", Genre = i % 5 == 0 ? "Latin Jazz" : "Rock", Year = 1950 + (i % 70), TrackNumber = i % 12 },
            TagsRevision = 1,
        };
        return new Change.Holds(track, new NewVector("k", "m", values, new Provenance("p", "d", "m")));
    }
}
