using System.Buffers.Binary;
using System.Text;

namespace Euterpe.Tokens.Tests;

/// <summary>SentencePiece model files, written by hand: the wire format of ModelProto, whole ones and broken ones.</summary>
internal static class SentencePieceFiles
{
    public const int Normal = 1, Unknown = 2, Control = 3, UserDefined = 4, Unused = 5, SingleByte = 6;

    public const int Unigram = 1, BytePair = 2, Word = 3, Character = 4;

    public static byte[] Of(int modelType, IEnumerable<(string Text, float Score, int Kind)> pieces, bool byteFallback = false,
        byte[]? normalizer = null, byte[]? denormalizer = null, bool spaceAsSuffix = false) =>
    [
        .. pieces.SelectMany(piece => Message(1, Piece(piece.Text, piece.Score, piece.Kind))),
        .. Message(2, [.. Number(3, modelType), .. Number(24, spaceAsSuffix ? 1 : 0), .. Number(35, byteFallback ? 1 : 0)]),
        .. Message(3, normalizer ?? []),
        .. denormalizer is null ? [] : Message(5, denormalizer),
    ];

    public static byte[] Piece(string text, float score, int kind) =>
        [.. Message(1, Encoding.UTF8.GetBytes(text)), .. Float(2, score), .. Number(3, kind)];

    public static byte[] Normalizer(byte[]? map = null, bool addSpace = true, bool removeSpaces = true, bool escape = true) =>
        [.. map is null ? [] : Message(2, map), .. Number(3, addSpace ? 1 : 0), .. Number(4, removeSpaces ? 1 : 0), .. Number(5, escape ? 1 : 0)];

    public static byte[] Message(int field, byte[] bytes) => [.. Varint((ulong)((field << 3) | 2)), .. Varint((ulong)bytes.Length), .. bytes];

    public static byte[] Number(int field, long value) => [.. Varint((ulong)(field << 3)), .. Varint((ulong)value)];

    public static byte[] Float(int field, float value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        return [.. Varint((ulong)((field << 3) | 5)), .. bytes];
    }

    public static byte[] Varint(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }
        return [.. bytes, (byte)value];
    }

    /// <summary>A charsmap of some rules: keys in a double array whose nodes each have a block of 256 units.</summary>
    public static byte[] Map(params (string From, string To)[] rules)
    {
        var units = new uint[256];
        var texts = new List<byte>();
        var nodes = new Dictionary<string, int> { [""] = 0 };
        Block(0);
        foreach ((string from, string to) in rules)
        {
            byte[] key = Encoding.UTF8.GetBytes(from);
            for (int i = 1; i <= key.Length; i++)
            {
                string name = Convert.ToHexString(key[..i]);
                if (!nodes.ContainsKey(name))
                {
                    int unit = Base(nodes[Convert.ToHexString(key[..(i - 1)])]) ^ key[i - 1];
                    units[unit] = key[i - 1];
                    nodes.Add(name, unit);
                    Block(unit);
                }
            }
            int end = nodes[Convert.ToHexString(key)];
            units[end] |= 0x100;
            units[Base(end)] = 0x80000000 | (uint)texts.Count;
            texts.AddRange([.. Encoding.UTF8.GetBytes(to), 0]);
        }
        return Map(units, [.. texts]);

        int Base(int unit) => (int)((uint)unit ^ (units[unit] >> 10));
        void Block(int unit)
        {
            // Offsets below 2^21 need no shift; a unit with the highest bit is no child of anything.
            int at = units.Length;
            Array.Resize(ref units, at + 256);
            units.AsSpan(at).Fill(0x80000000);
            units[unit] = (units[unit] & 0x3FF) | ((uint)(unit ^ at) << 10);
        }
    }

    public static byte[] Map(uint[] units, byte[] texts)
    {
        var bytes = new byte[4 + (4 * units.Length)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, 4 * units.Length);
        for (int i = 0; i < units.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4 + (4 * i)), units[i]);
        }
        return [.. bytes, .. texts];
    }

    /// <summary>A unit: its label, where its children are from here (exclusive or), and whether it ends a key.</summary>
    public static uint Unit(byte label, int offset, bool isKey = false) => label | (isKey ? 0x100u : 0) | ((uint)offset << 10);
}
