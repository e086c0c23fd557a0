using System.Runtime.InteropServices;
using Euterpe.Numerics;
using Euterpe.Numerics.Files;
using Microsoft.Win32.SafeHandles;

namespace Euterpe.Search.Vectors;

/// <summary>
/// Adds rows to a file of vectors. There is one writer at a time, on this machine: a lock on the file's name with <c>.lock</c> behind it, which
/// ends with its process.
/// Rows are written and brought to the disk before the new count is: whatever happens, the file holds what was there before or all that was added.
/// </summary>
public sealed class VectorWriter : IDisposable
{
    private readonly FileStream _lock;
    private readonly SafeFileHandle _file;
    private readonly VectorLayout _layout;
    private readonly string _path;
    private VectorHead _head;
    private long _generation;

    private VectorWriter(string path, FileStream theLock, SafeFileHandle file, VectorLayout layout, long generation, VectorHead head)
    {
        _path = path;
        _lock = theLock;
        _file = file;
        _layout = layout;
        _generation = generation;
        _head = head;
    }

    /// <summary>Rows that are on the disk.</summary>
    public long Count => _head.Count;

    /// <summary>The id of the last of them; -1 when there is none.</summary>
    public long LastId => _head.LastId;

    /// <summary>Opens the file for writing, and makes it when it is not there.</summary>
    /// <exception cref="IOException">Another process writes it.</exception>
    /// <exception cref="FileFormatException">It is damaged or of another space.</exception>
    public static VectorWriter Open(string path, string key, int dimension)
    {
        var layout = new VectorLayout(dimension);
        byte[] space = VectorHead.SpaceOf(key);
        FileStream theLock = FileLock.Take(path);
        SafeFileHandle? file = null;
        try
        {
            if (!File.Exists(path))
            {
                byte[] head = HeaderSlots.New(VectorHead.Magic, new VectorHead(dimension, space, 0, -1, 0).ToPayload());
                AtomicFile.WriteAllBytes(path, head);
                FolderSync.Flush(Path.GetDirectoryName(Path.GetFullPath(path))!);
            }

            file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            byte[] found = new byte[HeaderSlots.Bytes];
            int read = RandomAccess.Read(file, found, 0);
            (long generation, VectorHead now) = VectorHead.Read(found.AsSpan(0, read), RandomAccess.GetLength(file), path, space, dimension);
            return new VectorWriter(path, theLock, file, layout, generation, now);
        }
        catch
        {
            file?.Dispose();
            theLock.Dispose();
            throw;
        }
    }

    /// <summary>Adds rows; when it returns they survive a power cut.</summary>
    /// <param name="ids">Ascending, and above <see cref="LastId"/>.</param>
    /// <param name="vectors">[ids, dimension], row-major; finite, at most 1e15 in magnitude.</param>
    public void Append(ReadOnlySpan<long> ids, ReadOnlySpan<float> vectors)
    {
        Check(ids, vectors);
        if (ids.IsEmpty)
            return;
        long needed = _layout.FileBytes(Count + ids.Length);
        if (RandomAccess.GetLength(_file) < needed)
            RandomAccess.SetLength(_file, needed);
        uint crc = _head.Crc;
        for (int done = 0; done < ids.Length;)
        {
            int place = (int)((Count + done) % VectorLayout.BlockRows), rows = Math.Min(ids.Length - done, VectorLayout.BlockRows - place);
            crc = WritePart((int)((Count + done) / VectorLayout.BlockRows), place, ids.Slice(done, rows),
                vectors.Slice(done * _layout.Dimension, rows * _layout.Dimension), crc);
            done += rows;
        }

        RandomAccess.FlushToDisk(_file);
        VectorHead head = _head with { Count = Count + ids.Length, LastId = ids[^1], Crc = crc };
        HeaderSlots.Write(_file, VectorHead.Magic, _generation + 1, head.ToPayload());
        _generation++;
        _head = head;
    }

    /// <summary>Gives the right to write to others.</summary>
    public void Dispose()
    {
        _file.Dispose();
        _lock.Dispose();
    }

    private void Check(ReadOnlySpan<long> ids, ReadOnlySpan<float> vectors)
    {
        if (vectors.Length != (long)ids.Length * _layout.Dimension)
        {
            throw new ShapeException($"[vectors] {ids.Length} vectors of {_layout.Dimension} numbers are "
                + $"{(long)ids.Length * _layout.Dimension} numbers, and {vectors.Length} were given.");
        }

        if (Count + ids.Length > VectorLayout.MostRows)
            throw new OptionsException($"[vectors] {_path} holds {Count} rows; it cannot take {ids.Length} more.");
        long last = LastId;
        foreach (long id in ids)
        {
            if (id <= last || id < 0)
                throw new ArgumentException($"[vectors] Ids ascend and are not negative: {id} comes after {last}.", nameof(ids));
            last = id;
        }

        for (int i = 0; i < vectors.Length; i++)
        {
            if (!(MathF.Abs(vectors[i]) <= ByteRows.Largest))
            {
                throw new ArgumentException(
                    $"[vectors] Number {i % _layout.Dimension} of the vector of id {ids[i / _layout.Dimension]} is {vectors[i]}; "
                    + $"it must be finite and at most {ByteRows.Largest:0e0}.", nameof(vectors));
            }
        }
    }

    private uint WritePart(int block, int place, ReadOnlySpan<long> ids, ReadOnlySpan<float> vectors, uint crc)
    {
        int rows = ids.Length, dimension = _layout.Dimension, stride = _layout.Stride;
        float[] scales = new float[rows], errors = new float[rows], norms = new float[rows];
        int[] sums = new int[rows];
        byte[] bytes = new byte[rows * stride];
        for (int r = 0; r < rows; r++)
        {
            ReadOnlySpan<float> vector = vectors.Slice(r * dimension, dimension);
            ByteRow row = ByteRows.Quantize(vector, bytes.AsSpan(r * stride, stride));
            (scales[r], errors[r], norms[r], sums[r]) = (row.Scale, row.Error, row.Norm, row.Sum);
            crc = Crc32.Append(crc, MemoryMarshal.AsBytes(ids.Slice(r, 1)));
            crc = Crc32.Append(crc, MemoryMarshal.AsBytes(scales.AsSpan(r, 1)));
            crc = Crc32.Append(crc, MemoryMarshal.AsBytes(errors.AsSpan(r, 1)));
            crc = Crc32.Append(crc, MemoryMarshal.AsBytes(norms.AsSpan(r, 1)));
            crc = Crc32.Append(crc, MemoryMarshal.AsBytes(sums.AsSpan(r, 1)));
            crc = Crc32.Append(crc, bytes.AsSpan(r * stride, stride));
            crc = Crc32.Append(crc, MemoryMarshal.AsBytes(vector));
        }

        long at = _layout.At(block);
        RandomAccess.Write(_file, MemoryMarshal.AsBytes(ids), at + VectorLayout.Ids + (place * sizeof(long)));
        RandomAccess.Write(_file, MemoryMarshal.AsBytes<float>(scales), at + VectorLayout.Scales + (place * sizeof(float)));
        RandomAccess.Write(_file, MemoryMarshal.AsBytes<float>(errors), at + VectorLayout.Errors + (place * sizeof(float)));
        RandomAccess.Write(_file, MemoryMarshal.AsBytes<float>(norms), at + VectorLayout.Norms + (place * sizeof(float)));
        RandomAccess.Write(_file, MemoryMarshal.AsBytes<int>(sums), at + VectorLayout.Sums + (place * sizeof(int)));
        RandomAccess.Write(_file, bytes, at + _layout.Bytes + ((long)place * stride));
        RandomAccess.Write(_file, MemoryMarshal.AsBytes(vectors), at + _layout.Floats + ((long)place * dimension * sizeof(float)));
        return crc;
    }
}
