using System.IO.MemoryMappedFiles;
using Euterpe.Numerics;

namespace Euterpe.Search.Vectors;

/// <summary>
/// The vectors of one space as a memory-mapped file: ids in ascending order, rows in f32 and in 8 bits. Read here; written by
/// <see cref="VectorWriter"/>,
/// in this process or another, while it is read. One object serves several threads; what is being searched outlives <see cref="Dispose"/>.
/// </summary>
public sealed unsafe class VectorFile : IDisposable
{
    private readonly Lock _gate = new();
    private readonly FileStream _stream;
    private readonly VectorLayout _layout;
    private readonly byte[] _space;
    private readonly List<Extent> _extents = [];
    private volatile Rows _rows;
    private int _users = 1;
    private bool _disposed;

    private VectorFile(string path, FileStream stream, string key, int dimension)
    {
        Path = path;
        _stream = stream;
        _layout = new VectorLayout(dimension);
        _space = VectorHead.SpaceOf(key);
        _rows = new Rows(_layout, [], 0, -1, 0);
    }

    /// <summary>Where it lies.</summary>
    public string Path { get; }

    /// <summary>Numbers of a vector.</summary>
    public int Dimension => _layout.Dimension;

    /// <summary>Rows as of the opening or the last <see cref="Refresh"/>.</summary>
    public long Count => _rows.Count;

    /// <summary>The id of the last row; -1 when there is none.</summary>
    public long LastId => _rows.LastId;

    /// <summary>Opens the file of the space that <paramref name="key"/> names.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="FileFormatException">It is damaged or of another space: delete it, and make it again from the catalogue.</exception>
    public static VectorFile Open(string path, string key, int dimension)
    {
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
        var file = new VectorFile(path, stream, key, dimension);
        try
        {
            file.Refresh();
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Takes in what a writer has added since; returns whether there is more than before.</summary>
    public bool Refresh()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            byte[] head = new byte[HeaderSlots.Bytes];
            int read = RandomAccess.Read(_stream.SafeFileHandle, head, 0);
            long length = RandomAccess.GetLength(_stream.SafeFileHandle);
            (_, VectorHead now) = VectorHead.Read(head.AsSpan(0, read), length, Path, _space, Dimension);
            Rows before = _rows;
            if (now.Count <= before.Count)
                return false;
            int have = before.Blocks.Length, need = VectorLayout.Blocks(now.Count);
            nint[] blocks = new nint[need];
            before.Blocks.CopyTo(blocks, 0);
            if (need > have)
            {
                var extent = new Extent(_stream, _layout.At(have), _layout.At(need) - _layout.At(have));
                _extents.Add(extent);
                for (int block = have; block < need; block++)
                    blocks[block] = (nint)(extent.Data + (_layout.At(block) - _layout.At(have)));
            }

            _rows = new Rows(_layout, blocks, (int)now.Count, now.LastId, now.Crc);
            return true;
        }
    }

    /// <summary>The id of a row.</summary>
    public long Id(long row)
    {
        using Lease lease = Borrow();
        return lease.Rows.Id(lease.Rows.Checked(row));
    }

    /// <summary>The row of an id; -1 when there is none.</summary>
    public long RowOf(long id)
    {
        using Lease lease = Borrow();
        int low = 0, high = lease.Rows.Count - 1;
        while (low <= high)
        {
            int middle = low + ((high - low) / 2);
            long found = lease.Rows.Id(middle);
            if (found == id)
                return middle;
            (low, high) = found < id ? (middle + 1, high) : (low, middle - 1);
        }

        return -1;
    }

    /// <summary>The vector of a row, as it was added.</summary>
    public float[] Vector(long row)
    {
        using Lease lease = Borrow();
        return lease.Rows.FloatRow(lease.Rows.Checked(row)).ToArray();
    }

    /// <summary>Reads everything and compares it with the checksum.</summary>
    /// <exception cref="FileFormatException">A row is not as it was written.</exception>
    public void Verify(CancellationToken token = default)
    {
        using Lease lease = Borrow();
        Rows rows = lease.Rows;
        uint crc = 0;
        long last = -1;
        for (int row = 0; row < rows.Count; row++)
        {
            if (row % VectorLayout.BlockRows == 0)
                token.ThrowIfCancellationRequested();
            long id = rows.Id(row);
            if (id <= last)
                throw Damaged($"the id of row {row} is {id}, after {last}");
            last = id;
            crc = rows.Checksum(crc, row);
        }

        if (crc != rows.Crc || last != rows.LastId)
            throw Damaged($"its rows have the checksum {crc:x8} and the last id {last}; {rows.Crc:x8} and {rows.LastId} were written");
    }

    /// <summary>Ends it; searches that still run keep what they read.</summary>
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

    internal Lease Borrow()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _users++;
            return new Lease(this, _rows);
        }
    }

    private FileFormatException Damaged(string what) => new(
        $"[vectors] {System.IO.Path.GetFileName(Path)} is damaged: {what}. "
        + "Hint: the file is made from the catalogue; delete it, and it is made again.");

    private void Leave()
    {
        lock (_gate)
        {
            if (--_users > 0)
                return;
            foreach (Extent extent in _extents)
                extent.Dispose();
            _extents.Clear();
            _stream.Dispose();
        }
    }

    /// <summary>The rows of one moment, in memory until it is given back.</summary>
    internal sealed class Lease(VectorFile file, Rows rows) : IDisposable
    {
        private int _done;

        public Rows Rows => rows;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _done, 1) == 0)
                file.Leave();
        }
    }

    // A part of the file in memory. More rows are another extent, so that nothing moves under a search.
    private sealed class Extent : IDisposable
    {
        private readonly MemoryMappedFile _file;
        private readonly MemoryMappedViewAccessor _view;

        public Extent(FileStream stream, long start, long length)
        {
            _file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
            _view = _file.CreateViewAccessor(start, length, MemoryMappedFileAccess.Read);
            byte* data = null;
            _view.SafeMemoryMappedViewHandle.AcquirePointer(ref data);
            Data = data + _view.PointerOffset;
        }

        public byte* Data { get; }

        public void Dispose()
        {
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
            _file.Dispose();
        }
    }
}
