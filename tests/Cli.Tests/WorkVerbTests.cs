using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Euterpe.Numerics;
using Euterpe.Search;
using Euterpe.Tasks;
using Euterpe.Tasks.Tests;
using Euterpe.Testing;
using Xunit.Abstractions;

namespace Euterpe.Cli.Tests;

/// <summary>Workers as processes of their own at one catalogue: nothing is done twice, nothing is lost, and the outcome is that of a single run.</summary>
public sealed class WorkVerbTests(ITestOutputHelper output) : IDisposable
{
    private readonly SoundFolder _sounds = new();

    public void Dispose() => _sounds.Dispose();

    [SkippableFact]
    public void Two_workers_at_postgres_do_each_file_once() => TwoWorkers(new PostgresPlace());

    [Fact]
    public void Two_workers_at_a_file_do_each_file_once() => TwoWorkers(null);

    private void TwoWorkers(PostgresPlace? place)
    {
        using (place)
        {
            const int Files = 40;
            Make(Files);
            string address = place?.Address ?? Path.Combine(_sounds.Root, "shared.db");
            string expected = Undisturbed();
            Assert.Equal(Files + 1, ProgramRun.Report("index", _sounds.Music, "--queue-only", "--catalogue", address).GetProperty("queued").GetInt32());
            using ProgramRun one = Worker(address), other = Worker(address);
            JsonElement[] results = [Report(one), Report(other)];
            Assert.Equal(Files + 1, results.Sum(r => r.GetProperty("worked").GetInt32()));
            Assert.Equal(Files, results.Sum(r => r.GetProperty("embedded").GetInt32()));
            Assert.Equal(1, results.Sum(r => r.GetProperty("failures").GetArrayLength()));
            Assert.All(results, r => Assert.Equal(0, r.GetProperty("waiting").GetInt32()));
            output.WriteLine(string.Join(" and ", results.Select(r => r.GetProperty("worked").GetInt32())) + " files");
            if (place is not null)
                Assert.All(results, r => Assert.DoesNotContain(place.Password, r.GetRawText(), StringComparison.Ordinal));
            Assert.Equal(expected, Canonical(address));
            using ICatalogue c = Catalogue.OpenExisting(address);
            Assert.Empty(c.Check());
            Assert.Equal(Files, c.Vectors(c.Embedder!.Key).Count());
        }
    }

    [SkippableFact]
    [Trait("Category", "Long")]
    public void Two_of_four_workers_are_killed_at_random_and_the_others_do_the_rest()
    {
        const int Files = 400, Rounds = 5;
        Make(Files);
        string expected = Undisturbed();
        for (int round = 0; round < Rounds; round++)
        {
            using var place = new PostgresPlace();
            ProgramRun.Report("index", _sounds.Music, "--queue-only", "--catalogue", place.Address);
            long start = Stopwatch.GetTimestamp();
            ProgramRun[] workers = [.. Enumerable.Range(0, 4).Select(_ => Worker(place.Address))];
            var random = new Philox(7, "killed workers");
            var killed = new List<string>();
            for (int i = 0; i < 2; i++)
            {
                Assert.True(workers[i].KillAfter(TimeSpan.FromSeconds(0.6 + (1.5 * random.Uniform(round, i, 0)))), "a worker had ended before it was killed");
                killed.Add(Stopwatch.GetElapsedTime(start).TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture));
            }

            int[] worked = [.. workers[2..].Select(worker => Report(worker).GetProperty("worked").GetInt32())];
            Array.ForEach(workers, worker => worker.Dispose());
            using ICatalogue c = Catalogue.OpenExisting(place.Address);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"Round {round + 1}: two killed after {string.Join(" and ", killed)} s, having written {Files + 1 - worked.Sum()} files; the others wrote {string.Join(" and ", worked)}; "
                + $"{Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s in all."));
            Assert.Equal(expected, Canonical(place.Address));
            Assert.Equal(new QueueCount(0, 0), c.Queue.Count());
            Assert.Empty(c.Check());
        }
    }

    private void Make(int files)
    {
        for (int i = 0; i < files; i++)
            _sounds.Tone($"{i % 7}/{i:d3}.wav", 20 + i, frames: 6000 + i);
        _sounds.Text("3/words.wav", "not a sound");
    }

    /// <summary>The canonical hash of a single run that nobody disturbs.</summary>
    private string Undisturbed()
    {
        string single = Path.Combine(_sounds.Root, "single.db");
        IndexTask.Run(new IndexOptions { Folder = _sounds.Music, Catalogue = single });
        return Canonical(single);
    }

    private string Canonical(string place)
    {
        using ICatalogue c = Catalogue.OpenExisting(place);
        string folder = Path.Combine(_sounds.Root, "export-" + Guid.NewGuid().ToString("n"));
        string sha = CatalogueExport.Write(c, folder, canonical: true).Sha256;
        Directory.Delete(folder, recursive: true);
        return sha;
    }

    private static ProgramRun Worker(string catalogue) => ProgramRun.Begin("work", "--catalogue", catalogue, "--threads", "1", "--json");

    private static JsonElement Report(ProgramRun run)
    {
        (int code, string text, string error) = run.End();
        Assert.True(code == 0, $"exit code {code}: {error} {text}");
        return JsonDocument.Parse(text).RootElement;
    }
}
