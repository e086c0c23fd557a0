using System.Globalization;
using System.Text;

namespace Euterpe.Numerics.Files;

/// <summary>
/// The header of https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html: magic, version, length, then a Python literal
/// {'descr': '&lt;f4', 'fortran_order': False, 'shape': (3, 4), }. Only that dictionary of those three keys is read; nothing is evaluated.
/// </summary>
internal sealed record NpyHeader(StoredType Type, bool BigEndian, bool FortranOrder, long[] Shape, int Length)
{
    /// <summary>No header that numpy writes for plain numbers comes near.</summary>
    public const int Longest = 65_536;

    public const int LargestRank = 32;

    private static readonly (string Code, StoredType Type)[] Codes =
    [
        ("b1", StoredType.Bool), ("u1", StoredType.U8), ("i1", StoredType.I8), ("i2", StoredType.I16), ("u2", StoredType.U16), ("f2", StoredType.F16),
        ("i4", StoredType.I32), ("u4", StoredType.U32), ("f4", StoredType.F32), ("c8", StoredType.C64),
        ("f8", StoredType.F64), ("i8", StoredType.I64),
        ("u8", StoredType.U64), ("c16", StoredType.C128),
    ];

    /// <summary>Bytes of all elements; the header's check made sure that they can be counted.</summary>
    public long DataLength => Shape.Aggregate((long)Type.Size(), (product, size) => product * size);

    /// <summary>Reads magic, version and header from a stream.</summary>
    public static NpyHeader Read(Stream stream, string file)
    {
        Span<byte> start = stackalloc byte[12];
        int found = stream.ReadAtLeast(start[..10], 10, throwOnEndOfStream: false);
        if (found < 10 || start[0] != 0x93 || !start[1..6].SequenceEqual("NUMPY"u8))
        {
            throw Error(file, "a file begins with 0x93, NUMPY, a version and a length: found something else.");
        }
        (int major, int minor) = (start[6], start[7]);
        if (major is < 1 or > 3 || minor != 0)
        {
            throw Error(file, $"versions 1.0, 2.0 and 3.0 are read: found {major}.{minor}.");
        }
        long length = BitConverter.ToUInt16(start[8..10]);
        int prefix = 10;
        if (major > 1)
        {
            if (stream.ReadAtLeast(start[10..12], 2, throwOnEndOfStream: false) < 2)
            {
                throw Error(file, "it ends within the header's length.");
            }
            length = BitConverter.ToUInt32(start[8..12]);
            prefix = 12;
        }
        if (length > Longest)
        {
            throw Error(file, $"headers of up to {Longest} bytes are read: found {length}.");
        }
        var text = new byte[length];
        if (stream.ReadAtLeast(text, text.Length, throwOnEndOfStream: false) < text.Length)
        {
            throw Error(file, $"the header should be {length} bytes long: the file ends before.");
        }
        return new Literal(file, Encoding.Latin1.GetString(text)).Header(prefix + (int)length);
    }

    /// <summary>Version 1.0 (2.0 for very many dimensions does not occur: 32 fit), padded to 64 bytes as numpy does.</summary>
    public static byte[] Write(StoredType type, ReadOnlySpan<long> shape, bool fortranOrder)
    {
        string code = Codes.FirstOrDefault(each => each.Type == type).Code
            ?? throw new NotSupportedException($"[npy] {type} has no numpy type. Hint: write it as F32.");
        var text = new StringBuilder();
        char order = type.Size() == 1 ? '|' : '<';
        text.Append(CultureInfo.InvariantCulture, $"{{'descr': '{order}{code}', 'fortran_order': {(fortranOrder ? "True" : "False")}, 'shape': (");
        text.AppendJoin(", ", shape.ToArray()).Append(shape.Length == 1 ? "," : "").Append("), }");
        int total = (10 + text.Length + 1 + 63) / 64 * 64;
        text.Append(' ', total - 10 - text.Length - 1).Append('\n');
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)(total - 10), (byte)((total - 10) >> 8), .. Encoding.ASCII.GetBytes(text.ToString())];
    }

    private static FileFormatException Error(string file, string problem) => new($"[npy] {file}: {problem}");

    /// <summary>A reader of exactly this one kind of Python literal.</summary>
    private sealed class Literal(string file, string text)
    {
        private int _at;

        public NpyHeader Header(int length)
        {
            string? code = null;
            bool? fortran = null;
            long[]? shape = null;
            Expect('{');
            while (!Accept('}'))
            {
                string key = String();
                Expect(':');
                bool again = key switch
                {
                    "descr" => code is not null,
                    "fortran_order" => fortran is not null,
                    "shape" => shape is not null,
                    _ => throw Error(file, $"the header's keys are descr, fortran_order and shape: found {FileText.Shown(key)}."),
                };
                if (again)
                {
                    throw Error(file, $"the key {key} must stand in the header once: found it twice.");
                }
                switch (key)
                {
                    case "descr":
                        code = Peek() is '[' or '(' ? throw Error(file, "records (structured types) are not read; plain numbers are.") : String();
                        break;
                    case "fortran_order":
                        fortran = Word("True") || (Word("False") ? false
                            : throw Error(file, $"fortran_order must be True or False, at {_at} of the header."));
                        break;
                    default:
                        shape = Tuple();
                        break;
                }
                if (!Accept(','))
                {
                    Expect('}');
                    break;
                }
            }
            Blanks();
            if (_at != text.Length)
            {
                throw Error(file, $"the header must end with the dictionary and blanks: found {FileText.Shown(text.AsSpan(_at), 20)}.");
            }
            if (code is null || fortran is null || shape is null)
            {
                throw Error(file, $"{(code is null ? "descr" : fortran is null ? "fortran_order" : "shape")} is missing in the header.");
            }
            return Build(code, fortran.Value, shape, length);
        }

        private NpyHeader Build(string code, bool fortran, long[] shape, int length)
        {
            foreach ((string known, StoredType type) in Codes)
            {
                // '|' (no byte order) is for single bytes; numpy reads '<' and '>' there, too.
                if (code.Length == known.Length + 1 && code.EndsWith(known, StringComparison.Ordinal)
                    && (code[0] is '<' or '>' || (code[0] == '|' && type.Size() == 1)))
                {
                    long bytes = type.Size();
                    foreach (long size in shape)
                    {
                        if (size != 0 && bytes > long.MaxValue / size)
                        {
                            throw Error(file, $"the shape {FileText.Shape(shape)} has more bytes than 64 bits count.");
                        }
                        bytes *= Math.Max(size, 1);
                    }
                    return new NpyHeader(type, code[0] == '>', fortran, shape, length);
                }
            }
            throw Error(file, $"the type {FileText.Shown(code)} is not read; booleans, integers, floats and complex numbers are (never objects).");
        }

        private long[] Tuple()
        {
            var sizes = new List<long>();
            Expect('(');
            while (!Accept(')'))
            {
                sizes.Add(Number());
                if (sizes.Count > LargestRank)
                {
                    throw Error(file, $"at most {LargestRank} dimensions are read: found more.");
                }
                if (!Accept(','))
                {
                    Expect(')');
                    break;
                }
            }
            return [.. sizes];
        }

        private long Number()
        {
            Blanks();
            int start = _at;
            while (_at < text.Length && char.IsAsciiDigit(text[_at]))
            {
                _at++;
            }
            ReadOnlySpan<char> digits = text.AsSpan(start, _at - start);
            // Python 2 wrote longs with an L.
            _at += _at < text.Length && text[_at] == 'L' && digits.Length > 0 ? 1 : 0;
            return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number
                : throw Error(
                    file, $"a size from 0 to 2^63 - 1 was expected at {start} of the header: found {FileText.Shown(text.AsSpan(start), 20)}.");
        }

        private string String()
        {
            char quote = Peek();
            int end = quote is '\'' or '"' ? text.IndexOf(quote, _at + 1) : -1;
            if (end < 0)
            {
                throw Error(file, $"a string in quotes was expected at {_at} of the header: found {FileText.Shown(text.AsSpan(_at), 20)}.");
            }
            string value = text[(_at + 1)..end];
            _at = end + 1;
            return value;
        }

        private bool Word(string word)
        {
            Blanks();
            bool there = string.CompareOrdinal(text, _at, word, 0, word.Length) == 0;
            _at += there ? word.Length : 0;
            return there;
        }

        private char Peek()
        {
            Blanks();
            return _at < text.Length ? text[_at] : '\0';
        }

        private bool Accept(char c)
        {
            bool there = Peek() == c;
            _at += there ? 1 : 0;
            return there;
        }

        private void Expect(char c)
        {
            if (!Accept(c))
            {
                throw Error(file, $"'{c}' was expected at {_at} of the header: found {FileText.Shown(text.AsSpan(Math.Min(_at, text.Length)), 20)}.");
            }
        }

        private void Blanks()
        {
            while (_at < text.Length && text[_at] is (' ' or '\n' or '\t' or '\r'))
            {
                _at++;
            }
        }
    }
}
