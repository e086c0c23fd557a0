namespace Euterpe.Signals.Files;

/// <summary>
/// A stream whose last bytes are no part of what it carries: readers get everything before them, and never see them. What they are is known at the end.
/// </summary>
internal sealed class TailStream(Stream inner, int length) : Stream
{
    private readonly byte[] held = new byte[4096];
    private int start, end;
    private bool ended;

    /// <summary>The last bytes of the stream, fewer if it was shorter; known after a read that returned 0.</summary>
    public ReadOnlySpan<byte> Tail => held.AsSpan(start, end - start);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            int spare = end - start - length;
            if (spare > 0)
            {
                int give = Math.Min(spare, buffer.Length);
                held.AsSpan(start, give).CopyTo(buffer);
                start += give;
                return give;
            }
            if (ended)
            {
                return 0;
            }
            int have = end - start;
            if (buffer.Length < held.Length)
            {
                held.AsSpan(start, have).CopyTo(held);
                (start, end) = (0, have);
                int more = inner.Read(held, end, held.Length - end);
                (end, ended) = (end + more, more == 0);
                continue;
            }
            // Large reads go straight to the reader's buffer: only the bytes held back are copied twice.
            held.AsSpan(start, have).CopyTo(buffer);
            int read = inner.Read(buffer[have..]);
            if (read == 0)
            {
                ended = true;
                continue;
            }
            int all = have + read, keep = Math.Min(length, all);
            buffer.Slice(all - keep, keep).CopyTo(held);
            (start, end) = (0, keep);
            if (all > keep)
            {
                return all - keep;
            }
        }
        return 0;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }
        base.Dispose(disposing);
    }
}
