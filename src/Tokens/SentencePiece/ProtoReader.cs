using System.Buffers.Binary;

namespace Euterpe.Tokens.SentencePiece;

/// <summary>
/// The wire format of Protocol Buffers, field by field: as much of it as a model file needs, and no generated code. It allocates nothing,
/// trusts no length, and is stricter than protobuf: a group or a known field of another type is refused.
/// </summary>
internal ref struct ProtoReader(ReadOnlySpan<byte> bytes, string where)
{
    private const int VarintType = 0, Fixed64Type = 1, BytesType = 2, Fixed32Type = 5;

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private readonly string _where = where;
    private int _at;
    private int _type;
    private ulong _seen;

    /// <summary>The number of the field that <see cref="Next"/> found.</summary>
    public int Field { get; private set; }

    /// <summary>Goes to the next field; its value must then be read or skipped.</summary>
    public bool Next()
    {
        if (_at == _bytes.Length)
        {
            return false;
        }
        ulong tag = Varint();
        (Field, _type) = ((int)Math.Min(tag >> 3, int.MaxValue), (int)(tag & 7));
        return Field is > 0 and < 1 << 29 ? true : throw Broken($"a field has the number {tag >> 3}");
    }

    /// <summary>Refuses a field that may stand once only (of a number up to 63).</summary>
    public void Once()
    {
        if ((_seen & (1UL << Field)) != 0)
        {
            throw Broken($"field {Field} stands twice");
        }
        _seen |= 1UL << Field;
    }

    public int Whole()
    {
        Expect(VarintType);
        long value = (long)Varint();
        return value is >= int.MinValue and <= int.MaxValue ? (int)value : throw Broken($"field {Field} is {value}, too large a number");
    }

    public bool Flag()
    {
        Expect(VarintType);
        return Varint() != 0;
    }

    public float Float()
    {
        Expect(Fixed32Type);
        return BinaryPrimitives.ReadSingleLittleEndian(Take(4));
    }

    public ReadOnlySpan<byte> Bytes()
    {
        Expect(BytesType);
        return Sized();
    }

    /// <summary>A string; what is not UTF-8 is refused.</summary>
    public string Text()
    {
        ReadOnlySpan<byte> text = Bytes();
        return System.Text.Unicode.Utf8.IsValid(text) ? System.Text.Encoding.UTF8.GetString(text) : throw Broken($"field {Field} is not UTF-8");
    }

    public void Skip()
    {
        switch (_type)
        {
            case VarintType:
                Varint();
                break;
            case Fixed64Type:
                Take(8);
                break;
            case BytesType:
                Sized();
                break;
            case Fixed32Type:
                Take(4);
                break;
            default:
                throw Broken($"field {Field} has the wire type {_type}; groups are not read");
        }
    }

    public readonly InvalidDataException Broken(string what) =>
        new($"{_where}: not a SentencePiece model: {what} (byte {_at} of {_bytes.Length}).");

    private readonly void Expect(int type)
    {
        if (_type != type)
        {
            throw Broken($"field {Field} has the wire type {_type}, expected {type}");
        }
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            byte each = Take(1)[0];
            value |= (ulong)(each & 0x7F) << shift;
            if (each < 0x80)
            {
                return shift < 63 || each < 2 ? value : throw Broken("a number of more than 64 bits");
            }
        }
        throw Broken("a number of more than 10 bytes");
    }

    private ReadOnlySpan<byte> Sized()
    {
        ulong length = Varint();
        return length <= (ulong)(_bytes.Length - _at) ? Take((int)length)
            : throw Broken($"field {Field} is said to have {length} bytes, and {_bytes.Length - _at} are left");
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _bytes.Length - _at)
        {
            throw Broken("it ends in the middle of a field");
        }
        _at += count;
        return _bytes.Slice(_at - count, count);
    }
}
