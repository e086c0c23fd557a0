using System.IO.MemoryMappedFiles;
using Euterpe.Numerics;
using Euterpe.Numerics.Files;

namespace Euterpe.Search.Vectors;

/// <summary>A graph as a memory-mapped file: a head of two slots, then ground, starts and upper lists (see <see cref="GraphView"/>), int32,
/// little-endian.</summary>
internal sealed unsafe class GraphFile : IDisposable
{
    private readonly Lock _gate = new();
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly Stack<GraphSearcher> _searchers = new();
    private int _users = 1;
    private bool _disposed;

    private GraphFile(string path, FileStream stream, GraphHead head)
    {
        Path = path;
        Head = head;
        _file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        _view = _file.CreateViewAccessor(0, head.FileBytes, MemoryMappedFileAccess.Read);
        byte* data = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref data);
        byte* body = data + _view.PointerOffset + HeaderSlots.Bytes;
        View = new GraphView
        {
            Ground = (int*)body,
            Starts = (int*)(body + head.GroundBytes),
            Upper = (int*)(body + head.GroundBytes + head.StartsBytes),
            Links = head.Links,
            Lists = head.Lists,
            Count = head.Rows,
            Entry = head.Entry,
            Top = head.Top,
        };
    }

    public string Path { get; }

    public GraphHead Head { get; }

    public GraphView View { get; }

    /// <summary>Opens the graph of these rows.</summary>
    /// <exception cref="FileFormatException">It is damaged, or of other rows.</exception>
    public static GraphFile Open(string path, string key, Rows rows)
    {
        FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
        GraphFile? file = null;
        try
        {
            GraphHead head = ReadHead(stream);
            string name = System.IO.Path.GetFileName(path);
            long length = RandomAccess.GetLength(stream.SafeFileHandle);
            if (head.Dimension != rows.Dimension || !head.Space.AsSpan().SequenceEqual(VectorHead.SpaceOf(key)) || head.Rows > rows.Count)
                throw new FileFormatException($"[graph] {name} is a graph of {head.Rows} other vectors. Hint: build it again.");
            if (head.Links is < 4 or > 64 || head.Breadth is < 8 or > 2048 || head.Rows < 1 || head.Lists < 0 || (uint)head.Entry >= (uint)head.Rows
                || head.Top is < 0 or > 12 || head.FileBytes > length)
            {
                throw GraphView.Damaged($"{name} cannot hold {head.Rows} rows of {head.Links} links and {head.Lists} lists in {length} bytes");
            }

            file = new GraphFile(path, stream, head);
            if (Crc32.Append(0, (byte*)file.View.Ground, head.FileBytes - HeaderSlots.Bytes) != head.Body)
                throw GraphView.Damaged($"{name} is not what was written");
            if (rows.Identity(head.Rows) != head.Identity)
                throw new FileFormatException($"[graph] {name} is a graph of {head.Rows} other vectors. Hint: build it again.");
            return file;
        }
        catch
        {
            file?.Dispose();
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Writes a graph whole, under another name first.</summary>
    public static void Write(string path, string key, Rows rows, GraphMemory graph, int searchBreadth, CancellationToken token)
    {
        GraphView view = graph.View;
        var head = new GraphHead
        {
            Dimension = rows.Dimension,
            Space = VectorHead.SpaceOf(key),
            Links = view.Links,
            Breadth = graph.Options.Breadth,
            Seed = graph.Options.Seed,
            Rows = view.Count,
            Lists = view.Lists,
            Entry = view.Entry,
            Top = view.Top,
            Identity = rows.Identity(view.Count),
            Body = 0,
            SearchBreadth = searchBreadth,
        };
        uint crc = Crc32.Append(0, (byte*)view.Ground, head.GroundBytes);
        crc = Crc32.Append(crc, (byte*)view.Starts, head.StartsBytes);
        head = head with { Body = Crc32.Append(crc, (byte*)view.Upper, head.UpperBytes) };
        AtomicFile.Write(path, stream =>
        {
            stream.Write(HeaderSlots.New(GraphHead.Magic, head.ToPayload()));
            Copy(stream, (byte*)view.Ground, head.GroundBytes, token);
            Copy(stream, (byte*)view.Starts, head.StartsBytes, token);
            Copy(stream, (byte*)view.Upper, head.UpperBytes, token);
        });
        FolderSync.Flush(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!);
    }

    /// <summary>Keeps what was measured, in the head of the file.</summary>
    public static void Keep(string path, uint body, int searchBreadth, float recall)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, 1);
        byte[] bytes = new byte[HeaderSlots.Bytes];
        RandomAccess.Read(stream.SafeFileHandle, bytes, 0);
        if (HeaderSlots.Read(bytes, GraphHead.Magic, GraphHead.PayloadBytes, GraphHead.IsKnown) is not var (generation, payload))
            return;
        GraphHead head = GraphHead.Of(payload);

        // Another process has built another graph meanwhile: what was measured is not of this one.
        if (head.Body != body)
            return;
        head = head with { SearchBreadth = searchBreadth, Recall = recall, MeasuredRows = head.Rows };
        HeaderSlots.Write(stream.SafeFileHandle, GraphHead.Magic, generation + 1, head.ToPayload());
    }

    /// <summary>The links, to be extended: as many rows as the graph has, in memory for more.</summary>
    public void CopyTo(GraphMemory memory)
    {
        GraphHead head = Head;
        Buffer.MemoryCopy(View.Ground, memory.View.Ground, head.GroundBytes, head.GroundBytes);
        ReadOnlySpan<int> mine = new(View.Starts, head.Rows), theirs = new(memory.View.Starts, head.Rows);
        if (View.Lists > memory.View.Lists || !mine.SequenceEqual(theirs))
            throw GraphView.Damaged("its levels are not those of its seed");
        Buffer.MemoryCopy(View.Upper, memory.View.Upper, head.UpperBytes, head.UpperBytes);
        (memory.View.Count, memory.View.Entry, memory.View.Top) = (head.Rows, head.Entry, head.Top);
    }

    /// <summary>The graph stays in memory until <see cref="Leave"/>.</summary>
    public GraphSearcher? Enter(int stride)
    {
        lock (_gate)
        {
            if (_disposed)
                return null;
            _users++;
            return _searchers.TryPop(out GraphSearcher? searcher) ? searcher : new GraphSearcher(Head.Rows, Head.Links, stride);
        }
    }

    public void Leave(GraphSearcher? searcher = null)
    {
        lock (_gate)
        {
            if (searcher is not null)
                _searchers.Push(searcher);
            if (--_users > 0)
                return;
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
            _file.Dispose();
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
                return;
            _disposed = true;
        }

        Leave();
    }

    private static GraphHead ReadHead(FileStream stream)
    {
        byte[] bytes = new byte[HeaderSlots.Bytes];
        int read = RandomAccess.Read(stream.SafeFileHandle, bytes, 0);
        return HeaderSlots.Read(bytes.AsSpan(0, read), GraphHead.Magic, GraphHead.PayloadBytes, GraphHead.IsKnown) is var (_, payload)
            ? GraphHead.Of(payload) : throw GraphView.Damaged($"the head of {System.IO.Path.GetFileName(stream.Name)} is not that of a graph");
    }

    private static void Copy(Stream stream, byte* data, long bytes, CancellationToken token)
    {
        const int Part = 8 << 20;
        for (long done = 0; done < bytes; done += Part)
        {
            token.ThrowIfCancellationRequested();
            stream.Write(new ReadOnlySpan<byte>(data + done, (int)Math.Min(Part, bytes - done)));
        }
    }
}
