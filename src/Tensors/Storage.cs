using Euterpe.Numerics;

namespace Euterpe.Tensors;

/// <summary>
/// The memory behind one tensor and all its views, counted by the tensors that share it. It belongs to a workspace (and ends with it), to itself, or
/// to somebody else (a mapped file), whom it keeps alive.
/// </summary>
internal sealed unsafe class Storage
{
    private readonly Workspace? _workspace;
    private readonly object? _owner;
    private readonly bool _owns;
    private readonly long _generation;
    private byte* _data;
    private int _references = 1;

    private Storage(byte* data, long bytes, Workspace? workspace, object? owner, bool owns = false)
    {
        _data = data;
        Bytes = bytes;
        _workspace = workspace;
        _owner = owner;
        _owns = owns;
        _generation = workspace?.Generation ?? 0;
    }

    public long Bytes { get; }

    /// <summary>Of a workspace: neighbours in the order of allocation, the allocation's number, and the scope that ends it.</summary>
    internal Storage? Previous, Next;

    internal long Serial;

    internal int Depth;

    public Workspace? Workspace => _workspace;

    public bool IsAlive => _data != null && (_workspace is null || _workspace.Generation == _generation);

    /// <summary>The first byte; throws when the memory has ended.</summary>
    public byte* Data => IsAlive ? _data : throw Ended();

    internal byte* Raw => _data;

    public static Storage Own(long bytes)
    {
        var memory = new NativeBuffer(bytes);
        return new Storage((byte*)memory.Pointer, bytes, null, memory, true);
    }

    public static Storage Of(Workspace workspace, byte* data, long bytes) => new(data, bytes, workspace, null);

    public static Storage Borrow(object owner, byte* data, long bytes) => new(data, bytes, null, owner);

    public void Retain() => Interlocked.Increment(ref _references);

    public void Release()
    {
        if (Interlocked.Decrement(ref _references) > 0 || !IsAlive)
        {
            return;
        }
        if (_workspace is not null)
        {
            _workspace.Free(this);
        }
        else if (_owns && _owner is NativeBuffer memory)
        {
            memory.Dispose();
        }
        End();
    }

    internal void End() => _data = null;

    private ObjectDisposedException Ended() => new(
        nameof(Tensor),
        _workspace is not null && _workspace.Generation != _generation
            ? $"[tensor] This tensor ended when its Workspace was reset (made in generation {_generation}, now {_workspace.Generation}). "
                + "Hint: Keep() before Reset() moves a tensor out."
            : "[tensor] This tensor has been disposed, or its scope has ended. Hint: scope.Return(tensor) hands a tensor to the scope outside.");
}
