using System.Buffers.Binary;

namespace Euterpe.Search.Vectors;

/// <summary>What a slot of a file of a graph says. All but the last three is a function of rows, options and seed.</summary>
internal sealed record GraphHead
{
    public const int PayloadBytes = 100;

    private const int Version = 1;

    public static ReadOnlySpan<byte> Magic => "EUTGRPH1"u8;

    public required int Dimension { get; init; }

    public required byte[] Space { get; init; }

    public required int Links { get; init; }

    public required int Breadth { get; init; }

    public required ulong Seed { get; init; }

    public required int Rows { get; init; }

    public required int Lists { get; init; }

    public required int Entry { get; init; }

    public required int Top { get; init; }

    /// <summary>Of the rows that the graph was made of.</summary>
    public required uint Identity { get; init; }

    /// <summary>The checksum of what follows the head.</summary>
    public required uint Body { get; init; }

    /// <summary>How many candidates a search keeps, and the recall at 10 that was measured with it; 0: not measured.</summary>
    public int SearchBreadth { get; init; }

    public float Recall { get; init; }

    public int MeasuredRows { get; init; }

    public GraphOptions Options => new(Links, Breadth, Seed);

    public long GroundBytes => (long)Rows * 2 * Links * sizeof(int);

    public long StartsBytes => (long)Rows * sizeof(int);

    public long UpperBytes => (long)Lists * Links * sizeof(int);

    public long FileBytes => HeaderSlots.Bytes + GroundBytes + StartsBytes + UpperBytes;

    public byte[] ToPayload()
    {
        byte[] p = new byte[PayloadBytes];
        BinaryPrimitives.WriteInt32LittleEndian(p, Version);
        BinaryPrimitives.WriteInt32LittleEndian(p.AsSpan(4), Dimension);
        Space.CopyTo(p, 8);
        BinaryPrimitives.WriteInt32LittleEndian(p.AsSpan(40), Links);
        BinaryPrimitives.WriteInt32LittleEndian(p.AsSpan(44), Breadth);
        BinaryPrimitives.WriteUInt64LittleEndian(p.AsSpan(48), Seed);
        BinaryPrimitives.WriteInt32LittleEndian(p.AsSpan(56), Rows);
        BinaryPrimitives.WriteInt32LittleEndian(p.AsSpan(60), Lists);
        BinaryPrimitives.WriteInt32LittleEndian(p.AsSpan(64), Entry);
        BinaryPrimitives.WriteInt32LittleEndian(p.AsSpan(68), Top);
        BinaryPrimitives.WriteUInt32LittleEndian(p.AsSpan(72), Identity);
        BinaryPrimitives.WriteUInt32LittleEndian(p.AsSpan(76), Body);
        BinaryPrimitives.WriteInt32LittleEndian(p.AsSpan(80), SearchBreadth);
        BinaryPrimitives.WriteSingleLittleEndian(p.AsSpan(84), Recall);
        BinaryPrimitives.WriteInt32LittleEndian(p.AsSpan(88), MeasuredRows);
        return p;
    }

    public static bool IsKnown(byte[] payload) => BinaryPrimitives.ReadInt32LittleEndian(payload) == Version;

    public static GraphHead Of(byte[] p) => new()
    {
        Dimension = BinaryPrimitives.ReadInt32LittleEndian(p.AsSpan(4)),
        Space = p[8..40],
        Links = BinaryPrimitives.ReadInt32LittleEndian(p.AsSpan(40)),
        Breadth = BinaryPrimitives.ReadInt32LittleEndian(p.AsSpan(44)),
        Seed = BinaryPrimitives.ReadUInt64LittleEndian(p.AsSpan(48)),
        Rows = BinaryPrimitives.ReadInt32LittleEndian(p.AsSpan(56)),
        Lists = BinaryPrimitives.ReadInt32LittleEndian(p.AsSpan(60)),
        Entry = BinaryPrimitives.ReadInt32LittleEndian(p.AsSpan(64)),
        Top = BinaryPrimitives.ReadInt32LittleEndian(p.AsSpan(68)),
        Identity = BinaryPrimitives.ReadUInt32LittleEndian(p.AsSpan(72)),
        Body = BinaryPrimitives.ReadUInt32LittleEndian(p.AsSpan(76)),
        SearchBreadth = BinaryPrimitives.ReadInt32LittleEndian(p.AsSpan(80)),
        Recall = BinaryPrimitives.ReadSingleLittleEndian(p.AsSpan(84)),
        MeasuredRows = BinaryPrimitives.ReadInt32LittleEndian(p.AsSpan(88)),
    };
}
