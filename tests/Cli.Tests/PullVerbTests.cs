using System.Text.Json;
using Euterpe.Testing;

namespace Euterpe.Cli.Tests;

/// <summary>A model is fetched, listed, verified and removed as a person does it, from a hub on loopback.</summary>
public sealed class PullVerbTests : IDisposable
{
    private const string Name = "somebody/tiny-clap";
    private readonly HubServer hub = new();
    private readonly TemporaryFolder home = new();

    public PullVerbTests()
    {
        var repository = new HubRepository { Licence = "cc-by-nc-4.0" };
        string folder = Path.Combine(Fixture.Repository, "tests", "Fixtures", "transformers", "clap_plain", "checkpoint");
        foreach (string file in Directory.GetFiles(folder))
            repository.Files[Path.GetFileName(file)] = File.ReadAllBytes(file);
        repository.Large.Add("model.safetensors");
        hub.Repositories[Name] = repository;
    }

    public void Dispose()
    {
        hub.Dispose();
        home.Dispose();
    }

    [Fact]
    public void A_model_is_fetched_listed_and_removed()
    {
        (int code, string output, string error) = Run("pull", Name, "--dry-run");
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("licence: cc-by-nc-4.0, not for commercial use", output, StringComparison.Ordinal);
        Assert.Contains("model.safetensors", output, StringComparison.Ordinal);
        Assert.Contains("to fetch.", output, StringComparison.Ordinal);
        Assert.Single(Models());

        (code, output, error) = Run("pull", Name);
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("every file checked; it can embed sounds, embed words", output, StringComparison.Ordinal);
        (code, output, _) = Run("pull", Name, "--json");
        Assert.Equal((0, 0L), (code, JsonDocument.Parse(output).RootElement.GetProperty("missingBytes").GetInt64()));

        JsonElement model = Models()[1];
        Assert.Equal((Name, "complete", "clap", false), (model.GetProperty("name").GetString(), model.GetProperty("state").GetString(),
            model.GetProperty("architecture").GetString(), model.GetProperty("licence").GetProperty("commercial").GetBoolean()));
        Assert.Contains($"{Name}@aaaaaaaaaaaa (main)", Run("list").Output, StringComparison.Ordinal);
        Assert.Contains("short: clap-music", Run("list", "--known").Output, StringComparison.Ordinal);

        (code, output, _) = Run("remove", Name);
        Assert.Equal(0, code);
        Assert.Contains("1 revision removed", output, StringComparison.Ordinal);
        Assert.Single(Models());
        Assert.Equal(1, Run("remove", Name).Code);
    }

    [Fact]
    public void A_file_that_has_changed_since_is_damage()
    {
        Assert.Equal(0, Run("pull", Name).Code);
        string blob = Path.Combine(home.Path, "hub", "models--somebody--tiny-clap", "blobs", hub.Repositories[Name].Hash("model.safetensors"));
        byte[] bytes = File.ReadAllBytes(blob);
        bytes[^1] ^= 1;
        File.WriteAllBytes(blob, bytes);
        (int code, string output, string error) = Run("verify", Name);
        Assert.Equal((1, ""), (code, error));
        Assert.Contains(Name + ": damaged. Model.safetensors has the SHA-256", output, StringComparison.Ordinal);
        Assert.Contains("7 files have the hashes", output, StringComparison.Ordinal);
        JsonElement json = JsonDocument.Parse(Run("verify", Name, "--json").Output).RootElement;
        Assert.Equal(("damaged", false), (json.GetProperty("verdict").GetString(), json.GetProperty("good").GetBoolean()));
        (code, _, error) = Run("verify", "somebody/else");
        Assert.Equal(1, code);
        Assert.Contains("euterpe pull somebody/else", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "pull")]
    [InlineData(2, "pull", "not a name")]
    [InlineData(2, "pull", "signature")]
    [InlineData(2, "pull", Name, "--all", "--file", "x")]
    [InlineData(1, "pull", Name + "@none")]
    [InlineData(1, "pull", "somebody/else")]
    [InlineData(2, "remove", "signature")]
    [InlineData(2, "remove", "../x")]
    [InlineData(0, "pull", "--help")]
    [InlineData(0, "list", "--help")]
    [InlineData(0, "remove", "--help")]
    public void Codes_tell_what_became_of_it(int expected, params string[] arguments)
    {
        (int code, string output, string error) = Run(arguments);
        Assert.Equal(expected, code);
        Assert.Equal(expected == 0 ? 0 : 1, error.Count(c => c == '\n'));
        Assert.NotEqual(expected == 0, output.Length == 0);
    }

    private List<JsonElement> Models() => [.. JsonDocument.Parse(Run("list", "--json").Output).RootElement.GetProperty("models").EnumerateArray()];

    private (int Code, string Output, string Error) Run(params string[] arguments)
    {
        var output = new StringWriter { NewLine = "\n" };
        var error = new StringWriter { NewLine = "\n" };
        var surroundings = new Surroundings
        {
            Watched = false,
            Variable = name => name switch
            {
                "HF_HOME" => home.Path,
                "HF_ENDPOINT" => hub.Address.AbsoluteUri,
                _ => null,
            },
        };
        return (CommandLine.Run(arguments, output, error, surroundings), output.ToString(), error.ToString());
    }
}
