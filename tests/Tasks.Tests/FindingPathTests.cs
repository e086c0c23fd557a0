using System.Globalization;
using Euterpe.Numerics;
using Euterpe.Tasks.Finding;
using static Euterpe.Tasks.Tests.HandMadeCatalogue;

namespace Euterpe.Tasks.Tests;

public sealed class FindingPathTests : IDisposable
{
    private readonly HandMadeCatalogue _made = new(8);

    public void Dispose() => _made.Dispose();

    [Fact]
    public void A_path_goes_along_the_circle_and_each_track_once()
    {
        // Ten tracks on the quarter circle from a to b, and others far from it.
        for (int i = 0; i <= 10; i++)
        {
            double angle = i * Math.PI / 20;
            _made.Add($"{i:00}", Unit((float)DoubleFunctions.Cos(angle), (float)DoubleFunctions.Sin(angle), 0, 0, 0, 0, 0, 0), 100 + (10 * i));
        }

        for (int i = 0; i < 50; i++)
            _made.Add($"far{i:00}", Unit([0, 0, .. Random(i, 6)]), 300 + (10 * i));
        _made.Save();
        Assert.Equal(["00", "02", "04", "06", "08", "10"], Steps(Path(6)));
        PathResult all = Path(11);
        Assert.Equal(Enumerable.Range(0, 11).Select(i => i.ToString("00", CultureInfo.InvariantCulture)), Steps(all));
        Assert.Equal(all.LargestStep, all.MeanStep, 5);
        Assert.Equal(1 - DoubleFunctions.Cos(Math.PI / 20), all.MeanStep, 5);
        Assert.Equal(Enumerable.Range(0, 11).Select(i => i / 10.0), all.Steps.Select(s => Math.Round(s.Progress, 5)));
        Assert.Equal(["00", "10"], Steps(Path(2)));
        Assert.Equal(["00", "03", "05", "07", "10"], Steps(PathTask.Run(Options(5) with { Where = "file!=02 and file!=08" }, Context())));
        PathResult without = PathTask.Run(Options(6) with { Exclude = ["04", "05", "06"] }, Context());
        Assert.DoesNotContain("04", Steps(without));
        Assert.Equal(6, without.Steps.Count);
        Assert.Equal(Steps(Path(6)).Reverse(), Steps(PathTask.Run(Options(6) with { From = "10", To = "00" }, Context())));
    }

    [Fact]
    public void With_too_few_tracks_the_path_is_shorter_and_says_so()
    {
        _made.Add("a", Random(1, 8)).Add("b", Random(2, 8), 50).Save();
        PathResult two = PathTask.Run(new PathOptions { From = "a", To = "b", Catalogue = _made.Place, Count = 12 }, Context());
        Assert.Equal(["a", "b"], Steps(two));
        Assert.Contains("only 2 tracks", two.Note, StringComparison.Ordinal);
        _made.Add("same", Random(1, 8), 70).Save();
        foreach ((string from, string to) in (ReadOnlySpan<(string, string)>)[("a", "a"), ("a", "same")])
            Assert.Throws<InvalidOperationException>(() => PathTask.Run(new PathOptions { From = from, To = to, Catalogue = _made.Place }, Context()));
        foreach (int count in (int[])[-1, 0, 1, 201])
            Assert.Throws<OptionsException>(() => PathTask.Run(new PathOptions { From = "a", To = "b", Catalogue = _made.Place, Count = count }, Context()));
    }

    [Fact]
    public void It_is_smoother_than_taking_what_is_nearest_to_each_target()
    {
        for (int i = 0; i < 2000; i++)
            _made.Add($"{i:0000}", Random(i, 8), 10 + (3 * i));
        _made.Save();
        double ours = 0, straight = 0, oursMost = 0, straightMost = 0;
        for (int p = 0; p < 10; p++)
        {
            PathResult result = PathTask.Run(new PathOptions { From = $"{p:0000}", To = $"{p + 100:0000}", Catalogue = _made.Place, Count = 12 }, Context());
            Assert.Equal(12, result.Steps.Select(s => s.Path).Distinct().Count());
            Assert.Equal(result.Steps.OrderBy(s => s.Progress), result.Steps);
            (ours, oursMost) = (ours + result.MeanStep, oursMost + result.LargestStep);
            double[] steps = Nearest(Random(p, 8), Random(p + 100, 8));
            (straight, straightMost) = (straight + steps.Average(), straightMost + steps.Max());
        }

        Console.WriteLine($"mean step {ours / 10:0.000} beside {straight / 10:0.000}, largest {oursMost / 10:0.000} beside {straightMost / 10:0.000}");
        Assert.True(ours < straight && oursMost < straightMost, $"{ours} {straight} {oursMost} {straightMost}");
    }

    private static double[] Nearest(float[] a, float[] b)
    {
        var way = new List<float[]> { a };
        foreach (float[] target in Journey.Targets(a, b, 10))
            way.Add(Enumerable.Range(0, 2000).Select(i => Random(i, 8)).Where(v => !way.Any(w => w.SequenceEqual(v)) && !v.SequenceEqual(b)).MaxBy(v => Reductions.Dot(v, target))!);
        way.Add(b);
        return [.. way.Skip(1).Select((v, i) => 1.0 - Reductions.Dot(way[i], v))];
    }

    private PathOptions Options(int count) => new() { From = "00", To = "10", Catalogue = _made.Place, Count = count };

    private PathResult Path(int count) => PathTask.Run(Options(count), Context());

    private static string[] Steps(PathResult result) => [.. result.Steps.Select(s => s.Path["/m/".Length..])];
}
