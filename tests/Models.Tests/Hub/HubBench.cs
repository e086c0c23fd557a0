using System.Text;
using Euterpe.Models.Pretrained.Hub;
using Euterpe.Testing;

namespace Euterpe.Models.Tests.Hub;

/// <summary>A hub on loopback, a cache of its own, and a model to fetch.</summary>
public abstract class HubBench : IDisposable
{
    protected const string Name = "somebody/model";

    private protected HubBench()
    {
        Repository = new HubRepository();
        Repository.Files["config.json"] = Encoding.UTF8.GetBytes("{\"model_type\": \"clap\"}");
        Repository.Files["tokenizer.json"] = Encoding.UTF8.GetBytes("{}");
        Repository.Files["README.md"] = Encoding.UTF8.GetBytes("---\nlicense: apache-2.0\n---\n");
        Repository.Files["modeling.py"] = Encoding.UTF8.GetBytes("import os");
        Repository.Files["pytorch_model.bin"] = new byte[500];
        Repository.Files["model.safetensors"] = Numbers(300_000);
        Repository.Large.UnionWith(["pytorch_model.bin", "model.safetensors"]);
        Server.Repositories[Name] = Repository;
        Settings = new HubSettings
        {
            Endpoint = Server.Address,
            CacheFolder = Folder.File("hub"),
            Clock = new HastyTime(200),
            Stall = TimeSpan.FromSeconds(2000),
            Proxy = false,
        };
    }

    protected HubServer Server { get; } = new();

    protected TemporaryFolder Folder { get; } = new();

    protected HubRepository Repository { get; }

    protected HubSettings Settings { get; set; }

    private protected HubCache Cache => new(Settings.CacheFolder);

    protected string Blob(string file) => Cache.Blob(Name, Repository.Hash(file));

    protected static byte[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(i => (byte)((i * 7) ^ (i >> 8)))];

    protected async Task<PullPlan> Plan(PullRequest? request = null)
    {
        using var hub = new ModelHub(Settings);
        return await hub.Plan(request ?? new PullRequest(Name));
    }

    protected async Task<string> Pull(string name = Name, IProgress<PullProgress>? progress = null, CancellationToken token = default)
    {
        using var hub = new ModelHub(Settings);
        return await hub.Fetch(await hub.Plan(new PullRequest(name), token), progress, token);
    }

    /// <summary>Pulls, and expects an error that says all of these.</summary>
    protected async Task<string> Refused(params string[] says)
    {
        var error = await Assert.ThrowsAsync<Numerics.ModelFileException>(() => Pull());
        foreach (string each in says)
            Assert.Contains(each, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        return error.Message;
    }

    /// <summary>Nothing has its final name that is not what it should be.</summary>
    protected void NothingWrongIsKept()
    {
        string blobs = Cache.Blobs(Name);
        foreach (string file in Directory.Exists(blobs) ? Directory.GetFiles(blobs) : [])
        {
            string name = Path.GetFileName(file);
            if (!name.Contains('.', StringComparison.Ordinal))
                Assert.Equal(name, ContentHash.Of(file, git: name.Length == 40));
        }
    }

    protected HubRequest[] Asked(string path) => [.. Server.Requests.Where(request => request.Path.Contains(path, StringComparison.Ordinal))];

    public void Dispose()
    {
        Server.Dispose();
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }
}
