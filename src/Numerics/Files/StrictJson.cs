using System.Text.Json;
using System.Text.Unicode;

namespace Euterpe.Numerics.Files;

/// <summary>JSON files of models: no comments, no trailing commas, no key twice, bounded depth and size.</summary>
[Experimental("EUTERPE001")]
public static class StrictJson
{
    /// <summary>Reads a JSON file whose outermost value is an object. The document belongs to the caller.</summary>
    public static JsonDocument ReadObject(string path, long largest = 16L << 20, int depth = 64)
    {
        string name = Path.GetFileName(path);
        using MappedFile file = MappedFile.Open(path);
        if (file.Length > largest || file.Length == 0)
        {
            throw new FileFormatException($"[json] {name}: files of 1 to {largest} bytes are read: found {file.Length}.");
        }
        return ParseObject(file.Span(0, file.Length).ToArray(), name, depth);
    }

    public static JsonDocument ParseObject(ReadOnlyMemory<byte> utf8, string name, int depth = 64)
    {
        JsonDocument document;
        try
        {
            CheckText(utf8.Span, depth);
            document = JsonDocument.Parse(utf8, new JsonDocumentOptions { MaxDepth = depth, AllowDuplicateProperties = false });
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new FileFormatException($"[json] {name}: {FileText.Reason(error)}", error);
        }
        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            JsonValueKind found = document.RootElement.ValueKind;
            document.Dispose();
            throw new FileFormatException($"[json] {name}: an object was expected: found {found}.");
        }
        return document;
    }

    /// <summary>
    /// The first byte outside of texts that can begin or continue no token of JSON; -1 where there is none. .NET's reader quotes the rest of the file
    /// when it meets a wrong word, three times over: this keeps its errors small.
    /// </summary>
    internal static int FindStray(ReadOnlySpan<byte> utf8)
    {
        bool inText = false;
        for (int i = 0; i < utf8.Length; i++)
        {
            byte c = utf8[i];
            if (inText)
            {
                i += c == '\\' ? 1 : 0;
                inText = c != '"';
            }
            else if (c is (byte)'t' or (byte)'f' or (byte)'n')
            {
                int length = utf8[i..].StartsWith("true"u8) || utf8[i..].StartsWith("null"u8) ? 4 : utf8[i..].StartsWith("false"u8) ? 5 : 0;
                if (length == 0)
                {
                    return i;
                }
                i += length - 1;
            }
            else if (c == '"')
            {
                inText = true;
            }
            else if ("{}[],:-+.0123456789eE \t\r\n"u8.IndexOf(c) < 0)
            {
                return i;
            }
        }
        return -1;
    }

    /// <summary>JsonDocument looks at a text's bytes when asked for it; here all are looked at first, so that no later GetString throws.</summary>
    private static void CheckText(ReadOnlySpan<byte> utf8, int depth)
    {
        if (!Utf8.IsValid(utf8))
        {
            throw new JsonException("The text must be UTF-8, and is not.");
        }
        if (FindStray(utf8) is >= 0 and int stray)
        {
            throw new JsonException($"0x{utf8[stray]:x2} at byte {stray} begins nothing.");
        }
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = depth });
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped)
            {
                // Throws on half a surrogate pair.
                reader.GetString();
            }
        }
    }
}
