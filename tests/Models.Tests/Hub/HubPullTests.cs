using Euterpe.Models.Pretrained;
using Euterpe.Models.Pretrained.Hub;
using Euterpe.Numerics;
using Euterpe.Testing;

namespace Euterpe.Models.Tests.Hub;

/// <summary>
/// What a good hub sends lies in the cache as huggingface_hub would have put it there; a bad day of it costs a new attempt, and no byte twice.
/// </summary>
public sealed class HubPullTests : HubBench
{
    [Fact]
    public async Task A_model_lies_in_the_cache_as_other_programs_look_for_it()
    {
        PullPlan plan = await Plan();
        Assert.Equal(["README.md", "config.json", "tokenizer.json", "model.safetensors"], plan.Files.Select(file => file.Path));
        Assert.Equal(plan.Files.Sum(file => file.Bytes), plan.MissingBytes);
        Assert.Equal(("apache-2.0", (bool?)true), (plan.Licence!.Id, plan.Licence.Commercial));
        Assert.False(Directory.Exists(Settings.CacheFolder), "a plan writes nothing");

        string folder = await Pull();
        Assert.Equal(Path.Combine(Settings.CacheFolder, "models--somebody--model", "snapshots", Repository.Commit), folder);
        Assert.Equal(Repository.Commit, await File.ReadAllTextAsync(Path.Combine(Settings.CacheFolder, "models--somebody--model", "refs", "main")));
        foreach (string file in (string[])["config.json", "tokenizer.json", "model.safetensors"])
        {
            Assert.Equal($"../../blobs/{Repository.Hash(file)}", new FileInfo(Path.Combine(folder, file)).LinkTarget!.Replace('\\', '/'));
            Assert.Equal(Repository.Files[file], await File.ReadAllBytesAsync(Path.Combine(folder, file)));
        }

        Assert.False(File.Exists(Path.Combine(folder, "modeling.py")) || File.Exists(Path.Combine(folder, "pytorch_model.bin")));
        Assert.Equal(4, Directory.GetFiles(Cache.Blobs(Name)).Length);
        Assert.Equal(folder, ModelFolder.Find(Name, Settings.CacheFolder));
        Assert.Equal(folder, ModelFolder.Find($"{Name}@main", Settings.CacheFolder));
        Assert.Equal(folder, ModelFolder.Find($"{Name}@{Repository.Commit[..12]}", Settings.CacheFolder));

        int before = Server.Requests.Count;
        Assert.Equal(0, (await Plan()).MissingBytes);
        Assert.Equal(folder, await Pull());
        Assert.Equal(before + 2, Server.Requests.Count);
    }

    [Fact]
    public async Task A_new_commit_shares_what_has_not_changed_and_an_old_one_stays()
    {
        string first = await Pull();
        Repository.Commit = new string('b', 40);
        Repository.Files["config.json"] = "{\"model_type\": \"clap\", \"x\": 1}"u8.ToArray();
        string second = await Pull();
        Assert.NotEqual(first, second);
        Assert.Single(Asked("/cdn/"));
        Assert.Equal(second, ModelFolder.Find(Name, Settings.CacheFolder));
        Assert.Equal(first, ModelFolder.Find($"{Name}@{new string('a', 40)}", Settings.CacheFolder));
        Assert.Equal(5, Directory.GetFiles(Cache.Blobs(Name)).Length);
    }

    [Fact]
    public async Task A_commit_is_asked_for_once_and_all_files_are_of_it()
    {
        string folder = await Pull($"{Name}@{Repository.Commit}");
        Assert.Single(Asked("/api/"));
        Assert.All(Asked("/resolve/"), request => Assert.Contains($"/resolve/{Repository.Commit}/", request.Path, StringComparison.Ordinal));
        Assert.False(Directory.Exists(Path.Combine(Cache.Model(Name), "refs")), "a commit is no branch");
        Assert.Equal(folder, ModelFolder.Find($"{Name}@{Repository.Commit}", Settings.CacheFolder));
        string said = Assert.Throws<ModelFileException>(() => ModelFolder.Find(Name, Settings.CacheFolder)).Message;
        Assert.Contains("@aaaaaaaaaaaa", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_broken_off_goes_on_where_it_ended()
    {
        int breaks = 0;
        Server.Spoil = (request, reply) => request.Path.StartsWith("/cdn", StringComparison.Ordinal) && breaks++ < 3
            ? reply with { BreakAfter = 70_000 } : reply;
        string folder = await Pull();
        Assert.Equal(Repository.Files["model.safetensors"], await File.ReadAllBytesAsync(Path.Combine(folder, "model.safetensors")));
        HubRequest[] asked = Asked("/cdn/");
        Assert.Equal([null, "bytes=70000-", "bytes=140000-", "bytes=210000-"], asked.Select(request => request.Header("Range")));
        Assert.All(asked.Skip(1), request => Assert.StartsWith("\"cdn-", request.Header("If-Range"), StringComparison.Ordinal));
        Assert.DoesNotContain(Directory.GetFiles(Cache.Blobs(Name)), file => file.Contains("incomplete", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Another_run_goes_on_where_the_last_was_stopped()
    {
        using var stop = new CancellationTokenSource();
        Server.Spoil = (request, reply) => request.Path.StartsWith("/cdn", StringComparison.Ordinal) ? reply with { Drip = (50_000, 30) } : reply;
        var progress = new Told(told =>
        {
            if (told.File == "model.safetensors" && told.Done > 150_000)
                stop.Cancel();
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Pull(progress: progress, token: stop.Token));
        Assert.False(File.Exists(Blob("model.safetensors")));
        Assert.Null(Cache.Find(new ModelName(Name)));
        long begun = new FileInfo(Blob("model.safetensors") + ".incomplete").Length;
        Assert.InRange(begun, 50_000, 299_999);
        Server.Spoil = null;
        await Pull();
        Assert.Equal($"bytes={begun}-", Asked("/cdn/")[^1].Header("Range"));
        NothingWrongIsKept();
    }

    [Fact]
    public async Task A_part_that_another_program_left_is_used_and_a_wrong_one_is_not()
    {
        Directory.CreateDirectory(Cache.Blobs(Name));
        await File.WriteAllBytesAsync(Blob("model.safetensors") + ".incomplete", Repository.Files["model.safetensors"][..100_000]);
        await Pull();
        Assert.Equal("bytes=100000-", Assert.Single(Asked("/cdn/")).Header("Range"));

        File.Delete(Blob("model.safetensors"));
        await File.WriteAllBytesAsync(Blob("model.safetensors") + ".incomplete", new byte[100_000]);
        await Pull();
        Assert.Equal([null, "bytes=100000-", "bytes=100000-"],
            Asked("/cdn/").Select(request => request.Header("Range")).Order(StringComparer.Ordinal));
        NothingWrongIsKept();

        // More than there is, and exactly as much of the wrong.
        foreach (int length in (int[])[400_000, 300_000])
        {
            File.Delete(Blob("model.safetensors"));
            await File.WriteAllBytesAsync(Blob("model.safetensors") + ".incomplete", new byte[length]);
            await Pull();
            NothingWrongIsKept();
        }
    }

    [Theory]
    [InlineData("whole")]
    [InlineData("etag")]
    [InlineData("wrong part")]
    [InlineData("no range")]
    [InlineData("other total")]
    [InlineData("416")]
    public async Task A_server_that_cannot_go_on_is_asked_from_the_start(string how)
    {
        int asked = 0;
        byte[] content = Repository.Files["model.safetensors"];
        Server.Instead = request =>
        {
            if (!request.Path.StartsWith("/cdn", StringComparison.Ordinal))
                return null;
            asked++;
            bool ranged = request.Header("Range") is not null;
            if (!ranged)
                return new HubReply(200, content) { BreakAfter = asked == 1 ? 90_000 : null }.With("ETag", asked == 1 ? "\"one\"" : "\"two\"");
            return how switch
            {
                "whole" => new HubReply(200, content).With("ETag", "\"two\""),
                "etag" => new HubReply(206, content[90_000..]).With("ETag", "\"two\"").With("Content-Range", "bytes 90000-299999/300000"),
                "wrong part" => new HubReply(206, content[80_000..]).With("ETag", "\"one\"").With("Content-Range", "bytes 80000-299999/300000"),
                "no range" => new HubReply(206, content[90_000..]).With("ETag", "\"one\""),
                "other total" => new HubReply(206, content[90_000..]).With("ETag", "\"one\"").With("Content-Range", "bytes 90000-299999/400000"),
                _ => new HubReply(416, []).With("Content-Range", "bytes */80000"),
            };
        };
        string folder = await Pull();
        Assert.Equal(content, await File.ReadAllBytesAsync(Path.Combine(folder, "model.safetensors")));
        Assert.Equal(how == "whole" ? 2 : 3, asked);
    }

    [Fact]
    public async Task What_stands_still_is_given_up_and_tried_again()
    {
        Settings = Settings with { Stall = TimeSpan.FromSeconds(100) };
        int asked = 0;
        Server.Spoil = (request, reply) => request.Path.StartsWith("/cdn", StringComparison.Ordinal) && asked++ == 0
            ? reply with { Drip = (10, 200) } : reply;
        var notes = new List<string>();
        await Pull(progress: new Told(told => notes.AddRange(told.Note is null ? [] : [told.Note])));
        Assert.Contains("sent nothing for 100 s", Assert.Single(notes), StringComparison.Ordinal);
        NothingWrongIsKept();
    }

    [Fact]
    public async Task A_busy_server_is_left_alone_and_asked_again()
    {
        int asked = 0;
        Server.Instead = request => asked++ switch
        {
            0 => HubReply.Text(429, "").With("Retry-After", "7"),
            1 => HubReply.Text(503, ""),
            2 => HubReply.Text(500, "<html>") with { BreakAfter = 2 },
            _ => null,
        };
        await Pull();
        Server.Instead = _ => HubReply.Text(429, "").With("Retry-After", "4000");
        await Refused("67 minutes", "HF_TOKEN");
        Server.Instead = _ => HubReply.Text(502, "");
        await Refused("502", "tried 6 times", "goes on from there");
    }

    [Fact]
    public async Task Two_that_fetch_one_model_at_once_fetch_it_once()
    {
        Server.Spoil = (request, reply) => request.Path.StartsWith("/cdn", StringComparison.Ordinal) ? reply with { Drip = (60_000, 40) } : reply;
        string[] folders = await Task.WhenAll(Task.Run(() => Pull()), Task.Run(() => Pull()), Task.Run(() => Pull()));
        Assert.Single(folders.Distinct());
        Assert.Single(Asked("/cdn/"));
        NothingWrongIsKept();
    }

    [Fact]
    public async Task Shards_come_with_their_index()
    {
        Repository.Files.Remove("model.safetensors");
        for (int i = 1; i <= 2; i++)
            Repository.Files[$"model-0000{i}-of-00002.safetensors"] = Numbers(1000 * i);
        Repository.Files["model.safetensors.index.json"] =
            "{\"weight_map\": {\"a\": \"model-00001-of-00002.safetensors\", \"b\": \"model-00002-of-00002.safetensors\"}}"u8.ToArray();
        string folder = await Pull();
        Assert.Equal(3, Directory.GetFiles(folder, "model*").Length);

        Repository.Commit = new string('c', 40);
        Repository.Files["model.safetensors.index.json"] = "{\"weight_map\": {\"a\": \"../../../model-00001-of-00002.safetensors\"}}"u8.ToArray();
        await Refused("model.safetensors.index.json", "does not have");
        Assert.Equal(folder, ModelFolder.Find(Name, Settings.CacheFolder));
    }

    [Fact]
    public async Task Pickles_are_fetched_only_where_there_is_nothing_safe()
    {
        Repository.Files.Remove("model.safetensors");
        PullPlan plan = await Plan();
        Assert.Contains(plan.Files, file => file.Path == "pytorch_model.bin");
        Assert.Contains("runs nothing", Assert.Single(plan.Notes), StringComparison.Ordinal);
        Repository.Files.Remove("pytorch_model.bin");
        Repository.Files["one.pt"] = Numbers(10);
        Repository.Files["two.pt"] = Numbers(20);
        await Refused("several models", "one.pt, two.pt", "--file one.pt");
        PullPlan chosen = await Plan(new PullRequest(Name, Files: ["two.pt"]));
        Assert.Equal(["README.md", "config.json", "tokenizer.json", "two.pt"], chosen.Files.Select(file => file.Path));
        Assert.Contains((await Plan(new PullRequest(Name, All: true))).Files, file => file.Path == "modeling.py");
        Repository.Files.Remove("one.pt");
        Repository.Files.Remove("two.pt");
        await Refused("no weights");
    }

    [Fact]
    public async Task Lists_without_sizes_and_hashes_are_filled_in_by_asking_for_each_file()
    {
        Repository.Edit = json =>
        {
            foreach (var file in json["siblings"]!.AsArray())
            {
                file!.AsObject().Remove("size");
                file.AsObject().Remove("blobId");
                file.AsObject().Remove("lfs");
            }
        };
        string folder = await Pull();
        Assert.Equal(4, Server.Requests.Count(request => request.Method == "HEAD"));
        Assert.Equal($"../../blobs/{Repository.Hash("model.safetensors")}", new FileInfo(Path.Combine(folder, "model.safetensors")).LinkTarget);
        NothingWrongIsKept();
    }

    [Fact]
    public async Task A_disk_without_room_is_noticed_before()
    {
        Settings = Settings with { FreeSpace = _ => 1_000_000 };
        await Refused("0.3 MB are to be fetched", "room for 1.0 MB", "euterpe list");
        Assert.Empty(Asked("/resolve/"));
    }

    [Fact]
    public async Task Nothing_is_asked_where_that_is_forbidden()
    {
        await Pull();
        int before = Server.Requests.Count;
        Settings = Settings with { Offline = true };
        await Refused("HF_HUB_OFFLINE", "The cache has it");
        Assert.Equal(before, Server.Requests.Count);
    }

    [Fact]
    public async Task A_name_that_is_not_there_tells_of_one_that_is_like_it()
    {
        using var hub = new ModelHub(Settings);
        var error = await Assert.ThrowsAsync<ModelFileException>(() => hub.Plan(new PullRequest("laion/clap-htsat-unfusd")));
        Assert.Contains("Did you mean laion/clap-htsat-unfused?", error.Message, StringComparison.Ordinal);
        error = await Assert.ThrowsAsync<ModelFileException>(() => hub.Plan(new PullRequest(Name + "@v9")));
        Assert.Contains("no revision v9", error.Message, StringComparison.Ordinal);
        string said = Assert.Throws<ModelFileException>(() => ModelFolder.Find("clap-musik", Settings.CacheFolder)).Message;
        Assert.Contains("euterpe pull clap-musik", said, StringComparison.Ordinal);
        Assert.Contains("did you mean clap-music?", said, StringComparison.Ordinal);
    }

    private sealed class Told(Action<PullProgress> tell) : IProgress<PullProgress>
    {
        public void Report(PullProgress value) => tell(value);
    }
}
