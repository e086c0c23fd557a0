using Euterpe.Numerics;

namespace Euterpe.Search.Vectors;

public sealed partial class VectorIndex
{
    /// <summary>The approximate search; null as long as no graph was built.</summary>
    public HnswIndex? Graph => _graph;

    /// <summary>Rows that the graph holds; the others are searched one by one beside it. 0: there is no graph.</summary>
    public long GraphRows => _graph?.GraphRows ?? 0;

    /// <summary>Why there is a file of a graph and <see cref="Graph"/> is null: it is damaged, or of other vectors. Null otherwise.</summary>
    public string? GraphProblem { get; private set; }

    /// <summary>
    /// Builds the graph, or takes the rows that it does not hold into it (all but the last few, fewer than 512). Searches go on meanwhile with
    /// what was there before.
    /// </summary>
    /// <param name="options">Null: those of the graph that is there, or the usual ones; other ones build it anew.</param>
    /// <param name="progress">From 0 to 1.</param>
    /// <param name="token">Looked at between batches of rows; the graph that was there stays.</param>
    /// <exception cref="IOException">Another process is building it.</exception>
    public void BuildGraph(GraphOptions? options = null, IProgress<double>? progress = null, CancellationToken token = default) =>
        Build(options, alone: false, progress, token);

    /// <summary>
    /// As <see cref="BuildGraph"/>, on a thread of the lowest priority; a second call while it runs gives the same task. The graph is the same,
    /// bit for bit.
    /// </summary>
    public Task BuildGraphInBackground(GraphOptions? options = null, IProgress<double>? progress = null, CancellationToken token = default)
    {
        lock (_gate)
        {
            if (_building is { IsCompleted: false })
                return _building;
            return _building = BackgroundThread.Run(() => Build(options, alone: true, progress, token));
        }
    }

    /// <summary>
    /// Measures the graph on the stored vectors and keeps the smallest breadth that reaches the recall that is asked for; searches use it from
    /// then on.
    /// </summary>
    /// <param name="options">Null: the usual ones.</param>
    /// <param name="time">For the speeds.</param>
    /// <param name="token">Looked at between queries.</param>
    /// <returns>Null when there is no graph.</returns>
    public RecallReport? Measure(RecallOptions? options = null, TimeProvider? time = null, CancellationToken token = default)
    {
        if (_graph is not { } graph)
            return null;
        RecallReport report = Recall.Measure(graph, Exact, Vectors, options ?? new RecallOptions(), time ?? TimeProvider.System, token);
        graph.Keep(report.Breadth, (float)report.Chosen.At10);
        return report;
    }

    private void Build(GraphOptions? options, bool alone, IProgress<double>? progress, CancellationToken token)
    {
        string path = GraphPath(Folder, _key);
        using (FileLock.Take(path))
            HnswIndex.Build(path, Vectors, _key, options, alone, progress, token);
        OpenGraph();
    }

    private void OpenGraph()
    {
        string path = GraphPath(Folder, _key);
        lock (_gate)
        {
            HnswIndex? before = _graph, now = null;
            GraphProblem = null;
            try
            {
                if (File.Exists(path))
                    now = HnswIndex.Open(path, Vectors, _key);
            }
            catch (FileFormatException problem)
            {
                GraphProblem = problem.Message;
            }
            catch (FileNotFoundException)
            {
            }

            _graph = now;
            before?.Dispose();
        }
    }
}
