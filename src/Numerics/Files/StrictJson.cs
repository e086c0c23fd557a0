using System.Text.Json;
using System.Text.Unicode;

namespace Euterpe.Numerics.Files;

/// <summary>JSON files of models: no comments, no trailing commas, no key twice, bounded depth and size.</summary>
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
            throw new FileFormatException($"[json] {name}: {error.Message.ReplaceLineEndings(" ")}", error);
        }
        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            JsonValueKind found = document.RootElement.ValueKind;
            document.Dispose();
            throw new FileFormatException($"[json] {name}: an object was expected: found {found}.");
        }
        return document;
    }

    /// <summary>JsonDocument looks at the bytes of a text only when it is asked for; here they are looked at first, so that no later GetString throws.</summary>
    private static void CheckText(ReadOnlySpan<byte> utf8, int depth)
    {
        if (!Utf8.IsValid(utf8))
        {
            throw new JsonException("The text must be UTF-8, and is not.");
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
