using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Euterpe.Models;
using Euterpe.Signals.Files;

namespace Euterpe.Tasks.Sounds;

/// <summary>What the first stage found out: what to make of the file, or (where there is nothing to decode) what came of it.</summary>
internal readonly record struct Prepared(SoundWish? Wish, Listening.Outcome? Outcome)
{
    public static Prepared Vector { get; } = new(SoundWish.Vector, null);
}

/// <summary>
/// Many files through prepare -> decode -> embed -> take, each stage on threads of its own with bounded queues between: decoders run while the model works,
/// and nothing runs far ahead. Results are taken one at a time, on the caller's thread, in the order in which they are ready.
/// </summary>
/// <param name="embedder">Serves several threads at once.</param>
/// <param name="audio">How files are decoded.</param>
/// <param name="width">How much is done at once; results do not depend on it.</param>
/// <param name="pathOf">The file of a job.</param>
/// <param name="prepare">Runs beside decoding; null: every file's vector is wanted.</param>
internal sealed class SoundPipeline<T>(
    IAudioEmbedder embedder, AudioFileOptions audio, Width width, Func<T, string> pathOf, Func<T, SoundKind, CancellationToken, Prepared>? prepare)
{
    private readonly record struct Opened(T Job, SoundKind Kind, OpenSound? Sound, Listening.Outcome? Outcome);

    /// <param name="jobs">Asked for the next one when there is room, by one thread at a time; may wait.</param>
    /// <param name="take">Gets each outcome.</param>
    /// <param name="token">Stops all stages.</param>
    public void Run(Func<CancellationToken, IEnumerable<T>> jobs, Action<T, SoundKind, Listening.Outcome> take, CancellationToken token)
    {
        // An error in one stage, or in the taker, stops the others; so does the caller's token.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(token);
        using var opened = new BlockingCollection<Opened>(width.Ahead);
        using var ready = new BlockingCollection<(T Job, SoundKind Kind, Listening.Outcome Outcome)>(width.Embedders * 4);
        using IEnumerator<T> next = jobs(stop.Token).GetEnumerator();
        Task opening = Stage(width.Decoders, () => OpenSome(next, opened, stop.Token), opened.CompleteAdding, stop);
        Task embedding = Stage(width.Embedders, () => EmbedSome(opened, ready, stop.Token), ready.CompleteAdding, stop);
        ExceptionDispatchInfo? error = null;
        try
        {
            // Not cancelled from outside: what the stages finish before they stop is taken too.
            foreach ((T job, SoundKind kind, Listening.Outcome outcome) in ready.GetConsumingEnumerable(CancellationToken.None))
                take(job, kind, outcome);
        }
        catch (Exception e)
        {
            error = ExceptionDispatchInfo.Capture(e);
            stop.Cancel();
            while (ready.TryTake(out _, Timeout.Infinite))
            {
            }
        }

        Task all = Task.WhenAll(opening, embedding);
        try
        {
            all.GetAwaiter().GetResult();
        }
        catch (Exception) when (error is not null)
        {
            // The taker's error came first.
        }
        finally
        {
            while (opened.TryTake(out Opened left))
                left.Sound?.Dispose();
        }

        error?.Throw();
        token.ThrowIfCancellationRequested();
    }

    private static Task Stage(int count, Action work, Action complete, CancellationTokenSource stop)
    {
        Task[] workers = new Task[count];
        for (int i = 0; i < workers.Length; i++)
        {
            workers[i] = Task.Factory.StartNew(
                () =>
                {
                    try
                    {
                        work();
                    }
                    catch (OperationCanceledException) when (stop.IsCancellationRequested)
                    {
                        // Everybody is stopping; the caller tells why.
                    }
                    catch
                    {
                        stop.Cancel();
                        throw;
                    }
                },
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default);
        }

        return Task.WhenAll(workers).ContinueWith(
            all =>
            {
                complete();
                return all;
            },
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default).Unwrap();
    }

    private void OpenSome(IEnumerator<T> jobs, BlockingCollection<Opened> opened, CancellationToken token)
    {
        while (true)
        {
            T job;
            lock (jobs)
            {
                token.ThrowIfCancellationRequested();
                if (!jobs.MoveNext())
                    return;
                job = jobs.Current;
            }

            Opened one = Open(job, token);
            try
            {
                opened.Add(one, token);
            }
            catch
            {
                one.Sound?.Dispose();
                throw;
            }
        }
    }

    private Opened Open(T job, CancellationToken token)
    {
        string path = pathOf(job);
        SoundKind kind = SoundKind.Unknown;
        try
        {
            if (Listening.Check(path, out kind) is { } bad)
                return new Opened(job, kind, null, new Listening.Outcome(null, null, "", bad));
            Prepared prepared = prepare?.Invoke(job, kind, token) ?? Prepared.Vector;
            return prepared.Wish is { } wish ? new Opened(job, kind, new OpenSound(path, wish, audio, token), null) : new Opened(job, kind, null, prepared.Outcome);
        }
        catch (Exception e) when (!Listening.Ends(e))
        {
            return new Opened(job, kind, null, new Listening.Outcome(null, null, "", Listening.Failed(path, e, kind, token)));
        }
    }

    private void EmbedSome(BlockingCollection<Opened> opened, BlockingCollection<(T Job, SoundKind Kind, Listening.Outcome Outcome)> ready, CancellationToken token)
    {
        foreach (Opened one in opened.GetConsumingEnumerable(token))
        {
            Listening.Outcome outcome;
            using (one.Sound)
                outcome = one.Outcome ?? Listening.Embed(pathOf(one.Job), one.Kind, one.Sound!, embedder, token);
            ready.Add((one.Job, one.Kind, outcome), CancellationToken.None);
        }
    }
}
