using System.Diagnostics;
using System.Globalization;
using System.Text;
using Euterpe.Bench.Works;

namespace Euterpe.Bench;

/// <summary>
/// Interleaves ours and the peer's rounds row by row, prints a table of best and median, and closes with
/// <c>WORK: ours X, PEER Y, ratio Z (unit)</c>: geometric means over the rows, a ratio above 1 meaning that ours is better.
/// </summary>
internal static class Harness
{
    /// <summary>At least 9 rounds of each row; short rows get more, as long as a row stays within two seconds a side.</summary>
    private const int LeastRounds = 9;
    private const int MostRounds = 101;
    private const double RowMilliseconds = 2000;
    private const double NoiseLimit = 0.05;
    private const double HopelessFrom = 1.5;
    private const double LongMilliseconds = 1000;

    public static int Run(IWork work)
    {
        using var session = new Session();
        List<Row> rows = [.. work.Prepare(session).Select(Warm)];
        var noise = new Noise(session);
        List<Result> results = [.. rows.Select(Measure)];
        double others = noise.Share();

        string peers = string.Join("; ", session.Peers.Select(p => p.Version).Where(v => v.Length > 0).Distinct());
        string table = Table(work, results, peers, others);
        Console.WriteLine(table);
        if (others > NoiseLimit)
        {
            Console.WriteLine($"NOISY: other processes used {others:P0} of a core; measure on a quiet machine.");
            return 3;
        }
        string closing = Closing(work, results);
        Keep(work.Name, table, closing);
        Console.WriteLine(closing);
        return 0;
    }

    /// <summary>Everything is compiled, mapped and warm before the clock counts. In long rows, ways of the peer that are far from its best are left out.</summary>
    private static Row Warm(Row row)
    {
        row.Ours();
        row.Ours();
        foreach (Func<double> peer in row.Peers)
        {
            peer();
        }
        double[] times = [.. row.Peers.Select(peer => peer())];
        double limit = Math.Max(HopelessFrom * times.Min(), LongMilliseconds);
        return row with { Peers = [.. row.Peers.Where((_, i) => times[i] <= limit)] };
    }

    private static Result Measure(Row row)
    {
        double once = row.Ours();
        int rounds = Math.Clamp((int)(RowMilliseconds / Math.Max(once, 0.01)), LeastRounds, MostRounds);
        var ours = new List<double>();
        List<double>[] peers = [.. row.Peers.Select(_ => new List<double>())];
        for (int round = 0; round < rounds; round++)
        {
            ours.Add(row.Ours());
            for (int i = 0; i < peers.Length; i++)
            {
                peers[i].Add(row.Peers[i]());
            }
        }
        List<double> best = peers.MinBy(p => p.Min())!;
        return new Result(row, rounds, ours.Min(), Median(ours), best.Min(), Median(best));
    }

    private static double Median(List<double> times)
    {
        List<double> sorted = [.. times.Order()];
        return sorted[sorted.Count / 2];
    }

    private static string Table(IWork work, List<Result> results, string peers, double others)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"machine: {Machine()}; peer: {peers}; others used {others * 100:0.0} % of a core; figures in {work.Unit}, best (median)");
        text.AppendLine(CultureInfo.InvariantCulture, $"| {work.Name} | rounds | ours | {work.Peer} | ratio |");
        text.AppendLine("|---|---|---|---|---|");
        foreach (Result r in results)
        {
            text.AppendLine(CultureInfo.InvariantCulture,
                $"| {r.Row.Label} | {r.Rounds} | {r.Ours:0.##} ({r.Row.Worth / r.OursMedian:0.##}) | {r.Peer:0.##} ({r.Row.Worth / r.PeerMedian:0.##}) | {r.Ratio:0.00} |");
        }
        text.Append(CultureInfo.InvariantCulture, $"worst ratio {results.Min(r => r.Ratio):0.00}, goal: {work.Goal}");
        return text.ToString();
    }

    /// <summary>Prints and keeps what a report finds; exit code 0.</summary>
    public static int Run(IReport report)
    {
        if (report.Run() is var (table, closing))
        {
            Console.WriteLine(table);
            Keep(report.Name, table, closing);
            Console.WriteLine(closing);
        }
        return 0;
    }

    private static string Closing(IWork work, List<Result> results)
    {
        if (work.ClosesEachRow)
        {
            return string.Join("\n", results.Select(r => string.Create(CultureInfo.InvariantCulture,
                $"{work.Name}, {r.Row.Label}: ours {r.Ours:0.##}, {work.Peer} {r.Peer:0.##}, ratio {r.Ratio:0.00} ({work.Unit})")));
        }
        double ours = Geometric(results.Select(r => r.Ours));
        double peer = Geometric(results.Select(r => r.Peer));
        return string.Create(CultureInfo.InvariantCulture, $"{work.Name}: ours {ours:0.##}, {work.Peer} {peer:0.##}, ratio {ours / peer:0.00} ({work.Unit})");
    }

    /// <summary>The geometric mean, as 2 to the mean of the logarithms.</summary>
    private static double Geometric(IEnumerable<double> values) => Math.Exp(values.Average(v => Math.Log(v)));

    /// <summary>Appends the raw lines to the file that EUTERPE_BENCH_RESULTS names (bench.sh sets it to bench/RESULTS.md).</summary>
    private static void Keep(string work, string table, string closing)
    {
        string? path = Environment.GetEnvironmentVariable("EUTERPE_BENCH_RESULTS");
        if (!string.IsNullOrEmpty(path))
        {
            File.AppendAllText(path, $"\n## `./bench.sh {work}`, {DateTime.UtcNow:yyyy-MM-dd}\n\n{table}\n\n`{closing}`\n");
        }
    }

    private static string Machine()
    {
        string model = "unknown processor";
        if (File.Exists("/proc/cpuinfo"))
        {
            string[] lines = File.ReadAllLines("/proc/cpuinfo");
            string Field(string name) => lines.FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "?";
            model = $"{Field("model name")} (family {Field("cpu family")}, model {Field("model\t")})";
        }
        return $"{model}, {Environment.ProcessorCount} cores, .NET {Environment.Version}";
    }

    /// <summary>Times <paramref name="body"/> repeated until it lasts about a millisecond or <paramref name="repeats"/> is given; milliseconds of one.</summary>
    public static double Time(Action body, int repeats = 1)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < repeats; i++)
        {
            body();
        }
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds / repeats;
    }

    private sealed record Result(Row Row, int Rounds, double OursBest, double OursMedian, double PeerBest, double PeerMedian)
    {
        public double Ours => Row.Worth / OursBest;

        public double Peer => Row.Worth / PeerBest;

        public double Ratio => PeerBest / OursBest;
    }
}
