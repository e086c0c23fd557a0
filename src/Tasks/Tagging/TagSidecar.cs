using System.Text.Encodings.Web;
using System.Text.Json;
using Euterpe.Numerics.Files;

namespace Euterpe.Tasks.Tagging;

/// <summary>
/// <c>NAME.euterpe.json</c> beside a sound. The same sound, model, labels and program version give the same bytes: there is no time in it.
/// It is written under another name and renamed when it is whole.
/// </summary>
internal static class TagSidecar
{
    public const string Ending = ".euterpe.json";

    public static void Write(string path, TaggedFile file, TagResult header) => AtomicFile.Write(path, stream =>
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        json.WriteString("program", ProgramIdentity.Program);
        json.WriteString("file", Path.GetFileName(file.Path));
        json.WriteNumber("seconds", file.Seconds);
        json.WriteString("model", header.Model);
        json.WriteString("key", header.Key);
        if (header.Reference is { } reference)
        {
            json.WriteStartObject("reference");
            json.WriteNumber("sounds", reference.Sounds);
            json.WriteString("hash", reference.Hash);
            json.WriteEndObject();
        }

        json.WriteStartArray("sets");
        for (int i = 0; i < file.Sets.Count; i++)
            Set(json, header.Sets[i], file.Sets[i]);
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        stream.WriteByte((byte)'\n');
    });

    private static void Set(Utf8JsonWriter json, TagSet set, FileTags tags)
    {
        json.WriteStartObject();
        json.WriteString("name", set.Name);
        json.WriteString("hash", set.Hash);
        json.WriteString("calibration", set.Calibration);
        if (set.Scale is { } scale)
            json.WriteNumber("scale", scale);
        json.WriteNumber("least", set.Least);
        json.WriteString("meaning", set.Meaning);
        json.WriteStartArray("labels");
        foreach (TagScore label in tags.Labels)
        {
            json.WriteStartObject();
            json.WriteString("label", label.Label);
            Number(json, "score", label.Score);
            json.WriteBoolean("given", label.Given);
            json.WriteNumber("cosine", label.Cosine);
            Number(json, "percentile", label.Percentile);
            Number(json, "deviation", label.Deviation);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Number(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number)
            json.WriteNumber(name, number);
        else
            json.WriteNull(name);
    }
}
