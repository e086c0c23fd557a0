using System.Text.Json;
using Euterpe.Search;
using Euterpe.Tasks.Tests;

namespace Euterpe.Cli.Tests;

/// <summary>export, import and prune as a person uses them; and an index run on a disk that is full or must not be written to.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class CatalogueVerbTests : IDisposable
{
    private readonly SoundFolder folder = new();

    public CatalogueVerbTests()
    {
        for (int i = 0; i < 12; i++)
            folder.Tone($"{i:d3}.wav", 20 + i);
        Assert.Equal(0, Run("index", folder.Music).Code);
    }

    public void Dispose()
    {
        foreach (string path in Directory.GetDirectories(folder.Root, "closed*"))
            File.SetUnixFileMode(path, (UnixFileMode)0b111_111_111);
        folder.Dispose();
    }

    [Fact]
    public void A_catalogue_is_exported_and_imported()
    {
        string export = At("export");
        (int code, string output, string error) = Run("export", export, "--canonical");
        Assert.Equal((0, ""), (code, error));
        string sha = output[(output.IndexOf("Canonical SHA-256: ", StringComparison.Ordinal) + 19)..].Trim();
        Assert.Equal(64, sha.Length);
        Assert.Contains("12 tracks, 0 failures, 12 vectors", output, StringComparison.Ordinal);

        (code, _, error) = Run("export", export);
        Assert.Equal(1, code);
        Assert.Contains("is there already", error, StringComparison.Ordinal);

        Assert.Equal(0, Run("export", At("whole")).Code);
        (code, output, _) = Run("import", At("whole"), "--catalogue", At("other.db"));
        Assert.Equal(0, code);
        Assert.Contains("12 tracks, 0 failures, 12 vectors", output, StringComparison.Ordinal);
        (code, output, _) = Run("import", At("whole"), "--catalogue", At("other.db"), "--json");
        Assert.Equal(12, JsonDocument.Parse(output).RootElement.GetProperty("knownTracks").GetInt32());
        Assert.Contains(sha, Run("export", At("again"), "--canonical", "--catalogue", At("other.db"), "--json").Output, StringComparison.Ordinal);
        Assert.Contains("000.wav", Run("similar", folder["001.wav"], "--catalogue", At("other.db")).Output, StringComparison.Ordinal);

        File.AppendAllText(Path.Combine(At("whole"), "tracks-00000.jsonl"), "x");
        (code, _, error) = Run("import", At("whole"));
        Assert.Equal(1, code);
        Assert.Contains("tracks-00000.jsonl must have", error, StringComparison.Ordinal);
        Assert.Equal(1, Run("import", At("nowhere")).Code);
        Assert.Equal(1, Run("export", At("x"), "--catalogue", At("nowhere.db")).Code);
    }

    [Fact]
    public void What_is_gone_is_pruned()
    {
        File.Delete(folder["003.wav"]);
        File.Delete(folder["004.wav"]);
        Run("index", folder.Music);
        Assert.Contains("would forget 2 absent tracks, 2 sounds, 2 vectors.", Run("prune", "--dry-run").Output, StringComparison.Ordinal);
        Assert.Contains("forgot 0 absent tracks", Run("prune", "--below", At("elsewhere")).Output, StringComparison.Ordinal);
        Assert.Contains("forgot 2 absent tracks, 2 sounds, 2 vectors.", Run("prune", "--below", folder.Music).Output, StringComparison.Ordinal);
        (int code, _, string error) = Run("prune", "--space", "none");
        Assert.Equal(2, code);
        Assert.Contains("There is no space none.", error, StringComparison.Ordinal);
        string key;
        using (ICatalogue c = Catalogue.OpenExisting(folder.Catalogue))
            key = c.Embedder!.Key;
        Assert.Equal(2, Run("prune", "--space", key).Code);
    }

    [Fact]
    public void A_disk_without_room_ends_the_run_with_one_line_and_loses_nothing()
    {
        // The system refuses files to grow beyond a limit: what the catalogue has stays, and the next run goes on.
        string sha = Sha();
        for (int i = 12; i < 80; i++)
            folder.Tone($"{i:d3}.wav", 20 + i);
        using (ProgramRun run = ProgramRun.Through(["bash", "-c", "trap '' XFSZ; ulimit -f 200; export DOTNET_EnableWriteXorExecute=0; exec \"$@\"", "bash"],
            "index", folder.Music, "--catalogue", folder.Catalogue))
        {
            (int code, string output, string error) = run.End();
            Assert.Equal((1, ""), (code, output));
            Assert.Contains("cannot be read or written", error, StringComparison.Ordinal);
            Assert.Single(error, '\n');
        }

        using (ICatalogue c = Catalogue.OpenExisting(folder.Catalogue))
        {
            Assert.Empty(c.Check());
            Assert.True(c.Tracks().Count() >= 12);
        }

        Assert.Equal(0, Run("index", folder.Music).Code);
        for (int i = 12; i < 80; i++)
            File.Delete(folder[$"{i:d3}.wav"]);
        Run("index", folder.Music);
        Assert.Equal(sha, Sha());
    }

    [Fact]
    public void A_catalogue_that_must_not_be_written_to_is_named()
    {
        // Whoever is root here goes without the right to pass over file modes.
        string[] words = Environment.IsPrivilegedProcess
            ? ["setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner", "--inh-caps=-dac_override,-dac_read_search,-fowner"] : ["env"];
        string closed = At("closed");
        Directory.CreateDirectory(closed);
        string path = Path.Combine(closed, "c.db");
        File.Copy(folder.Catalogue, path);
        File.SetUnixFileMode(path, UnixFileMode.UserRead);
        File.SetUnixFileMode(closed, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        folder.Tone("new.wav", 99);
        foreach ((string catalogue, string message) in (ReadOnlySpan<(string, string)>)[(path, "cannot be written to"), (Path.Combine(closed, "new.db"), "cannot be opened"), (Path.Combine(closed, "a", "new.db"), "")])
        {
            using ProgramRun run = ProgramRun.Through(words, "index", folder.Music, "--catalogue", catalogue);
            (int code, string output, string error) = run.End();
            Assert.Equal((1, ""), (code, output));
            Assert.Contains(message, error, StringComparison.Ordinal);
            Assert.Contains(closed, error, StringComparison.Ordinal);
            Assert.DoesNotContain("error of the program", error, StringComparison.Ordinal);
            Assert.Single(error, '\n');
        }

        using ProgramRun export = ProgramRun.Through(words, "export", Path.Combine(closed, "export"), "--catalogue", folder.Catalogue);
        Assert.Equal(1, export.End().Code);
    }

    private string At(string name) => Path.Combine(folder.Root, name);

    private string Sha()
    {
        using ICatalogue c = Catalogue.OpenExisting(folder.Catalogue);
        string export = At("sha");
        string sha = CatalogueExport.Write(c, export, canonical: true).Sha256;
        Directory.Delete(export, recursive: true);
        return sha;
    }

    private (int Code, string Output, string Error) Run(params string[] arguments)
    {
        var output = new StringWriter { NewLine = "\n" };
        var error = new StringWriter { NewLine = "\n" };
        int code = CommandLine.Run([.. arguments, .. arguments.Contains("--catalogue") ? [] : (string[])["--catalogue", folder.Catalogue]], output, error,
            new Surroundings { Watched = false, Variable = _ => null });
        return (code, output.ToString(), error.ToString());
    }
}
