using Euterpe.Numerics;

namespace Euterpe.Search.Vectors;

/// <summary>
/// Measures a graph on the vectors that it is for. A query is a stored vector with noise, and that vector itself does not count: finding it is easy.
/// Sample and noise come from the counter generator, so only the speeds change from run to run.
/// </summary>
internal static class Recall
{
    private const int Few = 10;
    private const int Many = 100;
    private const int MostExact = 40;

    private static readonly int[] Breadths = [8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024];

    public static RecallReport Measure(
        HnswIndex graph, IVectorIndex exact, VectorFile file, RecallOptions options, TimeProvider time, CancellationToken token)
    {
        options.Check();
        (float[][] queries, long[] sources) = Sample(file, options);
        long begun = time.GetTimestamp();
        foreach (float[] query in queries.Take(MostExact))
            exact.Nearest(query, Few, null, token);
        double exactSpeed = Speed(time, begun, Math.Min(MostExact, queries.Length));
        IReadOnlyList<IReadOnlyList<Hit>> found = exact.NearestOfMany(queries.SelectMany(q => q).ToArray(), Many + 1, null, token);
        long[][] truth = [.. found.Select((hits, i) => hits.Select(h => h.Id).Where(id => id != sources[i]).Take(Many).ToArray())];

        var points = new SortedDictionary<int, RecallPoint>();
        RecallPoint Point(int breadth) => points.TryGetValue(breadth, out RecallPoint? point) ? point
            : points[breadth] = Try(graph, queries, sources, truth, breadth, time, token);
        int failed = 0;
        RecallPoint? good = null;
        foreach (int breadth in Breadths)
        {
            RecallPoint point = Point(breadth);
            if (point.At10 >= options.Goal)
            {
                good = point;
                break;
            }

            failed = breadth;
        }

        // Between the last that failed and the first that did not.
        while (good is not null && good.Breadth - failed > 1)
        {
            int middle = (good.Breadth + failed) / 2;
            RecallPoint point = Point(middle);
            if (point.At10 >= options.Goal)
                good = point;
            else
                failed = middle;
        }

        RecallPoint chosen = good ?? points.Values.MaxBy(p => p.At10)!;
        foreach (int twice in (int[])[chosen.Breadth * 2, chosen.Breadth * 4])
            Point(twice);
        return new RecallReport(
            file.Count, graph.GraphRows, queries.Length, options.Goal, good is not null, points[chosen.Breadth], exactSpeed, [.. points.Values]);
    }

    private static RecallPoint Try(
        HnswIndex graph, float[][] queries, long[] sources, long[][] truth, int breadth, TimeProvider time, CancellationToken token)
    {
        // Once unmeasured: pages and code are there when the clock counts.
        graph.Nearest(queries[0], Few, breadth, null, token);
        long begun = time.GetTimestamp();
        foreach (float[] query in queries)
            graph.Nearest(query, Few, breadth, null, token);
        double speed = Speed(time, begun, queries.Length), first = 0, few = 0, many = 0;
        for (int i = 0; i < queries.Length; i++)
        {
            long source = sources[i];
            long[] near = Without(graph.Nearest(queries[i], Few + 1, breadth, null, token), source), far = Without(
                graph.Nearest(queries[i], Many + 1, breadth, null, token), source);
            first += Share(truth[i], near, 1);
            few += Share(truth[i], near, Few);
            many += Share(truth[i], far, Many);
        }

        return new RecallPoint(breadth, first / queries.Length, few / queries.Length, many / queries.Length, speed);
    }

    private static long[] Without(IReadOnlyList<Hit> hits, long source) => [.. hits.Select(h => h.Id).Where(id => id != source)];

    private static double Share(long[] truth, long[] found, int count)
    {
        int wanted = Math.Min(count, truth.Length);
        return wanted == 0 ? 1 : truth.Take(wanted).Intersect(found.Take(wanted)).Count() / (double)wanted;
    }

    private static double Speed(TimeProvider time, long begun, int queries) => queries / Math.Max(time.GetElapsedTime(begun).TotalSeconds, 1e-9);

    private static (float[][] Queries, long[] Sources) Sample(VectorFile file, RecallOptions options)
    {
        var random = new Philox(options.Seed, "recall/sample");
        int rows = (int)file.Count, d = file.Dimension, n = Math.Min(options.Sample, rows);
        float[][] queries = new float[n][];
        long[] sources = new long[n];
        float[] noise = new float[d];
        for (int i = 0; i < n; i++)
        {
            // One of each n-th part of the rows.
            long from = (long)i * rows / n, to = (long)(i + 1) * rows / n;
            long row = from + random.Integer(i, 0, 0, (int)(to - from));
            float[] query = file.Vector(row);
            random.FillNormal(i, 1, noise);
            double square = 0;
            foreach (float x in query)
                square += (double)x * x;
            float size = (float)(options.Noise * Math.Sqrt(square / d));
            for (int k = 0; k < d; k++)
                query[k] += size * noise[k];
            (queries[i], sources[i]) = (query, file.Id(row));
        }

        return (queries, sources);
    }
}
