using Euterpe.Models.Pretrained.Hub;
using Euterpe.Numerics;

namespace Euterpe.Models.Tests.Hub;

/// <summary>The cache is shared with other programs: what is listed is what is there, and what is removed is what nobody else uses.</summary>
public sealed class HubCacheTests : HubBench
{
    private string Folder1 => Cache.Snapshot(Name, new string('a', 40));

    private IReadOnlyList<CachedModel> Listed => CachedModels.List(Settings.CacheFolder);

    [Fact]
    public async Task What_was_fetched_is_listed_with_its_licence()
    {
        Assert.Empty(Listed);
        Repository.Licence = "cc-by-nc-4.0";
        await Pull();
        CachedModel model = Assert.Single(Listed);
        Assert.Equal((Name, Repository.Commit, "clap", "cc-by-nc-4.0", false),
            (model.Repository, model.Commit, model.Architecture, model.Licence!.Id, model.Licence.Commercial));
        Assert.Equal("main", Assert.Single(model.Revisions));
        Assert.Empty(model.Missing);
        Assert.Equal((0L, false), (model.UnfinishedBytes, model.PartsOnly));
        Assert.Equal(Directory.GetFiles(Cache.Blobs(Name)).Sum(file => new FileInfo(file).Length), model.Bytes);
        Assert.Equal(model.Commit, CachedModels.Find(Settings.CacheFolder, Name)!.Commit);

        File.Delete(Blob("model.safetensors"));
        Assert.Equal(["model.safetensors"], Assert.Single(Listed).Missing);
    }

    [Fact]
    public void What_another_program_fetched_is_listed_too()
    {
        string blobs = Directory.CreateDirectory(Cache.Blobs(Name)).FullName;
        Directory.CreateDirectory(Folder1);
        File.WriteAllText(Path.Combine(blobs, "x"),
            "{\"weight_map\": {\"a\": \"model-00001-of-00002.safetensors\", \"b\": \"model-00002-of-00002.safetensors\"}}");
        File.WriteAllText(Path.Combine(blobs, "y"), "12345");
        File.WriteAllText(Path.Combine(blobs, "z.incomplete"), "123");
        File.CreateSymbolicLink(Path.Combine(Folder1, "model.safetensors.index.json"), "../../blobs/x");
        File.CreateSymbolicLink(Path.Combine(Folder1, "model-00001-of-00002.safetensors"), "../../blobs/y");
        CachedModel model = Assert.Single(Listed);
        Assert.Equal("model-00002-of-00002.safetensors", Assert.Single(model.Missing));
        Assert.Equal(3, model.UnfinishedBytes);
        Assert.Null(model.Licence);
        File.CreateSymbolicLink(Path.Combine(Folder1, "model-00002-of-00002.safetensors"), "../../blobs/y");
        Assert.Empty(Assert.Single(Listed).Missing);
        File.CreateSymbolicLink(Path.Combine(Folder1, "config.json"), "../../blobs/none");
        Assert.Equal(["config.json"], Assert.Single(Listed).Missing);
        Directory.CreateDirectory(Path.Combine(Cache.Folder, "models--..--evil"));
        Directory.CreateDirectory(Path.Combine(Cache.Folder, "datasets--a--b"));
        Assert.Single(Listed);
    }

    [Fact]
    public async Task Removing_a_revision_keeps_what_another_uses()
    {
        string first = await Pull();
        Repository.Commit = new string('b', 40);
        Repository.Files["config.json"] = "{\"model_type\": \"mert_model\"}"u8.ToArray();
        string second = await Pull();
        RemovedModel removed = CachedModels.Remove(Settings.CacheFolder, $"{Name}@{new string('a', 12)}");
        Assert.Equal([new string('a', 40)], removed.Commits);
        Assert.Equal("{\"model_type\": \"clap\"}".Length, removed.FreedBytes);
        Assert.InRange(removed.KeptBytes, 300_000, 301_000);
        Assert.False(Path.Exists(first));
        Assert.Equal(Repository.Files["model.safetensors"], await File.ReadAllBytesAsync(Path.Combine(second, "model.safetensors")));
        Assert.Equal(new string('b', 40), Cache.ReadReference(Name, "main"));
        Assert.Throws<ModelFileException>(() => CachedModels.Remove(Settings.CacheFolder, $"{Name}@{new string('a', 12)}"));

        removed = CachedModels.Remove(Settings.CacheFolder, Name);
        Assert.Equal([new string('b', 40)], removed.Commits);
        Assert.False(Path.Exists(Cache.Model(Name)));
        Assert.Throws<ModelFileException>(() => CachedModels.Remove(Settings.CacheFolder, Name));
    }

    [Fact]
    public async Task Nothing_outside_of_the_cache_is_removed()
    {
        string snapshot = await Pull();
        string outside = Folder.File("outside");
        Directory.CreateDirectory(outside);
        File.WriteAllText(Path.Combine(outside, "keep"), "1");
        File.CreateSymbolicLink(Path.Combine(snapshot, "keep.txt"), Path.Combine(outside, "keep"));
        Directory.CreateSymbolicLink(Path.Combine(snapshot, "folder"), outside);
        Directory.CreateSymbolicLink(Path.Combine(Cache.Model(Name), "refs", "away"), outside);
        long all = Directory.GetFiles(Cache.Blobs(Name)).Sum(file => new FileInfo(file).Length);
        Assert.Equal(all, CachedModels.Remove(Settings.CacheFolder, Name).FreedBytes);
        Assert.True(File.Exists(Path.Combine(outside, "keep")));

        Directory.CreateSymbolicLink(Cache.Model(Name), outside);
        Assert.Contains("is a link", Assert.Throws<ModelFileException>(() => CachedModels.Remove(Settings.CacheFolder, Name)).Message,
            StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(outside, "keep")));
    }

    [Fact]
    public async Task What_is_being_fetched_is_not_removed()
    {
        await Pull();
        using (Cache.TryLock(Name, "euterpe-use", shared: true))
        {
            Assert.Contains("by another process", Assert.Throws<ModelFileException>(() => CachedModels.Remove(Settings.CacheFolder, Name)).Message,
                StringComparison.Ordinal);
        }

        using (Cache.TryLock(Name, "euterpe-use"))
            await Refused("is being removed");
        CachedModels.Remove(Settings.CacheFolder, Name);
    }

    [Fact]
    public async Task Hashes_tell_a_file_that_has_changed()
    {
        await Pull();
        CachedModel model = Assert.Single(Listed);
        Assert.Equal(4, CachedModels.CheckHashes(Settings.CacheFolder, model).Good);
        byte[] bytes = await File.ReadAllBytesAsync(Blob("model.safetensors"));
        bytes[1000] ^= 1;
        await File.WriteAllBytesAsync(Blob("model.safetensors"), bytes);
        (int good, IReadOnlyList<string> bad, IReadOnlyList<string> unknown) = CachedModels.CheckHashes(Settings.CacheFolder, model);
        Assert.Equal((3, 0), (good, unknown.Count));
        Assert.Contains(Repository.Hash("model.safetensors"), Assert.Single(bad), StringComparison.Ordinal);
    }
}
