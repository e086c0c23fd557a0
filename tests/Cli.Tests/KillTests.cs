using System.Diagnostics;
using System.Text.Json;
using Euterpe.Numerics;
using Euterpe.Search;
using Euterpe.Tasks.Tests;
using Xunit.Abstractions;

namespace Euterpe.Cli.Tests;

/// <summary>
/// The program is killed (kill -9) at random moments of an index run. After each: the catalogue opens and is sound, no more files are in flight than the program says,
/// the next run does nothing again that was finished, and in the end the canonical export has the SHA-256 of an undisturbed run.
/// </summary>
public sealed class KillTests(ITestOutputHelper output) : IDisposable
{
    private const int Files = 60;

    private readonly SoundFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Ten_kills_cost_only_what_was_in_flight() => Kill(10, seed: 1);

    [Fact]
    [Trait("Category", "Long")]
    public void Two_hundred_kills_cost_only_what_was_in_flight() => Kill(200, seed: 2);

    private void Kill(int kills, ulong seed)
    {
        for (int i = 0; i < Files; i++)
            folder.Tone($"{i % 7}/{i:d3}.wav", 20 + i, 8000 + (400 * (i % 30)));
        File.Copy(folder["1/001.wav"], folder["copy.wav"]);
        folder.Text("broken.mp3", "this is not music");

        string plain = Path.Combine(folder.Root, "plain.db");
        var clock = Stopwatch.StartNew();
        JsonElement undisturbed = ProgramRun.Report("index", folder.Music, "--catalogue", plain, "--threads", "2");
        double seconds = clock.Elapsed.TotalSeconds;
        int bound = undisturbed.GetProperty("inFlightBound").GetInt32();
        string expected = Sha(plain);

        var moments = new Philox(seed, "kill");
        int round = 0, inFlightAtMost = 0, killed = 0;
        string catalogue = Next();
        for (int i = 0; killed < kills && i < 4 * kills; i++)
        {
            bool fresh = !File.Exists(catalogue), ended = false;
            clock.Restart();
            using (ProgramRun run = ProgramRun.Begin("index", folder.Music, "--catalogue", catalogue, "--threads", "2"))
            {
                ended = !run.KillAfter(TimeSpan.FromSeconds(moments.Uniform(i, 0, 0) * seconds));
                killed += ended ? 0 : 1;
                if (ended && fresh)
                    seconds = Math.Min(seconds, clock.Elapsed.TotalSeconds); // how busy the machine is changes
            }

            if (!File.Exists(catalogue))
                continue;
            using (ICatalogue c = Catalogue.OpenOrCreate(catalogue))
            {
                IReadOnlyList<string> problems = c.Check();
                Assert.True(problems.Count == 0, $"Kill {i} of seed {seed}: {string.Join(" ", problems)}");
                int inFlight = (int)c.Queue.Count().Leased;
                Assert.True(inFlight <= bound, $"{inFlight} files were in flight, {bound} at most are right.");
                inFlightAtMost = Math.Max(inFlightAtMost, inFlight);
            }

            // Every fourth time, and in the end, it may finish (or has); then all begins anew.
            if (ended || i % 4 == 3 || killed == kills)
            {
                Finish(catalogue, expected);
                catalogue = Next();
            }
        }

        Assert.Equal(kills, killed);
        output.WriteLine($"figure: kill -9 at {kills} moments of an index run of {seconds:0.0} s: {round - 1} catalogues brought to the end, "
            + $"at most {inFlightAtMost} files in flight (bound {bound}), no finished file done again, all exports equal: {expected}");

        string Next() => Path.Combine(folder.Root, $"killed{round++}.db");
    }

    /// <summary>The last run: what the catalogue has is not done again, and the result is that of a run that nobody disturbed.</summary>
    private void Finish(string catalogue, string expected)
    {
        long had;
        using (ICatalogue c = Catalogue.OpenExisting(catalogue))
            had = c.Tracks().Count();
        JsonElement last = ProgramRun.Report("index", folder.Music, "--catalogue", catalogue, "--threads", "2");
        long did = last.GetProperty("embedded").GetInt64() + last.GetProperty("recognised").GetInt64();
        Assert.Equal(Files + 1, had + did);
        Assert.Equal(had, last.GetProperty("unchanged").GetInt64());
        Assert.Equal(expected, Sha(catalogue));
        using ICatalogue done = Catalogue.OpenExisting(catalogue);
        Assert.Equal(new QueueCount(0, 0), done.Queue.Count());
        Assert.Empty(done.Check());
    }

    private static string Sha(string catalogue)
    {
        using ICatalogue c = Catalogue.OpenExisting(catalogue);
        return CatalogueExport.Write(c, catalogue + "-export", canonical: true).Sha256;
    }
}
