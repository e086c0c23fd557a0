using System.Runtime.InteropServices;

namespace Euterpe.Tensors;

/// <summary>
/// Where one caller's operations take their memory from: an arena of aligned native memory. <see cref="Reset"/> ends all its tensors at once and
/// keeps the memory for the next pass, so that a steady state asks the system for nothing. Not for two threads at a time: each caller has its own.
/// </summary>
public sealed unsafe class Workspace(CancellationToken token = default) : IDisposable
{
    private const long Alignment = 64;
    private const long SmallestBlock = 1 << 20;

    private readonly List<Block> _blocks = [];
    private Storage? _last;
    private long _serial;
    private int _depth;
    private bool _disposed;

    /// <summary>Every operation looks at it; long kernels do at chunk borders.</summary>
    public CancellationToken Token { get; set; } = token;

    /// <summary>How often the workspace was reset; a tensor of an earlier generation has ended.</summary>
    public long Generation { get; private set; }

    /// <summary>Bytes held from the system.</summary>
    public long Reserved
    {
        get
        {
            long sum = 0;
            foreach (Block block in _blocks)
            {
                sum += block.Bytes;
            }
            return sum;
        }
    }

    /// <summary>Bytes of living tensors.</summary>
    public long Used { get; private set; }

    /// <summary>The most bytes that lived at a time since the workspace was made.</summary>
    public long Peak { get; private set; }

    /// <summary>For tests: fresh memory holds NaN, so that reading what was never written shows.</summary>
    internal bool Poison { get; set; }

    /// <summary>A contiguous f32 tensor whose elements are not set.</summary>
    public Tensor Allocate(params ReadOnlySpan<int> shape) => Allocate(DType.F32, new Shape(shape));

    public Tensor Allocate(Shape shape) => Allocate(DType.F32, shape);

    /// <summary>
    /// A contiguous tensor whose elements are not set. Throws <see cref="OperationCanceledException"/> when the token is cancelled.
    /// </summary>
    public Tensor Allocate(DType type, Shape shape)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Token.ThrowIfCancellationRequested();
        long bytes = Math.Max(checked(shape.Count * type.Size() + Alignment - 1) / Alignment * Alignment, Alignment);
        byte* data = Take(bytes);
        if (Poison)
        {
            new Span<byte>(data, checked((int)bytes)).Fill(0xff);
        }
        Storage storage = Storage.Of(this, data, bytes);
        storage.Serial = ++_serial;
        storage.Depth = _depth;
        storage.Previous = _last;
        if (_last is not null)
        {
            _last.Next = storage;
        }
        _last = storage;
        Used += bytes;
        Peak = Math.Max(Peak, Used);
        return new Tensor(storage, type, shape);
    }

    public Tensor Zeros(params ReadOnlySpan<int> shape) => Zeros(DType.F32, new Shape(shape));

    public Tensor Zeros(DType type, Shape shape)
    {
        Tensor tensor = Allocate(type, shape);
        NativeMemory.Clear(tensor.Data, (nuint)(shape.Count * type.Size()));
        return tensor;
    }

    /// <summary>Ends all tensors of this workspace; its memory serves the next ones.</summary>
    public void Reset()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Generation++;
        _last = null;
        _depth = 0;
        Used = 0;
        if (_blocks.Count > 1)
        {
            // One block of the whole size: the next pass of the same shape fits without asking again.
            long bytes = Reserved;
            FreeBlocks();
            _blocks.Add(new Block(bytes));
        }
        else if (_blocks.Count == 1)
        {
            _blocks[0].Clear();
        }
    }

    /// <summary>
    /// Tensors allocated until the scope is disposed end there, but for those handed out with <see cref="Scope.Return"/>: their memory serves the
    /// next part of a forward pass while it is still in the cache.
    /// </summary>
    public Scope Begin() => new(this);

    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            Generation++;
            _last = null;
            FreeBlocks();
        }
    }

    internal void Free(Storage storage)
    {
        foreach (Block block in _blocks)
        {
            if (block.Holds(storage.Raw))
            {
                block.Free(storage.Raw, storage.Bytes);
                break;
            }
        }
        if (storage.Next is not null)
        {
            storage.Next.Previous = storage.Previous;
        }
        else
        {
            _last = storage.Previous;
        }
        if (storage.Previous is not null)
        {
            storage.Previous.Next = storage.Next;
        }
        Used -= storage.Bytes;
    }

    private byte* Take(long bytes)
    {
        foreach (Block block in _blocks)
        {
            byte* data = block.Take(bytes);
            if (data != null)
            {
                return data;
            }
        }
        // Blocks grow with what is in use, so that a first pass asks some ten times, not hundreds of times.
        var fresh = new Block(Math.Max(Math.Max(bytes, SmallestBlock), Math.Min(Reserved, 256L << 20)));
        _blocks.Add(fresh);
        return fresh.Take(bytes);
    }

    private void FreeBlocks()
    {
        foreach (Block block in _blocks)
        {
            block.Dispose();
        }
        _blocks.Clear();
    }

    public readonly ref struct Scope
    {
        private readonly Workspace _workspace;
        private readonly long _serial;
        private readonly long _generation;
        private readonly int _depth;

        internal Scope(Workspace workspace)
        {
            _workspace = workspace;
            _serial = workspace._serial;
            _generation = workspace.Generation;
            _depth = ++workspace._depth;
        }

        /// <summary>Lets a tensor (and all that shares its memory) live until the scope outside ends.</summary>
        public Tensor Return(Tensor tensor)
        {
            if (tensor.Storage.Workspace == _workspace && tensor.Storage.Depth >= _depth)
            {
                tensor.Storage.Depth = _depth - 1;
            }
            return tensor;
        }

        public void Dispose()
        {
            if (_workspace.Generation != _generation)
            {
                return;
            }
            _workspace._depth = _depth - 1;
            for (Storage? storage = _workspace._last; storage is not null && storage.Serial > _serial;)
            {
                Storage? previous = storage.Previous;
                if (storage.Depth >= _depth)
                {
                    _workspace.Free(storage);
                    storage.End();
                }
                storage = previous;
            }
        }
    }

    /// <summary>
    /// One piece of native memory and its free ranges, in the order of addresses, neighbours joined. The lowest range that fits is taken.
    /// </summary>
    private sealed class Block : IDisposable
    {
        private readonly List<(long Start, long Bytes)> _free = [];
        private readonly Storage _memory;

        public Block(long bytes)
        {
            Bytes = bytes;
            _memory = Storage.Own(bytes);
            Clear();
        }

        public long Bytes { get; }

        public bool Holds(byte* data) => data >= _memory.Data && data < _memory.Data + Bytes;

        public byte* Take(long bytes)
        {
            for (int i = 0; i < _free.Count; i++)
            {
                (long start, long length) = _free[i];
                if (length >= bytes)
                {
                    if (length == bytes)
                    {
                        _free.RemoveAt(i);
                    }
                    else
                    {
                        _free[i] = (start + bytes, length - bytes);
                    }
                    return _memory.Data + start;
                }
            }
            return null;
        }

        public void Free(byte* data, long bytes)
        {
            long start = data - _memory.Data;
            int i = 0;
            while (i < _free.Count && _free[i].Start < start)
            {
                i++;
            }
            bool joinsLeft = i > 0 && _free[i - 1].Start + _free[i - 1].Bytes == start;
            bool joinsRight = i < _free.Count && start + bytes == _free[i].Start;
            if (joinsLeft && joinsRight)
            {
                _free[i - 1] = (_free[i - 1].Start, _free[i - 1].Bytes + bytes + _free[i].Bytes);
                _free.RemoveAt(i);
            }
            else if (joinsLeft)
            {
                _free[i - 1] = (_free[i - 1].Start, _free[i - 1].Bytes + bytes);
            }
            else if (joinsRight)
            {
                _free[i] = (start, bytes + _free[i].Bytes);
            }
            else
            {
                _free.Insert(i, (start, bytes));
            }
        }

        public void Clear()
        {
            _free.Clear();
            _free.Add((0, Bytes));
        }

        public void Dispose() => _memory.Release();
    }
}
