using Euterpe.Models;
using Euterpe.Tasks.Sounds;

namespace Euterpe.Tasks.Tagging;

/// <summary>A sound's vector, from the catalogue or made now, or why there is none.</summary>
internal readonly record struct HeardSound(float[]? Vector, double Seconds, bool Known, BadFile? Bad);

/// <summary>Many sounds to their vectors: those that the catalogue has are not decoded.</summary>
internal sealed class Hearing(IAudioEmbedder embedder, TaskContext context, KnownSounds known)
{
    /// <summary>Each sound is taken once, with its place in the list, one at a time on the caller's thread.</summary>
    public void All(
        IReadOnlyList<ListedSound> sounds, string stage, IProgress<TaskProgress>? progress, Action<int, HeardSound> take, CancellationToken token)
    {
        long done = 0;
        var left = new List<int>();
        for (int i = 0; i < sounds.Count; i++)
        {
            token.ThrowIfCancellationRequested();
            if (known.Find(sounds[i], token) is { } stored)
                Take(i, new HeardSound(stored.Vector, stored.Seconds, true, null));
            else
                left.Add(i);
        }

        if (left.Count == 1)
        {
            Take(left[0], Heard(Listening.Embed(sounds[left[0]].Path, embedder, context.Audio, token)));
        }
        else if (left.Count > 1)
        {
            var pipeline = new SoundPipeline<int>(embedder, context.Audio, Width.Of(context.Workers, embedder.CallersPerThread), i => sounds[i].Path, prepare: null);
            pipeline.Run(_ => left, (i, _, outcome) => Take(i, Heard(outcome)), token);
        }

        void Take(int i, HeardSound heard)
        {
            take(i, heard);
            progress?.Report(new TaskProgress(stage, ++done, sounds.Count, sounds[i].Path));
        }
    }

    private static HeardSound Heard(Listening.Outcome outcome) => new(outcome.Vector, outcome.Facts?.Seconds ?? 0, false, outcome.Bad);
}
