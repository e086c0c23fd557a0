using System.Text.Json;
using System.Text.Unicode;

namespace Euterpe.Numerics.Files;

/// <summary>One tensor of a safetensors file. <see cref="Start"/> is counted from the file's first byte.</summary>
[Experimental("EUTERPE001")]
public sealed record SafetensorsEntry(string Name, StoredType Type, long[] Shape, long Start, long Length)
{
    /// <summary>The number of elements.</summary>
    public long Count => Length / Type.Size();

    public override string ToString() => $"{FileText.Shown(Name)} {Type.SafetensorsName()} {FileText.Shape(Shape)}";
}

/// <summary>
/// The header of https://github.com/huggingface/safetensors: 8 bytes of length, that many bytes of JSON, then data that the tensors cover without
/// overlap or hole. Stricter than upstream: unknown fields are refused, a header is at most 24 MiB (upstream: 100 MB), of at most 65,536 names of
/// 64 KiB and tensors of rank 32, so that the memory taken stays below the file's own size and 64 MiB. Data need not be aligned
/// (upstream does not ask for it, either).
/// </summary>
internal ref struct SafetensorsHeader
{
    public const int LargestHeader = 24 << 20, MostNames = 1 << 16, LongestName = 1 << 16, LargestRank = 32;

    private readonly string _file;
    private readonly long _dataStart;
    private readonly long _dataLength;
    private Utf8JsonReader _json;
    private string? _tensor;
    private bool _inMetadata;

    private SafetensorsHeader(string file, ReadOnlySpan<byte> json, long dataStart, long dataLength)
    {
        _file = file;
        _dataStart = dataStart;
        _dataLength = dataLength;
        _json = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 3 });
    }

    public static (Dictionary<string, SafetensorsEntry> ByName, SafetensorsEntry[] Entries, Dictionary<string, string> Metadata) Read(
        string name, MappedFile file)
    {
        if (file.Length < 8)
        {
            throw Error(name, $"a file begins with 8 bytes, the length of its header; found {file.Length} bytes in all.");
        }
        ulong length = BitConverter.ToUInt64(file.Span(0, 8));
        if (length > (ulong)(file.Length - 8))
        {
            throw Error(name, $"the header's length must fit into the {file.Length - 8} bytes that follow it: found {length}.");
        }
        if (length > LargestHeader)
        {
            throw Error(name, $"headers of up to {LargestHeader} bytes are read: found {length}.");
        }
        ReadOnlySpan<byte> json = file.Span(8, (long)length);
        if (json.IsEmpty || json[0] != '{')
        {
            throw Error(name, $"the header must begin with '{{' at byte 8: found {(json.IsEmpty ? "a header of no bytes" : $"0x{json[0]:x2}")}.");
        }
        if (!Utf8.IsValid(json))
        {
            throw Error(name, "the header must be UTF-8, and is not.");
        }
        int stray = StrictJson.FindStray(json);
        if (stray >= 0)
        {
            throw Error(name, $"the header is not valid JSON: 0x{json[stray]:x2} at byte {8 + stray} begins nothing.");
        }
        var header = new SafetensorsHeader(name, json, 8 + (long)length, file.Length - 8 - (long)length);
        try
        {
            return header.Read();
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: an escaped half of a surrogate pair, which is no text.
            throw new FileFormatException($"[safetensors] {name}: {header.Place} is not valid JSON: {FileText.Reason(error)}", error);
        }
    }

    private (Dictionary<string, SafetensorsEntry> ByName, SafetensorsEntry[] Entries, Dictionary<string, string> Metadata) Read()
    {
        var byName = new Dictionary<string, SafetensorsEntry>(StringComparer.Ordinal);
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        bool hasMetadata = false;
        _json.Read();
        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            string name = Text();
            if (name == "__metadata__")
            {
                if (hasMetadata)
                {
                    throw Error("__metadata__ must stand there once: found it twice.");
                }
                hasMetadata = true;
                ReadMetadata(metadata);
            }
            else
            {
                _tensor = name;
                if (!byName.TryAdd(name, ReadTensor(name)))
                {
                    throw Error("the name must stand there once: found it twice.");
                }
            }
            if (byName.Count + metadata.Count > MostNames)
            {
                throw Error($"at most {MostNames} names are read: found more.");
            }
            _tensor = null;
        }
        while (_json.Read())
        {
            // Only blanks may follow; the reader throws on anything else.
        }
        SafetensorsEntry[] entries = [.. byName.Values];
        Array.Sort(entries, (a, b) => a.Start != b.Start ? a.Start.CompareTo(b.Start) : a.Length.CompareTo(b.Length));
        CheckCover(entries);
        return (byName, entries, metadata);
    }

    private void ReadMetadata(Dictionary<string, string> metadata)
    {
        _inMetadata = true;
        Expect(JsonTokenType.StartObject, "an object of strings");
        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            string key = Text();
            Expect(JsonTokenType.String, $"a string for {FileText.Shown(key)}");
            if (!metadata.TryAdd(key, Text()))
            {
                throw Error($"the key {FileText.Shown(key)} must stand there once: found it twice.");
            }
            if (metadata.Count > MostNames)
            {
                throw Error($"at most {MostNames} names are read: found more.");
            }
        }
        _inMetadata = false;
    }

    private SafetensorsEntry ReadTensor(string name)
    {
        StoredType? type = null;
        long[]? shape = null, offsets = null;
        Expect(JsonTokenType.StartObject, "an object with dtype, shape and data_offsets");
        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            bool again;
            if (_json.ValueTextEquals("dtype"u8))
            {
                again = type is not null;
                type = ReadType();
            }
            else if (_json.ValueTextEquals("shape"u8))
            {
                again = shape is not null;
                shape = ReadNumbers("shape", LargestRank);
            }
            else if (_json.ValueTextEquals("data_offsets"u8))
            {
                again = offsets is not null;
                offsets = ReadNumbers("data_offsets", 2);
            }
            else
            {
                throw Error($"the fields are dtype, shape and data_offsets: found {FileText.Shown(Text())}.");
            }
            if (again)
            {
                throw Error("each field must stand there once: found one twice.");
            }
        }
        if (type is null || shape is null || offsets is null)
        {
            throw Error($"{(type is null ? "dtype" : shape is null ? "shape" : "data_offsets")} is missing.");
        }
        return Check(name, type.Value, shape, offsets);
    }

    private SafetensorsEntry Check(string name, StoredType type, long[] shape, long[] offsets)
    {
        if (offsets.Length != 2 || offsets[0] > offsets[1] || offsets[1] > _dataLength)
        {
            throw Error(
                $"data_offsets must be a start and an end, in order, within the {_dataLength} bytes of data: found {FileText.Shape(offsets)}.");
        }
        long product = type.Size();
        bool overflow = false;
        foreach (long size in shape)
        {
            overflow |= size != 0 && product > long.MaxValue / size;
            product = overflow ? 1 : size == 0 ? product : product * size;
        }
        product = shape.Contains(0) ? 0 : product;
        if (overflow || product != offsets[1] - offsets[0])
        {
            string bytes = overflow ? "more bytes than 64 bits count" : product + " bytes";
            throw Error($"{type.SafetensorsName()} of shape {FileText.Shape(shape)} is {bytes}: "
                + $"its data_offsets {FileText.Shape(offsets)} hold {offsets[1] - offsets[0]}.");
        }
        return new SafetensorsEntry(name, type, shape, _dataStart + offsets[0], offsets[1] - offsets[0]);
    }

    private readonly void CheckCover(SafetensorsEntry[] entries)
    {
        long at = _dataStart;
        foreach (SafetensorsEntry entry in entries)
        {
            if (entry.Start != at)
            {
                throw Error(_file, "tensors must cover the data without overlap or hole: "
                    + $"{FileText.Shown(entry.Name)} begins at {entry.Start - _dataStart}, the one before it ends at {at - _dataStart}.");
            }
            at += entry.Length;
        }
        if (at != _dataStart + _dataLength)
        {
            throw Error(_file, $"the data must end with the last tensor, at byte {at}: the file has {_dataStart + _dataLength}.");
        }
    }

    private StoredType ReadType()
    {
        Expect(JsonTokenType.String, "a string as dtype");
        string name = Text();
        return StoredTypes.TryFromSafetensors(name, out StoredType type) ? type
            : throw Error(
                $"the dtype {FileText.Shown(name)} is not read; BOOL, U8, I8, F8_E4M3, F8_E5M2, I16 to U64, F16, BF16, F32, F64 and C64 are.");
    }

    private long[] ReadNumbers(string field, int most)
    {
        Expect(JsonTokenType.StartArray, $"an array as {field}");
        Span<long> numbers = stackalloc long[LargestRank];
        int count = 0;
        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
        {
            if (_json.TokenType != JsonTokenType.Number || !_json.TryGetInt64(out long number) || number < 0)
            {
                throw Error($"{field} must hold whole numbers from 0 to 2^63 - 1: found something else.");
            }
            if (count == most)
            {
                throw Error($"{field} must have {(field == "shape" ? "at most " : "")}{most} numbers: found more.");
            }
            numbers[count++] = number;
        }
        return numbers[..count].ToArray();
    }

    private void Expect(JsonTokenType token, string what)
    {
        _json.Read();
        if (_json.TokenType != token)
        {
            throw Error($"{what} was expected: found {_json.TokenType}.");
        }
    }

    private readonly string Text() => _json.ValueSpan.Length <= LongestName ? _json.GetString()!
        : throw Error($"texts of up to {LongestName} bytes are read: found {_json.ValueSpan.Length}.");

    private readonly string Place => _tensor is not null ? $"tensor {FileText.Shown(_tensor)}" : _inMetadata ? "__metadata__" : "the header";

    private readonly FileFormatException Error(string problem) => Error(_file, $"{Place}: {problem}");

    private static FileFormatException Error(string file, string problem) => new($"[safetensors] {file}: {problem}");
}
