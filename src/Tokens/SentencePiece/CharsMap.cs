using System.Buffers.Binary;
using Euterpe.Tokens.Unicode;

namespace Euterpe.Tokens.SentencePiece;

/// <summary>
/// A precompiled_charsmap: the length of a double array (uint32), the array (Darts-clone: keys are UTF-8, values are offsets), and
/// the replacements, each ended by a zero byte. It is walked through once at loading, so that looking up is bounded by the longest key.
/// </summary>
internal sealed class CharsMap
{
    // The longest key of NFKC has 18 code points and the longest replacement of one character 18, in 33 bytes.
    private const int LongestKey = 256, LongestReplacement = 1024;

    private readonly uint[] _units;
    private readonly byte[] _texts;
    private readonly string _where;

    public CharsMap(ReadOnlySpan<byte> blob, string where)
    {
        _where = where;
        if (blob.Length <= 4)
        {
            throw Broken($"{blob.Length} bytes, and the length of its trie alone takes 4");
        }
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(blob);
        if (length > blob.Length - 4 || length % 4 != 0 || length == 0)
        {
            throw Broken($"its trie is said to have {length} bytes; expected a multiple of 4, at most {blob.Length - 4}");
        }
        _units = new uint[length / 4];
        for (int i = 0; i < _units.Length; i++)
        {
            _units[i] = BinaryPrimitives.ReadUInt32LittleEndian(blob[(4 + (4 * i))..]);
        }
        _texts = blob[(4 + (int)length)..].ToArray();
        if (!System.Text.Unicode.Utf8.IsValid(_texts))
        {
            throw Broken("its replacements are not UTF-8");
        }
        Check();
    }

    /// <summary>The longest key at the beginning of <paramref name="runes"/>: its length in code points (0: none) and the replacement.</summary>
    public int Longest(ReadOnlySpan<int> runes, out ReadOnlySpan<byte> replacement)
    {
        int length = 0, leaf = -1, at = Start;
        for (int i = 0; i < runes.Length && Step(ref at, runes[i], out bool isKey); i++)
        {
            if (isKey)
            {
                (length, leaf) = (i + 1, at);
            }
        }
        replacement = leaf < 0 ? default : Replacement(leaf);
        return length;
    }

    /// <summary>The replacement of the shortest key that <paramref name="runes"/> begins with.</summary>
    public bool Shortest(ReadOnlySpan<int> runes, out ReadOnlySpan<byte> replacement)
    {
        int at = Start;
        for (int i = 0; i < runes.Length && Step(ref at, runes[i], out bool isKey); i++)
        {
            if (isKey)
            {
                replacement = Replacement(at);
                return true;
            }
        }
        replacement = default;
        return false;
    }

    // A position is the base of a unit's children: the index of its leaf, if it has one.
    private int Start => Children(0);

    private int Children(int unit)
    {
        uint value = _units[unit];
        return (int)((uint)unit ^ ((value >> 10) << (int)((value & (1u << 9)) >> 6)));
    }

    private bool Step(ref int at, int rune, out bool isKey)
    {
        isKey = false;
        if (rune is > 0 and < 0x80)
        {
            return Step(ref at, (byte)rune, out isKey);
        }
        if (rune <= 0)
        {
            return false;
        }
        Span<byte> bytes = stackalloc byte[4];
        foreach (byte each in bytes[..Runes.Utf8(rune, bytes)])
        {
            if (!Step(ref at, each, out isKey))
            {
                return false;
            }
        }
        return true;
    }

    private bool Step(ref int at, byte label, out bool isKey)
    {
        int unit = at ^ label;
        if ((uint)unit >= (uint)_units.Length || (_units[unit] & 0x800000FF) != label)
        {
            isKey = false;
            return false;
        }
        isKey = HasLeaf(unit);
        at = Children(unit);
        return true;
    }

    private bool HasLeaf(int unit) => (_units[unit] & 0x100) != 0;

    private ReadOnlySpan<byte> Replacement(int leaf)
    {
        ReadOnlySpan<byte> text = _texts.AsSpan((int)(_units[leaf] & 0x7FFFFFFF));
        int end = text.IndexOf((byte)0);
        return end < 0 ? text : text[..end];
    }

    /// <summary>Visits every unit that can be reached: no way leads out of the array or back into itself, and every value is a text.</summary>
    private void Check()
    {
        // Units by the base they are children of.
        int size = (_units.Length + 255) & ~255;
        var first = new int[size + 1];
        for (int unit = 1; unit < _units.Length; unit++)
        {
            first[IsChild(unit) ? Base(unit) + 1 : 0]++;
        }
        first[0] = 0;
        for (int i = 0; i < size; i++)
        {
            first[i + 1] += first[i];
        }
        var children = new int[first[size]];
        int[] next = first[..size];
        for (int unit = 1; unit < _units.Length; unit++)
        {
            if (IsChild(unit))
            {
                children[next[Base(unit)]++] = unit;
            }
        }

        var isOpen = new bool[_units.Length];
        var heights = new int[_units.Length];   // of the tree below, plus one; 0: not visited
        var way = new Stack<(int Unit, int Child, int Height)>();
        Open(0);
        while (way.TryPop(out var step))
        {
            int at = Children(step.Unit), child = step.Child;
            if (child < first[at + 1])
            {
                int unit = children[child];
                if (isOpen[unit])
                {
                    throw Broken($"unit {unit} of its trie leads back to itself");
                }
                way.Push((step.Unit, heights[unit] == 0 ? child : child + 1, Math.Max(step.Height, heights[unit] + 1)));
                if (heights[unit] == 0)
                {
                    Open(unit);
                }
                continue;
            }
            isOpen[step.Unit] = false;
            heights[step.Unit] = step.Height;
            if (step.Height > LongestKey + 1)
            {
                throw Broken($"a key of its trie is longer than {LongestKey} bytes");
            }
        }

        void Open(int unit)
        {
            int at = Children(unit);
            if ((uint)at >= (uint)size || (HasLeaf(unit) && at >= _units.Length))
            {
                throw Broken($"unit {unit} of its trie points to {(uint)at}, beyond its {_units.Length} units");
            }
            if (HasLeaf(unit))
            {
                CheckText((int)(_units[at] & 0x7FFFFFFF));
            }
            isOpen[unit] = true;
            way.Push((unit, first[at], 1));
        }

        bool IsChild(int unit) => (_units[unit] & 0x80000000) == 0 && (_units[unit] & 0xFF) != 0;
        int Base(int unit) => unit ^ (int)(_units[unit] & 0xFF);
    }

    private void CheckText(int value)
    {
        if (value > _texts.Length || (value < _texts.Length && (_texts[value] & 0xC0) == 0x80))
        {
            throw Broken($"a value of its trie, {value}, is not the beginning of a character in its {_texts.Length} bytes of replacements");
        }
        ReadOnlySpan<byte> text = _texts.AsSpan(value);
        if (text.Length > LongestReplacement && text[..LongestReplacement].IndexOf((byte)0) < 0)
        {
            throw Broken($"a replacement is longer than {LongestReplacement} bytes");
        }
    }

    private InvalidDataException Broken(string what) => new($"{_where}: the precompiled_charsmap is broken: {what}.");
}
