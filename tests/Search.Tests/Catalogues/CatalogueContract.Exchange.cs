namespace Euterpe.Search.Tests.Catalogues;

// Export, import, and what pruning would do.
public abstract partial class CatalogueContract
{
    private const int Sounds = 40;

    [SkippableTheory]
    [InlineData(false, long.MaxValue)]
    [InlineData(false, 300)]
    [InlineData(true, long.MaxValue)]
    [InlineData(true, 300)]
    public void An_export_that_is_imported_is_exported_with_the_same_bytes(bool canonical, long partBytes)
    {
        using var folder = new TemporaryFolder();
        using ICatalogue c = Open(), plain = Catalogue.OpenOrCreate(folder.File("plain.db"));
        Fill(c, [.. Enumerable.Range(0, Sounds)]);
        ExportedCatalogue first = CatalogueExport.Write(c, folder.File("1"), canonical, partBytes);
        Assert.Equal(Directory.GetFiles(folder.File("1")).Length, first.Files);
        Assert.Equal(Directory.GetFiles(folder.File("1")).Sum(file => new FileInfo(file).Length), first.Bytes);
        Assert.True(partBytes > 300 ? first.Files == 6 : first.Files > 40, $"{first.Files} files");
        ImportedCatalogue imported = CatalogueImport.Read(plain, folder.File("1"));
        Assert.Equal((first.Tracks, first.Failures, first.Vectors, first.Segmented, 0, 0, 0),
            (imported.Tracks, imported.Failures, imported.Vectors, imported.Segmented, imported.KnownTracks, imported.KnownVectors, imported.Homeless));
        Assert.Empty(plain.Check());
        Assert.Equal(first.Sha256, CatalogueExport.Write(plain, folder.File("2"), canonical, partBytes).Sha256);
        foreach (string file in Directory.GetFiles(folder.File("1")))
            Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Path.Combine(folder.File("2"), Path.GetFileName(file))));
        Assert.Equal(3, Directory.GetFileSystemEntries(folder.Path).Count(entry => !entry.Contains("-wal", StringComparison.Ordinal) && !entry.Contains("-shm", StringComparison.Ordinal)));

        // Once more changes nothing.
        ImportedCatalogue again = CatalogueImport.Read(plain, folder.File("1"));
        Assert.Equal((0L, 0L, 0L, 0L), (again.Tracks, again.Failures, again.Vectors, again.Segmented));
        Assert.Equal(first.Sha256, CatalogueExport.Write(plain, folder.File("3"), canonical, partBytes).Sha256);
        if (!canonical)
        {
            Assert.Equal(c.Embedder, plain.Embedder);
            Assert.Equal(c.Settings(), plain.Settings());
            Assert.Equal(c.Tracks(absent: true), plain.Tracks(absent: true));
            Assert.Equal(c.Failures(), plain.Failures());
        }
    }

    [SkippableFact]
    public void An_export_is_imported_into_this_database_too()
    {
        using var folder = new TemporaryFolder();
        using ICatalogue c = Open(), plain = Catalogue.OpenOrCreate(folder.File("plain.db"));
        Fill(plain, [.. Enumerable.Range(0, Sounds).Reverse()]);
        string sha = CatalogueExport.Write(plain, folder.File("1")).Sha256;
        CatalogueImport.Read(c, folder.File("1"));
        Assert.Equal(sha, CatalogueExport.Write(c, folder.File("2")).Sha256);
        Assert.Empty(c.Check());
    }

    [SkippableFact]
    public void The_canonical_export_does_not_depend_on_how_the_catalogue_came_to_be()
    {
        using var folder = new TemporaryFolder();
        using ICatalogue c = Open(), plain = Catalogue.OpenOrCreate(folder.File("plain.db"));
        Fill(c, [.. Enumerable.Range(0, Sounds)]);
        string sha = CatalogueExport.Write(c, folder.File("1"), canonical: true).Sha256;
        Assert.Equal(sha, CatalogueExport.Write(c, folder.File("again"), canonical: true).Sha256);

        // Another order, other times and makers, detours through other sounds, failures, absence and replaced vectors.
        plain.Choose(new EmbedderChoice("elsewhere/signature", "k1", 3));
        plain.Write([new Change.Holds(Of("/m/gone.wav", 900), Vector("k1", 1, 2, 3)), new Change.Vanishes("/m/gone.wav")]);
        plain.Write([new Change.Holds(Of("/m/03.wav", 901), Vector("k1", 1, 2, 3))]);
        plain.Write([new Change.Fails(new Failure("/m/04.wav", new FileStamp(1, 1), "x", "y", "p", "d"))]);
        Fill(plain, [.. Enumerable.Range(0, Sounds).OrderBy(i => i * 17 % Sounds)], new Provenance("other", "decoder", "machine"), 77);
        plain.Write([new Change.Gains(Sha(5), Vector("k1", 9, 9, 9))]);
        plain.Write([new Change.Gains(Sha(5), VectorOf(5))]);
        Assert.Equal(sha, CatalogueExport.Write(plain, folder.File("2"), canonical: true).Sha256);
        Assert.NotEqual(CatalogueExport.Write(c, folder.File("3")).Sha256, CatalogueExport.Write(plain, folder.File("4")).Sha256);

        plain.Write([new Change.Gains(Sha(5), Vector("k1", 9, 9, 9))]);
        Assert.NotEqual(sha, CatalogueExport.Write(plain, folder.File("5"), canonical: true).Sha256);
    }

    [SkippableFact]
    public void What_the_catalogue_knows_stays_when_an_export_is_merged()
    {
        using var folder = new TemporaryFolder();
        using ICatalogue c = Open(), other = Catalogue.OpenOrCreate(folder.File("other.db"));
        other.Choose(new EmbedderChoice("theirs", "k1", 2));
        other.Set("segments", "10 5");
        other.Set("own", "theirs");
        other.Write(
        [
            new Change.Holds(Of("/m/both", 1), Vector("k1", 1, 1)), new Change.Holds(Of("/m/back", 2), Vector("k1", 2, 2)), new Change.Holds(Of("/m/new", 3), Vector("k2", 3)),
            new Change.Holds(Of("/m/bad", 4)), new Change.Holds(Of("/m/away", 5)), new Change.Vanishes("/m/away"),
            new Change.Fails(new Failure("/m/both bad", new FileStamp(1, 2), "theirs", "x", "p", "d")),
            new Change.Fails(new Failure("/m/good", new FileStamp(1, 2), "theirs", "x", "p", "d")),
        ]);
        CatalogueExport.Write(other, folder.File("1"));
        c.Choose(new EmbedderChoice("mine", "k0", 4));
        c.Set("own", "mine");
        c.Write(
        [
            new Change.Holds(Of("/m/both", 9)), new Change.Holds(Of("/m/good", 1), Vector("k1", 7, 7)), new Change.Holds(Of("/m/back", 8)), new Change.Vanishes("/m/back"),
            new Change.Fails(new Failure("/m/bad", new FileStamp(1, 2), "mine", "x", "p", "d")),
            new Change.Fails(new Failure("/m/both bad", new FileStamp(1, 2), "mine", "x", "p", "d")),
        ]);
        ImportedCatalogue i = CatalogueImport.Read(c, folder.File("1"));
        Assert.Equal(new ImportedCatalogue(3, 2, 0, 2, 0, 1, 0), i);
        Assert.Equal("mine", c.Embedder!.Model);
        Assert.Equal(("mine", "10 5"), (c.Setting("own"), c.Setting("segments")));
        Assert.Equal([Sha(5), Sha(2), Sha(9), Sha(1), Sha(3)], c.Tracks(absent: true).Select(t => t.Sound));
        Assert.Equal(["mine", "mine"], c.Failures().Select(f => f.Reason));
        Assert.Equal([7f, 7f], c.Vector(Sha(1), "k1")!);
        Assert.Equal([2f, 2f], c.Vector(Sha(2), "k1")!);
        Assert.Empty(c.Check());
    }

    [SkippableFact]
    public void Pruning_can_be_tried_and_takes_a_whole_space()
    {
        using ICatalogue c = Open();
        c.Choose(new EmbedderChoice("m", "k1", 3));
        Fill(c, [.. Enumerable.Range(0, Sounds)]);
        CatalogueCount before = c.Count("k2");
        Pruned tried = c.Prune(null, "k2", dryRun: true);
        Assert.Equal(before, c.Count("k2"));
        Assert.Equal(tried, c.Prune(null, "k2"));
        Assert.True(tried.Vectors > Sounds);
        Assert.Equal(["k1"], c.Spaces().Select(s => s.Key));
        Assert.Equal(0, c.Count("k2").Vectors);
        Assert.True(c.Compact() >= 0);
        Assert.Empty(c.Check());
    }

    private static NewVector VectorOf(int i, Provenance? made = null) => Vector("k1", i, -0f, 1f / (i + 3)) with { Provenance = made ?? Here };

    /// <summary>Sounds of two spaces with segments, copies, tags, one absent and one bad file, written in an order of its own.</summary>
    private static void Fill(ICatalogue c, int[] order, Provenance? made = null, long modified = 2)
    {
        if (c.Embedder is null)
            c.Choose(new EmbedderChoice("signature", "k1", 3));
        c.Set("rule", "10 5");
        made ??= Here;
        var changes = new List<Change>();
        foreach (int i in order)
        {
            Track track = Of($"/m/{i:d2}.wav", i, modified) with
            {
                Facts = new SoundFacts(i / 7.0, 44100, 2, i * 44100L, i % 3 == 0 ? Sha(i + 5000) : ""),
                Tags = i % 4 == 0 ? TrackTags.None : new TrackTags { Title = $"Ti\"tle 💿 {i}", Genre = i % 2 == 0 ? "jazz" : null, Year = i % 5 == 0 ? null : 1950 + i, TrackNumber = i },
                TagsRevision = 2,
                Identified = i % 9 != 0,
            };
            NewSegments segments = Segments("k1", i % 2 == 0 ? "10 5" : "5 5", 1 + (i % 4), 3) with { Provenance = made };
            changes.Add(new Change.Holds(track, VectorOf(i, made), segments));
            changes.Add(new Change.Holds(track, new NewVector("k2", "clap", [i, i + 0.5f, float.Epsilon, -i], made with { Machine = $"m{i % 2}" })));
            if (i % 10 == 1)
                changes.Add(new Change.Holds(track with { Path = $"/copies/{i:d2}.wav" }));
        }

        c.Write(changes);
        c.Write([new Change.Holds(Of("/m/away.wav", 3000, modified), Vector("k2", 0, 0, 0, 1) with { Provenance = made }), new Change.Vanishes("/m/away.wav")]);
        c.Write([new Change.Fails(new Failure("/m/bad.wav", new FileStamp(5, modified), "broken", $"It is broken {modified}.", made.Program, made.Decoder))]);
    }
}
