using System.Buffers.Binary;
using Euterpe.Numerics.Files;
using Microsoft.Win32.SafeHandles;

namespace Euterpe.Search.Vectors;

/// <summary>
/// The head of a file that is changed in place: two slots of 4096 bytes, written in turn, each with a generation and a checksum. A power cut while
/// one
/// is written leaves the other, which is the state before. Layout of a slot: magic (8 bytes), generation (8), payload, CRC-32 of all before it (4).
/// </summary>
internal static class HeaderSlots
{
    public const int SlotBytes = 4096;
    public const int Bytes = 2 * SlotBytes;

    private const int Front = 16;

    /// <summary>The payload of the newest slot that is whole and that <paramref name="accepts"/>; null when there is none.</summary>
    public static (long Generation, byte[] Payload)? Read(
        ReadOnlySpan<byte> head, ReadOnlySpan<byte> magic, int payloadBytes, Func<byte[], bool>? accepts = null)
    {
        (long Generation, byte[] Payload)? best = null;
        for (int slot = 0; slot < 2 && head.Length >= Bytes; slot++)
        {
            // A copy first: another process may write the slot at this moment, and what was checked is what must be used.
            byte[] copy = head.Slice(slot * SlotBytes, Front + payloadBytes + 4).ToArray();
            uint crc = BinaryPrimitives.ReadUInt32LittleEndian(copy.AsSpan(Front + payloadBytes));
            if (!copy.AsSpan(0, 8).SequenceEqual(magic) || crc != Crc32.Of(copy.AsSpan(0, Front + payloadBytes)))
                continue;
            long generation = BinaryPrimitives.ReadInt64LittleEndian(copy.AsSpan(8));
            byte[] payload = copy[Front..(Front + payloadBytes)];
            bool newer = generation >= 0 && generation % 2 == slot && (best is null || generation > best.Value.Generation);
            if (newer && (accepts is null || accepts(payload)))
                best = (generation, payload);
        }

        return best;
    }

    /// <summary>Writes the slot of <paramref name="generation"/> and brings it to the disk. What it speaks of must be there already.</summary>
    public static void Write(SafeFileHandle file, ReadOnlySpan<byte> magic, long generation, ReadOnlySpan<byte> payload)
    {
        RandomAccess.Write(file, Slot(magic, generation, payload), generation % 2 * SlotBytes);
        RandomAccess.FlushToDisk(file);
    }

    /// <summary>Both slots of a new file, which holds generation 0.</summary>
    public static byte[] New(ReadOnlySpan<byte> magic, ReadOnlySpan<byte> payload)
    {
        byte[] head = new byte[Bytes];
        Slot(magic, 0, payload).CopyTo(head, 0);
        return head;
    }

    private static byte[] Slot(ReadOnlySpan<byte> magic, long generation, ReadOnlySpan<byte> payload)
    {
        byte[] slot = new byte[Front + payload.Length + 4];
        magic.CopyTo(slot);
        BinaryPrimitives.WriteInt64LittleEndian(slot.AsSpan(8), generation);
        payload.CopyTo(slot.AsSpan(Front));
        BinaryPrimitives.WriteUInt32LittleEndian(slot.AsSpan(Front + payload.Length), Crc32.Of(slot.AsSpan(0, Front + payload.Length)));
        return slot;
    }
}
