using System.Runtime.InteropServices;
using System.Text.Json;
using Euterpe.Numerics;
using Euterpe.Numerics.Files;

namespace Euterpe.Tasks;

/// <summary>Vectors as a file. It is written under another name and renamed when it is whole.</summary>
internal static class EmbeddingFile
{
    public static void Check(string? path)
    {
        if (path is not null && !IsNpy(path) && !IsJson(path))
            throw new OptionsException($"[embed] The output must end in .npy or .json: {path}.");
    }

    /// <summary>Whether the file will hold the compatibility key.</summary>
    public static bool HasKey(string? path) => path is not null && IsJson(path);

    public static void Write(string path, EmbedResult result) => AtomicFile.Write(path, stream =>
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
        float[] all = new float[checked(result.Files.Count * result.Dimension)];
        for (int i = 0; i < result.Files.Count; i++)
            result.Files[i].Vector.CopyTo(all.AsSpan(i * result.Dimension));
        Npy.Write(stream, StoredType.F32, MemoryMarshal.AsBytes(all.AsSpan()), [result.Files.Count, result.Dimension]);
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
