using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Euterpe.Models;
using Euterpe.Search;
using Euterpe.Signals.Files;

namespace Euterpe.Tasks.Sounds;

/// <summary>What the first stage found out; with <paramref name="Known"/> facts the sound needs no decoding.</summary>
internal readonly record struct Prepared(string ContentSha256, SoundFacts? Known);

internal sealed record PipelineItem(string ContentSha256, SoundKind Kind, Listening.Outcome Outcome);

/// <summary>
/// Many files through identify -> decode -> embed -> take, each stage on threads of its own with bounded queues between: decoders run while the model works,
/// and nothing runs far ahead. Results are taken one at a time, on the caller's thread, in the order in which they are ready.
/// </summary>
internal sealed class SoundPipeline<T>(
    IAudioEmbedder embedder, AudioFileOptions audio, int threads, Func<T, string> pathOf, Func<T, CancellationToken, Prepared>? prepare)
{
    private readonly record struct Opened(T Job, Prepared Prepared, SoundKind Kind, ReadAhead? Source, string Decoder, Listening.Outcome? Outcome);

    public void Run(IReadOnlyList<T> jobs, Action<T, PipelineItem> take, CancellationToken token)
    {
        // An error in one stage, or in the taker, stops the others; so does the caller's token.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(token);
        using var opened = new BlockingCollection<Opened>(threads);
        using var ready = new BlockingCollection<(T Job, PipelineItem Item)>(threads * 4);
        int next = -1;
        Task openers = Stage(() => OpenSome(jobs, ref next, opened, stop.Token), opened.CompleteAdding, stop);
        Task embedders = Stage(() => EmbedSome(opened, ready, stop.Token), ready.CompleteAdding, stop);
        ExceptionDispatchInfo? error = null;
        try
        {
            // Not cancelled from outside: what the stages finish before they stop is taken too.
            foreach ((T job, PipelineItem item) in ready.GetConsumingEnumerable(CancellationToken.None))
                take(job, item);
        }
        catch (Exception e)
        {
            error = ExceptionDispatchInfo.Capture(e);
            stop.Cancel();
            while (ready.TryTake(out _, Timeout.Infinite))
            {
            }
        }

        Task all = Task.WhenAll(openers, embedders);
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
                left.Source?.Dispose();
        }

        error?.Throw();
        token.ThrowIfCancellationRequested();
    }

    private Task Stage(Action work, Action complete, CancellationTokenSource stop)
    {
        Task[] workers = new Task[threads];
        for (int i = 0; i < threads; i++)
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

    private void OpenSome(IReadOnlyList<T> jobs, ref int next, BlockingCollection<Opened> opened, CancellationToken token)
    {
        for (int i; (i = Interlocked.Increment(ref next)) < jobs.Count;)
        {
            token.ThrowIfCancellationRequested();
            Opened one = Open(jobs[i], token);
            try
            {
                opened.Add(one, token);
            }
            catch
            {
                one.Source?.Dispose();
                throw;
            }
        }
    }

    private Opened Open(T job, CancellationToken token)
    {
        string path = pathOf(job);
        SoundKind kind = SoundKind.Unknown;
        Prepared prepared = default;
        try
        {
            if (Listening.Check(path, out kind) is { } bad)
                return new Opened(job, prepared, kind, null, "", new Listening.Outcome(null, null, "", bad));
            if (prepare is not null)
            {
                prepared = prepare(job, token);
                if (prepared.Known is not null)
                    return new Opened(job, prepared, kind, null, "", new Listening.Outcome(null, prepared.Known, "", null));
            }

            AudioFile file = AudioFile.Open(path, audio, token);
            return new Opened(job, prepared, kind, new ReadAhead(file, token), file.Decoder, null);
        }
        catch (Exception e) when (!Listening.Ends(e))
        {
            return new Opened(job, prepared, kind, null, "", new Listening.Outcome(null, null, "", Listening.Failed(path, e, kind, token)));
        }
    }

    private void EmbedSome(BlockingCollection<Opened> opened, BlockingCollection<(T Job, PipelineItem Item)> ready, CancellationToken token)
    {
        foreach (Opened one in opened.GetConsumingEnumerable(token))
        {
            Listening.Outcome outcome = one.Outcome ?? Listening.Embed(pathOf(one.Job), one.Kind, one.Source!, one.Decoder, embedder, token);
            ready.Add((one.Job, new PipelineItem(one.Prepared.ContentSha256, one.Kind, outcome)), CancellationToken.None);
        }
    }
}
