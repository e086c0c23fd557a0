using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Euterpe.Numerics;

namespace Euterpe.Tasks;

/// <summary>Vectors as a file. It is written under another name and renamed when it is whole.</summary>
internal static class EmbeddingFile
{
    public static void Check(string? path)
    {
        if (path is not null && !IsNpy(path) && !IsJson(path))
            throw new OptionsException($"[embed] The output must end in .npy or .json: {path}.");
    }

    public static void Write(string path, EmbedResult result) => WholeFile.Write(path, stream =>
    {
        if (IsNpy(path))
            WriteNpy(stream, result);
        else
            WriteJson(stream, result);
    });

    private static bool IsNpy(string path) => path.EndsWith(".npy", StringComparison.OrdinalIgnoreCase);

    private static bool IsJson(string path) => path.EndsWith(".json", StringComparison.OrdinalIgnoreCase);

    private static void WriteNpy(Stream stream, EmbedResult result)
    {
        string shape = string.Create(CultureInfo.InvariantCulture, $"({result.Files.Count}, {result.Dimension})");
        string header = $"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}";
        header = header.PadRight(((header.Length + 11 + 63) / 64 * 64) - 11) + "\n"; // magic, version, length and header fill whole 64 bytes
        stream.Write((ReadOnlySpan<byte>)[0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0, (byte)header.Length, (byte)(header.Length >> 8)]);
        stream.Write(Encoding.ASCII.GetBytes(header));
        foreach (EmbeddedFile file in result.Files)
            stream.Write(MemoryMarshal.AsBytes(file.Vector.AsSpan()));
    }

    private static void WriteJson(Stream stream, EmbedResult result)
    {
        using var json = new Utf8JsonWriter(stream);
        json.WriteStartObject();
        json.WriteString("model", result.Model);
        json.WriteString("key", result.Key);
        json.WriteNumber("dimension", result.Dimension);
        json.WriteStartArray("files");
        foreach (EmbeddedFile file in result.Files)
        {
            json.WriteStartObject();
            json.WriteString("path", file.Path);
            json.WriteNumber("seconds", file.Seconds);
            json.WriteNumber("sampleRate", file.SampleRate);
            json.WriteNumber("channels", file.Channels);
            json.WriteStartArray("vector");
            foreach (float value in file.Vector)
                json.WriteNumberValue(value);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
