using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Euterpe.Signals;

namespace Euterpe.Tasks.Sounds;

/// <summary>
/// Decodes ahead of its reader on a thread of its own, so that a decoder works while a model does; holds at most <see cref="Blocks"/> blocks.
/// The samples are those of the source.
/// </summary>
internal sealed class ReadAhead : IFrameSource
{
    private const int Blocks = 8, BlockSamples = 1 << 16;

    private readonly IFrameSource _source;
    private readonly CancellationTokenSource _stop;
    private readonly BlockingCollection<(float[] Samples, int Length)> _full = new(Blocks);
    private readonly ConcurrentBag<float[]> _free = [];
    private readonly Task _reader;
    private Exception? _error;
    private (float[] Samples, int Length) _current = ([], 0);
    private int _at;

    public ReadAhead(IFrameSource source, CancellationToken token)
    {
        _source = source;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(token);
        _reader = Task.Factory.StartNew(Fill, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    public int SampleRate => _source.SampleRate;

    public int Channels => _source.Channels;

    public int Read(Span<float> interleaved, CancellationToken token = default)
    {
        int wanted = interleaved.Length / Channels * Channels, done = 0;
        while (done < wanted)
        {
            if (_at == _current.Length)
            {
                if (_current.Samples.Length > 0)
                    _free.Add(_current.Samples);
                _current = ([], 0);
                _at = 0;
                // What is there is handed out before the end, or an error, is told.
                if (done > 0 && _full.Count == 0)
                    break;
                if (!_full.TryTake(out (float[], int) next, Timeout.Infinite, token))
                    break;
                _current = next;
            }

            int take = Math.Min(wanted - done, _current.Length - _at);
            _current.Samples.AsSpan(_at, take).CopyTo(interleaved[done..]);
            done += take;
            _at += take;
        }

        if (done == 0 && wanted > 0 && _error is not null)
            ExceptionDispatchInfo.Throw(_error);
        return done / Channels;
    }

    public void Dispose()
    {
        _stop.Cancel();
        _reader.Wait();
        _source.Dispose();
        _full.Dispose();
        _stop.Dispose();
    }

    private void Fill()
    {
        int samples = Math.Max(1, BlockSamples / Channels) * Channels;
        try
        {
            while (true)
            {
                float[] block = _free.TryTake(out float[]? used) ? used : new float[samples];
                int frames = _source.Read(block, _stop.Token);
                if (frames == 0)
                    break;
                _full.Add((block, frames * Channels), _stop.Token);
            }
        }
        catch (Exception e)
        {
            _error = e;
        }
        finally
        {
            _full.CompleteAdding();
        }
    }
}
