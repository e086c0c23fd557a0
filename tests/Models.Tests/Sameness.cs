using Euterpe.Models.Windows;
using Euterpe.Numerics;
using Euterpe.Testing;

namespace Euterpe.Models.Tests;

/// <summary>The promise of equal bits, asked of any embedder. Its callers belong to the collection "compute threads".</summary>
internal static class Sameness
{
    /// <summary>Runs the check with 1, 2 and 3 compute threads.</summary>
    public static void OfThreads(Action<int> check)
    {
        int before = ComputePool.Shared.Threads;
        try
        {
            foreach (int threads in (int[])[1, 2, 3])
            {
                ComputePool.Shared.Threads = threads;
                check(threads);
            }
        }
        finally
        {
            ComputePool.Shared.Threads = before;
        }
    }

    /// <summary>Every hidden state of each sound, alone and all together; returns those of the sounds alone.</summary>
    public static HiddenStates[] OfFrames(FrameEmbedder embedder, float[][] sounds)
    {
        HiddenStates[] alone = [.. sounds.Select(sound => embedder.Encode([sound])[0])];
        OfThreads(threads =>
        {
            HiddenStates[] together = embedder.Encode([.. sounds.Select(sound => (ReadOnlyMemory<float>)sound)]);
            for (int i = 0; i < sounds.Length; i++)
            {
                foreach (int layer in alone[i].Layers)
                    Close.Same(alone[i].Layer(layer), together[i].Layer(layer), $"sound {i}, state {layer}, {threads} threads");
            }
        });
        return alone;
    }

    /// <summary>As many callers at once as there are sounds, each beside the sound alone.</summary>
    public static void OfCallers(IWindowedEmbedder embedder, float[][] sounds)
    {
        float[][] alone = [.. sounds.Select(sound => embedder.Embed([sound])[0])];
        float[][] found = new float[sounds.Length][];
        Thread[] callers = [.. Enumerable.Range(0, sounds.Length).Select(i => new Thread(() => found[i] = embedder.Embed([sounds[i]])[0]))];
        Array.ForEach(callers, caller => caller.Start());
        Array.ForEach(callers, caller => caller.Join());
        for (int i = 0; i < sounds.Length; i++)
            Close.Same(alone[i], found[i], $"caller {i}");
    }
}
