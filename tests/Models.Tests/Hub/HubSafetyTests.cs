using System.Text.Json.Nodes;
using Euterpe.Models.Pretrained.Hub;
using Euterpe.Numerics;
using Euterpe.Testing;

namespace Euterpe.Models.Tests.Hub;

/// <summary>What the server says is hostile until it has been checked, and the token is for the hub alone.</summary>
public sealed class HubSafetyTests : HubBench
{
    [Fact]
    public async Task The_token_goes_to_the_hub_and_to_no_other_address()
    {
        using var other = new HubServer();
        other.Repositories[Name] = Repository;
        Settings = Settings with { Token = "hf_secret" };
        // Another name of this machine, another port: neither is the hub.
        foreach (string address in (string[])[$"http://localhost:{Server.Port}", $"http://127.0.0.1:{other.Port}", $"http://localhost:{other.Port}"])
        {
            Server.CdnAddress = address;
            Directory.Delete(Cache.Folder is { } cache && Directory.Exists(cache) ? cache
                : Directory.CreateDirectory(Cache.Folder).FullName, recursive: true);
            await Pull();
            NothingWrongIsKept();
        }

        HubRequest[] all = [.. Server.Requests, .. other.Requests];
        HubRequest[] hub = [.. all.Where(request => !request.Path.StartsWith("/cdn", StringComparison.Ordinal))];
        HubRequest[] away = [.. all.Where(request => request.Path.StartsWith("/cdn", StringComparison.Ordinal))];
        Assert.Equal(3, away.Length);
        Assert.All(hub, request => Assert.Equal("Bearer hf_secret", request.Header("Authorization")));
        Assert.All(away, request => Assert.Null(request.Header("Authorization")));
    }

    [Fact]
    public async Task Who_has_sent_us_away_gets_no_token_when_he_sends_us_back()
    {
        using var other = new HubServer();
        Settings = Settings with { Token = "hf_secret" };
        Server.CdnAddress = $"http://127.0.0.1:{other.Port}";
        other.Instead = request => HubReply.Text(302, "").With("Location", $"{Server.Address}{request.Path[1..]}");
        await Pull();
        Assert.Null(Assert.Single(Asked("/cdn/")).Header("Authorization"));
    }

    [Theory]
    [InlineData("http://example.com/x", "only https")]
    [InlineData("http://10.0.0.1/x", "only https")]
    [InlineData("file:///etc/passwd", "only https")]
    [InlineData("ftp://127.0.0.1/x", "only https")]
    [InlineData("http://user:word@127.0.0.1/x", "does not say where")]
    [InlineData("", "does not say where")]
    public async Task Redirects_to_elsewhere_are_not_followed(string location, string says)
    {
        Server.Instead = request => request.Path.StartsWith("/api", StringComparison.Ordinal) ? null
            : location.Length == 0 ? HubReply.Text(302, "") : HubReply.Text(302, "").With("Location", location);
        await Refused(says);
        NothingWrongIsKept();
    }

    [Fact]
    public async Task Redirects_in_a_circle_end()
    {
        Server.Instead = request => HubReply.Text(307, "").With("Location", request.Path);
        await Refused("given up");
        Assert.Equal(9, Server.Requests.Count);
    }

    [Theory]
    [InlineData("../../evil.json")]
    [InlineData("/etc/evil.json")]
    [InlineData("a/../../evil.json")]
    [InlineData("..\\evil.json")]
    [InlineData("C:evil.json")]
    [InlineData("a//evil.json")]
    [InlineData("a/./evil.json")]
    [InlineData("evil\u0000.json")]
    [InlineData("evil\n.json")]
    [InlineData("")]
    public async Task Names_that_leave_their_folder_are_refused_before_anything_is_written(string path)
    {
        Repository.Edit = json => json["siblings"]!.AsArray().Add(new JsonObject
        {
            ["rfilename"] = path,
            ["size"] = 3,
            ["blobId"] = new string('0', 40)
        });
        await Refused("Nothing was fetched");
        Assert.False(Directory.Exists(Settings.CacheFolder));
    }

    [Theory]
    [InlineData("CON.safetensors", "device")]
    [InlineData("nul", "device")]
    [InlineData("x /y.json", "blank")]
    [InlineData("Config.json", "small and capital")]
    [InlineData("config.json/inside.json", "file and a folder")]
    [InlineData("a?.json", "cannot have")]
    public async Task Names_that_are_something_else_on_other_systems_are_refused_when_they_are_wanted(string path, string says)
    {
        Repository.Files[path] = [1, 2, 3];
        await Pull();
        using var hub = new ModelHub(Settings);
        var error = await Assert.ThrowsAsync<ModelFileException>(() => hub.Plan(new PullRequest(Name, All: true)));
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("size", "-1")]
    [InlineData("size", "1e300")]
    [InlineData("size", "9223372036854775807")]
    [InlineData("blobId", "\"../../x\"")]
    [InlineData("blobId", "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"")]
    [InlineData("rfilename", "7")]
    [InlineData("rfilename", "\"config.json\"")]
    public async Task Absurd_lists_are_refused(string key, string value)
    {
        Repository.Edit = json => json["siblings"]!.AsArray()[1]![key] = JsonNode.Parse(value);
        await Refused("not to be trusted");
        Assert.False(Directory.Exists(Settings.CacheFolder));
    }

    [Theory]
    [InlineData("{\"sha\": \"main\", \"siblings\": []}", "should be a commit")]
    [InlineData("{\"sha\": \"../../../../../../../../../../../../../..\", \"siblings\": []}", "should be a commit")]
    [InlineData("{\"sha\": \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}", "siblings")]
    [InlineData("{\"sha\": \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\", \"siblings\": 7}", "siblings")]
    [InlineData("{\"sha\": \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\", \"siblings\": [[[]]]}", "without a name")]
    [InlineData("{\"sha\": ", "cannot be read")]
    [InlineData("[1]", "instead of JSON")]
    [InlineData("<html>Sign in</html>", "instead of JSON")]
    [InlineData("", "instead of JSON")]
    public async Task Answers_that_are_none_are_refused(string answer, string says)
    {
        Server.Instead = _ => HubReply.Text(200, answer, answer.StartsWith('<') ? "text/html" : "application/json");
        await Refused(says);
    }

    [Fact]
    public async Task Bombs_of_JSON_are_not_read_to_their_end()
    {
        Server.Instead = _ => HubReply.Text(200, "{\"sha\": " + new string('[', 200_000));
        await Refused("cannot be read");
        Server.Instead = _ => new HubReply(200, new byte[33 << 20]) { StatedLength = -1 }.With("Content-Type", "application/json");
        await Refused("more than");
        Server.Instead = _ => new HubReply(200, [(byte)'{']) { StatedLength = 1L << 40 };
        await Refused("at most");
        Repository.Edit = json =>
        {
            for (int i = 0; i < 20_001; i++)
                json["siblings"]!.AsArray().Add(new JsonObject { ["rfilename"] = $"f{i}" });
        };
        Server.Instead = null;
        await Refused("files are listed");
    }

    [Theory]
    [InlineData("other content", "is not what the server announced")]
    [InlineData("longer", "bytes, and listed")]
    [InlineData("shorter", "bytes, and listed")]
    [InlineData("longer without length", "sends more than")]
    [InlineData("other commit", "answers for commit")]
    [InlineData("other hash", "names the hash")]
    [InlineData("other size", "and said")]
    [InlineData("packed", "which was not asked for")]
    [InlineData("page", "web page")]
    public async Task A_server_that_does_not_agree_with_itself_is_refused(string how, string says)
    {
        byte[] content = Repository.Files["model.safetensors"];
        Server.Spoil = (request, reply) => (request.Path.StartsWith("/cdn", StringComparison.Ordinal), how) switch
        {
            (true, "other content") => new HubReply(200, new byte[content.Length]),
            (true, "longer") => new HubReply(200, [.. content, 1]),
            (true, "shorter") => new HubReply(200, content[1..]),
            (true, "longer without length") => new HubReply(200, [.. content, 1]) { StatedLength = -1 },
            (true, "packed") => reply.With("Content-Encoding", "gzip"),
            (true, "page") => HubReply.Text(200, "<html>Sign in</html>", "text/html"),
            (false, "other commit") when request.IsFile => reply.With("X-Repo-Commit", new string('d', 40)),
            (false, "other hash") when request.IsFile =>
                reply.With("X-Linked-Etag", new string('d', reply.Headers.ContainsKey("X-Linked-Etag") ? 64 : 40)),
            (false, "other size") when request.IsFile => reply.With("X-Linked-Size", "5"),
            _ => reply,
        };
        await Refused(says);
        Assert.Null(Cache.Find(new ModelName(Name)));
        NothingWrongIsKept();
    }

    [Fact]
    public async Task A_length_that_is_never_reached_is_no_whole_file()
    {
        Server.Spoil = (request, reply) => request.Path.StartsWith("/cdn", StringComparison.Ordinal)
            ? reply with { BreakAfter = 0 } : reply;
        await Refused("tried 6 times");
        Server.Spoil = (request, reply) => request.Path.StartsWith("/cdn", StringComparison.Ordinal)
            ? new HubReply(200, Repository.Files["model.safetensors"][..1000]) { StatedLength = -1 } : reply;
        await Refused("ended after 1,000 of 300,000 bytes");
        NothingWrongIsKept();
    }

    [Theory]
    [InlineData(401, "GatedRepo", null, "accept it there")]
    [InlineData(403, "GatedRepo", "hf_x", "the one that is given was refused")]
    [InlineData(401, "RepoNotFound", null, "is not on 127.0.0.1")]
    [InlineData(404, "RepoNotFound", null, "is not on 127.0.0.1")]
    [InlineData(403, null, "hf_x", "the token was refused")]
    [InlineData(404, "EntryNotFound", null, "is not there")]
    [InlineData(418, null, null, "answered 418")]
    public async Task Refusals_say_what_to_do(int status, string? code, string? token, string says)
    {
        Settings = Settings with { Token = token };
        Server.Instead = _ => code is null ? HubReply.Text(status, "") : HubReply.Text(status, "").With("X-Error-Code", code);
        string message = await Refused(says);
        Assert.DoesNotContain("hf_x", message, StringComparison.Ordinal);
        Assert.Single(Server.Requests);
    }

    [Theory]
    [InlineData("a/b/c")]
    [InlineData("../b")]
    [InlineData("a/..")]
    [InlineData("a b/c")]
    [InlineData("-a/b")]
    [InlineData("a--b/c")]
    [InlineData("a/b@")]
    [InlineData("a/b@../main")]
    [InlineData("a/b@-x")]
    [InlineData("")]
    public void Names_are_written_as_the_hub_writes_them(string name)
    {
        Assert.Throws<OptionsException>(() => ModelName.Parse(name));
        Assert.False(ModelName.IsName(name));
    }

    [Fact]
    public void The_environment_is_read_as_by_all_programs_of_Hugging_Face()
    {
        var variables = new Dictionary<string, string> { ["HF_HOME"] = Folder.Path, ["HF_ENDPOINT"] = "http://mirror.example:8080/" };
        HubSettings settings = HubSettings.FromEnvironment(name => variables.GetValueOrDefault(name));
        Assert.Equal((Path.Combine(Folder.Path, "hub"), "http://mirror.example:8080/", null, false),
            (settings.CacheFolder, settings.Endpoint.AbsoluteUri, settings.Token, settings.Offline));
        File.WriteAllText(Folder.File("token"), "hf_file\n");
        Assert.Equal("hf_file", HubSettings.FromEnvironment(name => variables.GetValueOrDefault(name)).Token);
        variables["HF_TOKEN"] = " hf_variable ";
        variables["HF_HUB_CACHE"] = Folder.File("elsewhere");
        variables["HF_HUB_OFFLINE"] = "1";
        settings = HubSettings.FromEnvironment(name => variables.GetValueOrDefault(name));
        Assert.Equal(("hf_variable", Folder.File("elsewhere"), true), (settings.Token, settings.CacheFolder, settings.Offline));
        Assert.DoesNotContain("hf_variable", settings.ToString(), StringComparison.Ordinal);
        variables["HF_TOKEN"] = "two words";
        Assert.DoesNotContain("words", Assert.Throws<OptionsException>(() =>
            HubSettings.FromEnvironment(name => variables.GetValueOrDefault(name))).Message,
            StringComparison.Ordinal);
        variables.Remove("HF_TOKEN");
        variables["HF_ENDPOINT"] = "ftp://mirror.example";
        Assert.Throws<OptionsException>(() => HubSettings.FromEnvironment(name => variables.GetValueOrDefault(name)));
    }

    [Fact]
    public void Known_models_have_names_and_licences()
    {
        Assert.NotEmpty(KnownModels.All);
        Assert.Equal(KnownModels.All.Count, KnownModels.All.Select(model => model.Alias).Distinct().Count());
        foreach (KnownModel model in KnownModels.All)
        {
            Assert.True(ModelName.IsName(model.Alias) && !model.Alias.Contains('/', StringComparison.Ordinal), model.Alias);
            Assert.Equal(new ModelName(model.Repository, model.Commit), KnownModels.Resolve(new ModelName(model.Alias)));
            Assert.Equal(model.Licence?.Id.Contains("nc", StringComparison.Ordinal) == true, model.Licence?.Commercial == false);
        }

        Assert.False(KnownModels.Find("facebook/musicgen-small")!.Licence!.Commercial);
        Assert.False(KnownModels.Find("mert-95m")!.Licence!.Commercial);
    }
}
