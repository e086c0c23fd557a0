using System.Globalization;
using System.Numerics;
using System.Text;
using Euterpe.Numerics;
using Euterpe.Numerics.Files;

namespace Euterpe.Tensors.Files.Torch;

/// <summary>
/// Python's pickle, as far as tensors need it (pickletools, protocols 0 to 5): a stack, a memo, and a closed table of globals
/// (<see cref="PickleGlobals"/>), each of them a few lines of our own. Nothing of the file is called or looked up anywhere; an opcode or a global
/// that is not known ends the reading with its name and place. No recursion; whatever is kept is paid for first.
/// </summary>
internal sealed class PickleMachine(PickleReader reader, bool legacy)
{
    private const int HighestProtocol = 5, LargestInteger = 1024;

    private readonly List<object> stack = [];
    private readonly List<int> marks = [];
    private readonly List<object> memo = [];
    private readonly Dictionary<string, TorchStorage> storages = new(StringComparer.Ordinal);

    /// <summary>Every storage that was named, by its key.</summary>
    public IReadOnlyDictionary<string, TorchStorage> Storages => storages;

    /// <summary>Runs to STOP and returns what is left.</summary>
    public object Run()
    {
        while (true)
        {
            reader.Opcode = reader.Position;
            if (reader.Left == 0)
            {
                throw reader.Error("the pickle ends without STOP.");
            }
            byte code = reader.Byte();
            if (code == (byte)'.')
            {
                object result = Pop();
                return stack.Count == 0 && marks.Count == 0 ? result : throw reader.Error("STOP must leave one value: found more.");
            }
            if (!Number(code) && !Text(code) && !Container(code) && !Memo(code))
            {
                Call(code);
            }
        }
    }

    private bool Number(byte code)
    {
        switch (code)
        {
            case (byte)'N':
                Push(PickledNone.Value);
                break;
            case 0x88 or 0x89:
                Push(code == 0x88);
                break;
            case (byte)'J':
                Push((long)reader.Int32());
                break;
            case (byte)'K':
                Push((long)reader.Byte());
                break;
            case (byte)'M':
                Push((long)reader.UInt16());
                break;
            case (byte)'G':
                Push(reader.DoubleBigEndian());
                break;
            case 0x8A:
                Push(Integer(reader.Byte()));
                break;
            case 0x8B:
                Push(Integer(reader.Int32()));
                break;
            case (byte)'I':
                ReadOnlySpan<byte> line = reader.Line();
                Push(line.SequenceEqual("01"u8) ? true : line.SequenceEqual("00"u8) ? false : Integer(line));
                break;
            case (byte)'L':
                line = reader.Line();
                Push(Integer(line.EndsWith("L"u8) ? line[..^1] : line));
                break;
            case (byte)'F':
                line = reader.Line();
                Push(line.Length <= 64 && double.TryParse(line, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value
                    : line.SequenceEqual("inf"u8) ? double.PositiveInfinity : line.SequenceEqual("-inf"u8) ? double.NegativeInfinity
                    : line.SequenceEqual("nan"u8) ? double.NaN : throw reader.Error("FLOAT is followed by no number."));
                break;
            default:
                return false;
        }
        return true;
    }

    private bool Text(byte code)
    {
        switch (code)
        {
            case (byte)'X':
                Push(reader.Text(reader.UInt32()));
                break;
            case 0x8C:
                Push(reader.Text(reader.Byte()));
                break;
            case 0x8D:
                Push(reader.Text(reader.UInt64()));
                break;
            case (byte)'V':
                Push(PickleText.FromRawUnicode(reader, reader.Line()));
                break;
            case (byte)'S':
                Push(PickleText.FromQuoted(reader, reader.Line()));
                break;
            case (byte)'T':
                int length = reader.Int32();
                Push(reader.TextOrBytes(reader.Take(length >= 0 ? (ulong)length : throw reader.Error("a text has a negative length."))));
                break;
            case (byte)'U':
                Push(reader.TextOrBytes(reader.Take(reader.Byte())));
                break;
            case (byte)'B':
                Push(reader.Bytes(reader.UInt32()));
                break;
            case (byte)'C':
                Push(reader.Bytes(reader.Byte()));
                break;
            case 0x8E or 0x96:
                Push(reader.Bytes(reader.UInt64()));
                break;
            default:
                return false;
        }
        return true;
    }

    private bool Container(byte code)
    {
        switch (code)
        {
            case (byte)'(':
                reader.Allowance.Charge(8);
                marks.Add(stack.Count);
                break;
            case (byte)'0':
                // Python pops a mark as well as a value.
                _ = marks.Count > 0 && marks[^1] == stack.Count ? PopMark().Length : Pop();
                break;
            case (byte)'1':
                PopMark();
                break;
            case (byte)'2':
                Push(Peek());
                break;
            case (byte)']':
                Push(NewList([]));
                break;
            case (byte)'l':
                Push(NewList(PopMark()));
                break;
            case (byte)'a':
                object item = Pop();
                Extend(Peek(), [item]);
                break;
            case (byte)'e':
                object[] items = PopMark();
                Extend(Peek(), items);
                break;
            case (byte)')':
                Push(Array.Empty<object>());
                break;
            case (byte)'t':
                Push(PopMark());
                break;
            case 0x85 or 0x86 or 0x87:
                Push(Pop(code - 0x84));
                break;
            case (byte)'}':
                Push(NewDict([]));
                break;
            case (byte)'d':
                Push(NewDict(PopMark()));
                break;
            case (byte)'s':
                items = Pop(2);
                SetItems(Peek(), items);
                break;
            case (byte)'u':
                items = PopMark();
                SetItems(Peek(), items);
                break;
            case 0x8F:
                reader.Allowance.Charge(120);
                Push(new PickledSet([]));
                break;
            case 0x90:
                items = PopMark();
                reader.Allowance.Charge(16L * items.Length);
                (Peek() as PickledSet ?? throw reader.Error("ADDITEMS needs a set.")).Items.AddRange(items);
                break;
            case 0x91:
                items = PopMark();
                reader.Allowance.Charge(120 + (16L * items.Length));
                Push(new PickledSet([.. items]));
                break;
            default:
                return false;
        }
        return true;
    }

    private bool Memo(byte code)
    {
        switch (code)
        {
            case (byte)'q':
                Store(reader.Byte());
                break;
            case (byte)'r':
                Store(reader.UInt32());
                break;
            case (byte)'p':
                Store(Index(reader.Line()));
                break;
            case 0x94:
                Store(memo.Count);
                break;
            case (byte)'h':
                Push(Recall(reader.Byte()));
                break;
            case (byte)'j':
                Push(Recall(reader.UInt32()));
                break;
            case (byte)'g':
                Push(Recall(Index(reader.Line())));
                break;
            case 0x80:
                int protocol = reader.Byte();
                if (protocol > HighestProtocol)
                {
                    throw reader.Error($"protocols 0 to {HighestProtocol} are read: found {protocol}.");
                }
                break;
            case 0x95:
                ulong frame = reader.UInt64();
                if (frame > (ulong)reader.Left)
                {
                    throw reader.Error($"a frame of {frame} bytes is said to follow: {reader.Left} bytes do.");
                }
                break;
            default:
                return false;
        }
        return true;
    }

    private void Call(byte code)
    {
        switch (code)
        {
            case (byte)'c':
                string module = reader.Text(reader.Line());
                Push(PickleGlobals.Find(reader, module, reader.Text(reader.Line())));
                break;
            case 0x93:
                object[] names = Pop(2);
                Push(names is [string from, string name] ? PickleGlobals.Find(reader, from, name)
                    : throw reader.Error("STACK_GLOBAL needs two texts."));
                break;
            case (byte)'R' or 0x81:
                object[] call = Pop(2);
                if (call[0] is not PickledGlobal global || call[1] is not object[] arguments)
                {
                    throw reader.Error($"{(code == 0x81 ? "NEWOBJ" : "REDUCE")} needs a global and a tuple.");
                }
                Push(global.Call(reader, arguments));
                break;
            case (byte)'b':
                object state = Pop();
                PickleGlobals.Build(reader, Peek(), state);
                break;
            case (byte)'Q':
                Push(Storage(Pop()));
                break;
            default:
                throw reader.Error($"the opcode {OpcodeName(code)} is none that tensors need; nothing of the file was run.");
        }
    }

    private static string OpcodeName(byte code) => code switch
    {
        (byte)'i' => "INST",
        (byte)'o' => "OBJ",
        (byte)'P' => "PERSID",
        0x82 or 0x83 or 0x84 => "EXT",
        0x92 => "NEWOBJ_EX",
        0x97 or 0x98 => "NEXT_BUFFER",
        _ => $"0x{code:x2}",
    };

    /// <summary>
    /// ("storage", class, key, location, elements) of torch.save; the legacy format adds what part of a larger storage it is, or None.
    /// </summary>
    private TorchStorage Storage(object id)
    {
        if (id is not object[] { Length: 5 or 6 } parts || parts[0] is not "storage" || parts[1] is not PickledGlobal { IsStorage: true } type
            || parts[2] is not string key || parts[3] is not string || parts[4] is not long count || (parts.Length == 6 && !legacy))
        {
            throw reader.Error("a persistent id must be (\"storage\", its class, its key, its place, its size).");
        }
        int size = type.Type?.Size() ?? 1;
        if (key.Length is 0 or > 64 || key.AsSpan().ContainsAnyExcept(PickleGlobals.KeyLetters) || count < 0 || count > long.MaxValue / 16)
        {
            throw reader.Error($"the storage {FileText.Shown(key)} of {count} elements cannot be.");
        }
        (long offset, long length) = (0, count);
        if (parts.Length == 6 && parts[5] is not PickledNone)
        {
            if (parts[5] is not object[] { Length: 3 } view || view[1] is not long start || view[2] is not long part || start < 0 || part < 0
                || start > count || part > count - start)
            {
                throw reader.Error($"the part of the storage {FileText.Shown(key)} must lie within its {count} elements.");
            }
            (offset, length) = (start, part);
        }
        reader.Allowance.Charge(240);
        var storage = new TorchStorage(key, type.Type, length * size, offset * size, count * size);
        if (!storages.TryAdd(key, storage) && storages[key].StoredLength != storage.StoredLength)
        {
            throw reader.Error(
                $"the storage {FileText.Shown(key)} must have one size: found {storages[key].StoredLength} and {storage.StoredLength} bytes.");
        }
        return storage;
    }

    private object Integer(int length)
    {
        if (length is < 0 or > LargestInteger)
        {
            throw reader.Error($"integers of 0 to {LargestInteger} bytes are read: found one of {length}.");
        }
        ReadOnlySpan<byte> bytes = reader.Take((ulong)length);
        return Small(new BigInteger(bytes));
    }

    private object Integer(ReadOnlySpan<byte> line) =>
        line.Length <= LargestInteger
            && BigInteger.TryParse(Encoding.Latin1.GetString(line), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out BigInteger value)
            ? Small(value) : throw reader.Error("a line must hold an integer, and does not.");

    private object Small(BigInteger value)
    {
        if (value >= long.MinValue && value <= long.MaxValue)
        {
            return (long)value;
        }
        reader.Allowance.Charge(LargestInteger);
        return value;
    }

    private long Index(ReadOnlySpan<byte> line) =>
        Integer(line) is long and >= 0 and long index ? index : throw reader.Error("a memo index cannot be that.");

    private void Store(long index)
    {
        // Every writer counts its memo upwards: an index beyond the number of bytes read is made up.
        if (index > reader.Position)
        {
            throw reader.Error($"the memo index {index} is beyond the {reader.Position} bytes that were read.");
        }
        reader.Allowance.Charge(16 * Math.Max(0, index + 1 - memo.Count));
        while (memo.Count <= index)
        {
            memo.Add(null!);
        }
        memo[(int)index] = Peek();
    }

    private object Recall(long index) =>
        (index < memo.Count ? memo[(int)index] : null) ?? throw reader.Error($"the memo has nothing under {index}.");

    private PickledList NewList(object[] items)
    {
        reader.Allowance.Charge(120 + (16L * items.Length));
        var list = new PickledList();
        list.Items.AddRange(items);
        return list;
    }

    private PickledDict NewDict(object[] items)
    {
        reader.Allowance.Charge(80);
        var dict = new PickledDict();
        SetItems(dict, items);
        return dict;
    }

    private void Extend(object target, ReadOnlySpan<object> items)
    {
        PickledList list = target as PickledList ?? throw reader.Error("APPEND needs a list.");
        reader.Allowance.Charge(24L * items.Length);
        list.Items.AddRange(items);
    }

    private void SetItems(object target, object[] items)
    {
        PickledDict dict = target as PickledDict ?? throw reader.Error("SETITEM needs a dict.");
        if (items.Length % 2 != 0)
        {
            throw reader.Error("a dict needs as many values as keys.");
        }
        for (int i = 0; i < items.Length; i += 2)
        {
            PickleGlobals.Set(reader, dict, items[i], items[i + 1]);
        }
    }

    private void Push(object value)
    {
        reader.Allowance.Charge(value is long or double or bool ? 40 : 16);
        stack.Add(value);
    }

    private int Floor => marks.Count > 0 ? marks[^1] : 0;

    private object Peek() => stack.Count > Floor ? stack[^1] : throw Empty();

    private object Pop()
    {
        object value = Peek();
        stack.RemoveAt(stack.Count - 1);
        return value;
    }

    private object[] Pop(int count) => stack.Count - Floor >= count ? Cut(stack.Count - count) : throw Empty();

    private object[] PopMark()
    {
        if (marks.Count == 0)
        {
            throw reader.Error("there is no MARK on the stack.");
        }
        int mark = marks[^1];
        marks.RemoveAt(marks.Count - 1);
        return Cut(mark);
    }

    private object[] Cut(int from)
    {
        int count = stack.Count - from;
        reader.Allowance.Charge(32 + (8L * count));
        object[] items = count == 0 ? [] : new object[count];
        stack.CopyTo(from, items, 0, count);
        stack.RemoveRange(from, count);
        return items;
    }

    private FileFormatException Empty() => reader.Error("the stack has not the values that this opcode needs.");
}
