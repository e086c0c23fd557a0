using System.Runtime.InteropServices;
using Euterpe.Numerics;
using Euterpe.Numerics.Files;
using Euterpe.Tensors;
using Euterpe.Tensors.Files;

namespace Euterpe.Layers;

/// <summary>
/// A tensor of a model that lies in a file under another name or in another arrangement. Rows of one tensor are a view of the mapped file; only what
/// is turned or joined is copied, and when it is asked for.
/// </summary>
public sealed class DerivedTensor
{
    private const int BlockElements = 1 << 16;

    private readonly Piece[] pieces;
    private readonly bool turned;

    internal DerivedTensor(string name, long[] shape, bool turned, params Piece[] pieces)
    {
        (Name, Shape, this.turned, this.pieces) = (name, shape, turned, pieces);
        Type = pieces[0].Entry.Type;
        Count = shape.Aggregate(1L, (product, size) => checked(product * size));
    }

    /// <summary>Part of a tensor of a file, along its first size.</summary>
    internal readonly record struct Piece(Checkpoint Checkpoint, CheckpointEntry Entry, long First, long Rows)
    {
        public bool Whole => First == 0 && (Entry.Shape.Length == 0 || Rows == Entry.Shape[0]);

        public ReadOnlySpan<byte> Bytes
        {
            get
            {
                ReadOnlySpan<byte> all = Checkpoint.Bytes(Entry.Name);
                if (Whole)
                    return all;
                int row = (int)(all.Length / Entry.Shape[0]);
                return all.Slice((int)First * row, (int)Rows * row);
            }
        }
    }

    /// <summary>The model's name for it.</summary>
    public string Name { get; }

    public StoredType Type { get; }

    public long[] Shape { get; }

    public long Count { get; }

    public long Length => Count * Type.Size();

    /// <summary>The names in the file that it is made of.</summary>
    public IEnumerable<string> Sources => pieces.Select(piece => piece.Entry.Name);

    public Shape TensorShape() => new CheckpointEntry(Name, Type, Shape, Length, pieces[0].Entry.File).TensorShape();

    /// <summary>The values in the type of the file; a view of it where nothing is turned or joined.</summary>
    public Tensor Load()
    {
        Piece first = pieces[0];
        if (pieces.Length == 1 && !turned)
        {
            Tensor whole = first.Checkpoint.Tensor(first.Entry.Name);
            if (first.Whole)
                return whole;
            using (whole)
                return whole.Narrow(0, checked((int)first.First), checked((int)first.Rows));
        }

        using Tensor like = first.Checkpoint.Tensor(first.Entry.Name);
        Tensor made = Tensor.Create(like.Type, TensorShape());
        CopyTo(made.Bytes);
        return made;
    }

    /// <summary>Writes the elements, one after the other, in the type of the file or, where that is of floats, in <paramref name="type"/>.</summary>
    public void Write(Stream stream, StoredType? type = null)
    {
        StoredType wanted = Saved(type);
        byte[]? copy = null;
        if (turned)
            CopyTo(copy = new byte[checked((int)Length)]);
        for (int i = 0; i < pieces.Length; i++)
        {
            ReadOnlySpan<byte> bytes = copy ?? pieces[i].Bytes;
            if (wanted == Type)
                stream.Write(bytes);
            else
                Convert(bytes, wanted, stream);
        }
    }

    /// <summary>The type in which <see cref="Write"/> writes it when floats are wanted in another one; integers stay.</summary>
    public StoredType Saved(StoredType? type) => type is { } wanted && Type.IsFloat() ? wanted : Type;

    /// <summary>Whether another tensor has the same type, shape and bits.</summary>
    public bool SameAs(DerivedTensor other)
    {
        if (Type != other.Type || !Shape.AsSpan().SequenceEqual(other.Shape) || turned != other.turned || pieces.Length != other.pieces.Length)
            return false;
        for (int i = 0; i < pieces.Length; i++)
        {
            if (!pieces[i].Bytes.SequenceEqual(other.pieces[i].Bytes))
                return false;
        }

        return true;
    }

    private void Convert(ReadOnlySpan<byte> bytes, StoredType wanted, Stream stream)
    {
        var floats = new float[(int)Math.Min(BlockElements, bytes.Length / Type.Size())];
        var halves = new ushort[floats.Length];
        for (int at = 0; at < bytes.Length;)
        {
            int count = Math.Min(floats.Length, (bytes.Length - at) / Type.Size());
            Span<float> part = floats.AsSpan(0, count);
            StoredValues.ToFloats(Type, bytes.Slice(at, count * Type.Size()), part);
            at += count * Type.Size();
            switch (wanted)
            {
                case StoredType.F32:
                    stream.Write(MemoryMarshal.AsBytes(part));
                    break;
                case StoredType.BF16:
                    Bf16.FromFloat(part, halves.AsSpan(0, count));
                    stream.Write(MemoryMarshal.AsBytes(halves.AsSpan(0, count)));
                    break;
                case StoredType.F16:
                    F16.FromFloat(part, halves.AsSpan(0, count));
                    stream.Write(MemoryMarshal.AsBytes(halves.AsSpan(0, count)));
                    break;
                default:
                    throw new NotSupportedException($"[layout] Floats are written as F32, BF16 or F16: {wanted} was asked for.");
            }
        }
    }

    private void CopyTo(Span<byte> target)
    {
        if (turned)
        {
            Turn(pieces[0].Bytes, target, (int)pieces[0].Entry.Shape[0], (int)pieces[0].Entry.Shape[1], Type.Size());
            return;
        }

        foreach (Piece piece in pieces)
        {
            ReadOnlySpan<byte> bytes = piece.Bytes;
            bytes.CopyTo(target);
            target = target[bytes.Length..];
        }
    }

    private static void Turn(ReadOnlySpan<byte> from, Span<byte> to, int rows, int columns, int size)
    {
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
                from.Slice(((row * columns) + column) * size, size).CopyTo(to[(((column * rows) + row) * size)..]);
        }
    }
}
