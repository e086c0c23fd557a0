using Euterpe.Layers;
using Euterpe.Numerics;
using Euterpe.Signals;

namespace Euterpe.Models.Windows;

/// <summary>
/// A frame network as capabilities in plain values: hidden states, and vectors that are the mean over time of chosen hidden states, of unit length.
/// Callers may come at once; each borrows a workspace of its own.
/// </summary>
internal sealed class FrameEmbedder : IFrameEncoder, IWindowedEmbedder
{
    // Frames that go through the network together, where sounds or windows are short.
    private const int FramesTogether = 4500;

    private readonly Workspaces workspaces = new();
    private readonly IFrameNetwork network;
    private readonly FrameWindows windows;
    private readonly double[] weights;
    private readonly Lazy<EmbeddingKey> key;

    /// <param name="name">What a person calls it.</param>
    /// <param name="network">Disposed with the embedder.</param>
    /// <param name="options">Layers and windows; null for the defaults.</param>
    public FrameEmbedder(string name, IFrameNetwork network, FrameOptions? options = null)
    {
        options ??= new FrameOptions();
        (Name, this.network) = (name, network);
        windows = new FrameWindows(network.Grid, network.SampleRate, options);
        LayerChoice layer = options.Layer ?? LayerChoice.Middle(network.Layers);
        weights = layer.WeightsOf(network.Layers);
        string chosen = layer is LayerChoice.One ? Array.FindIndex(weights, weight => weight != 0).ToString(System.Globalization.CultureInfo.InvariantCulture)
            : layer.ToString();
        WindowRule = $"layer {chosen}, {windows.Rule}, mean over frames";
        key = new(() => new EmbeddingKey(network.Architecture, network.WeightsHash(), network.Packing == Packing.BF16 ? "bf16" : "f32", WindowRule,
            network.FrontEndRevision, Stages.Numerics, network.NetworkRevision));
    }

    private delegate void TakeRows(FrameWindow window, int item, int layer, ReadOnlySpan<float> rows);

    public string Name { get; }

    public IFrameNetwork Network => network;

    public int SampleRate => network.SampleRate;

    public double FrameRate => (double)network.SampleRate / network.Grid.Stride;

    public int Layers => network.Layers;

    public int Dimension => network.Dimension;

    public string WindowRule { get; }

    public string CompatibilityKey => key.Value.Text;

    public string Revision => $"front-end={network.FrontEndRevision} numerics={Stages.Numerics} network={network.NetworkRevision}";

    public long Frames(long samples) => network.Grid.Frames(samples);

    public HiddenStates[] Encode(IReadOnlyList<ReadOnlyMemory<float>> waves, IReadOnlyList<int>? layers = null, CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(waves);
        (bool[] wanted, int[] numbers) = Wanted(layers);
        var results = new HiddenStates[waves.Count];
        var whole = new List<(int Wave, FrameWindow Window)>();
        for (int i = 0; i < waves.Count; i++)
            whole.Add((i, OnePass(waves[i], i)));
        foreach (List<(int Wave, FrameWindow Window)> batch in Batches(whole))
        {
            float[][][] values = NewValues(batch.Count, numbers.Length);
            Run([.. batch.Select(each => each.Window)], wanted, token, Copy(values, numbers));
            for (int i = 0; i < batch.Count; i++)
                results[batch[i].Wave] = new HiddenStates(0, batch[i].Window.Take, Dimension, numbers, values[i]);
        }

        return results;
    }

    public long EncodeWindows(IFrameSource source, IReadOnlyList<int>? layers, Action<HiddenStates> take, CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(take);
        (bool[] wanted, int[] numbers) = Wanted(layers);
        long frames = 0;
        foreach (List<FrameWindow> batch in Read(source, token))
        {
            float[][][] values = NewValues(batch.Count, numbers.Length);
            Run(batch, wanted, token, Copy(values, numbers));
            for (int i = 0; i < batch.Count; i++)
            {
                take(new HiddenStates(batch[i].FirstFrame + batch[i].Skip, batch[i].Take, Dimension, numbers, values[i]));
                frames += batch[i].Take;
            }
        }

        return frames > 0 ? frames : throw Empty(nameof(source));
    }

    public float[] Embed(IFrameSource source, CancellationToken token = default) => EmbedWindows(source, token).Vector;

    public EmbeddedSound EmbedWindows(IFrameSource source, CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        bool[] wanted = [.. weights.Select(weight => weight != 0)];
        var whole = new FrameMean(weights, Dimension);
        var done = new List<EmbeddedWindow>();
        foreach (List<FrameWindow> batch in Read(source, token))
        {
            FrameMean[] parts = [.. batch.Select(_ => new FrameMean(weights, Dimension))];
            Run(batch, wanted, token, (window, item, layer, rows) =>
            {
                parts[item].Add(layer, rows);
                whole.Add(layer, rows);
            });
            for (int i = 0; i < batch.Count; i++)
            {
                double start = (batch[i].FirstFrame + batch[i].Skip) / FrameRate;
                done.Add(new EmbeddedWindow(start, batch[i].Take / FrameRate, parts[i].Vector()));
            }
        }

        return done.Count > 0 ? new EmbeddedSound(whole.Vector(), done) : throw Empty(nameof(source));
    }

    public float[][] Embed(IReadOnlyList<ReadOnlyMemory<float>> waves, CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(waves);
        bool[] wanted = [.. weights.Select(weight => weight != 0)];
        FrameMean[] means = [.. waves.Select(_ => new FrameMean(weights, Dimension))];
        var all = new List<(int Wave, FrameWindow Window)>();
        for (int i = 0; i < waves.Count; i++)
        {
            List<FrameWindow> plan = windows.Plan(waves[i]);
            if (plan.Count == 0)
                throw new ArgumentException($"[{network.Architecture}] Sound {i} has no samples.", nameof(waves));
            foreach (FrameWindow window in plan)
                all.Add((i, window));
        }

        foreach (List<(int Wave, FrameWindow Window)> batch in Batches(all))
            Run([.. batch.Select(each => each.Window)], wanted, token, (_, item, layer, rows) => means[batch[item].Wave].Add(layer, rows));
        return [.. means.Select(mean => mean.Vector())];
    }

    public void Dispose()
    {
        workspaces.Dispose();
        network.Dispose();
    }

    private static float[][][] NewValues(int items, int layers) => [.. Enumerable.Range(0, items).Select(_ => new float[layers][])];

    private static TakeRows Copy(float[][][] values, int[] numbers) =>
        (_, item, layer, rows) => values[item][Array.IndexOf(numbers, layer)] = rows.ToArray();

    private ArgumentException Empty(string parameter) => new($"[{network.Architecture}] The sound has no samples.", parameter);

    private FrameWindow OnePass(ReadOnlyMemory<float> wave, int index)
    {
        if (wave.Length == 0)
            throw new ArgumentException($"[{network.Architecture}] Sound {index} has no samples.");
        if (wave.Length < network.Grid.Field)
            return windows.Plan(wave)[0];
        return new FrameWindow(0, wave, 0, checked((int)network.Grid.Frames(wave.Length)));
    }

    private (bool[] Wanted, int[] Numbers) Wanted(IReadOnlyList<int>? layers)
    {
        var wanted = new bool[Layers];
        if (layers is null)
            Array.Fill(wanted, true);
        foreach (int layer in layers ?? [])
        {
            if (layer < 0 || layer >= Layers)
                throw new OptionsException($"[{network.Architecture}] The hidden states are 0 to {Layers - 1}, and {layer} was asked for.");
            wanted[layer] = true;
        }

        return (wanted, [.. Enumerable.Range(0, Layers).Where(layer => wanted[layer])]);
    }

    private int Together(FrameWindow window) =>
        Math.Max(1, FramesTogether / (int)Math.Clamp(network.Grid.Frames(window.Samples.Length), 1, FramesTogether));

    /// <summary>Those of one length together, the windows of one sound in their order.</summary>
    private IEnumerable<List<(int Wave, FrameWindow Window)>> Batches(List<(int Wave, FrameWindow Window)> all)
    {
        foreach (var same in all.GroupBy(each => each.Window.Samples.Length))
        {
            foreach (var batch in same.Chunk(Together(same.First().Window)))
                yield return [.. batch];
        }
    }

    /// <summary>The windows of a source, as many together as go through the network at once.</summary>
    private IEnumerable<List<FrameWindow>> Read(IFrameSource source, CancellationToken token)
    {
        var mono = new MonoReader(source, SampleRate);
        FrameWindows cutter = windows.Begin();
        var waiting = new List<FrameWindow>();
        var buffer = new float[1 << 14];
        for (int got; (got = mono.Read(buffer, token)) > 0;)
        {
            for (int at = 0; at < got;)
            {
                at += cutter.Add(buffer.AsSpan(at, got - at), out FrameWindow? full);
                if (full is not { } window)
                    continue;
                waiting.Add(window);
                if (waiting.Count < Together(window))
                    continue;
                yield return waiting;
                waiting = [];
            }
        }

        if (cutter.Finish() is { } last)
            waiting.Add(last);
        if (waiting.Count > 0)
            yield return waiting;
    }

    private void Run(List<FrameWindow> batch, bool[] wanted, CancellationToken token, TakeRows take)
    {
        workspaces.Borrow(token, w => network.Run(w, [.. batch.Select(window => window.Samples)], wanted, (layer, states) =>
        {
            int frames = states.Size(1);
            for (int item = 0; item < batch.Count; item++)
            {
                int first = ((item * frames) + batch[item].Skip) * Dimension;
                take(batch[item], item, layer, states.Span.Slice(first, batch[item].Take * Dimension));
            }
        }));
    }
}
