using System.Security.Cryptography;
using System.Text.Json;
using Euterpe.Numerics.Files;
using Euterpe.Search.Exchange;

namespace Euterpe.Search;

/// <summary>What an export holds.</summary>
/// <param name="Sha256">SHA-256 of catalogue.json, which holds those of all other files: equal for equal contents.</param>
/// <param name="Files">Files in the folder.</param>
/// <param name="Bytes">Of all of them together.</param>
public sealed record ExportedCatalogue(string Sha256, long Tracks, long Failures, long Vectors, long Segmented, int Files, long Bytes);

/// <summary>Writes a catalogue as a folder of JSON lines and npz files. The same content gives the same bytes, from whatever database. Bounded memory.</summary>
public static class CatalogueExport
{
    /// <summary>Writes all of the catalogue, or the part that does not depend on how it came to be, into a folder that must not be there, or be empty.</summary>
    /// <param name="catalogue">What is written. Nobody should change it meanwhile.</param>
    /// <param name="folder">It is there whole or not at all.</param>
    /// <param name="canonical">Only present tracks, what failed, and their vectors, without times, provenance, settings and the models' places: the same collection gives
    /// the same bytes however it was indexed.</param>
    /// <param name="progress">Told how many rows are written.</param>
    /// <param name="token">Leaves nothing behind.</param>
    public static ExportedCatalogue Write(
        ICatalogue catalogue, string folder, bool canonical = false, IProgress<long>? progress = null, CancellationToken token = default) =>
        Write(catalogue, folder, canonical, ExchangeFormat.PartBytes, progress, token);

    internal static ExportedCatalogue Write(
        ICatalogue catalogue, string folder, bool canonical, long partBytes, IProgress<long>? progress = null, CancellationToken token = default)
    {
        ExportedCatalogue? result = null;
        AtomicFolder.Write(folder, partial => result = new Exporting(catalogue, partial, canonical, partBytes, progress, token).All());
        return result!;
    }

    private sealed class Exporting(ICatalogue catalogue, string folder, bool canonical, long partBytes, IProgress<long>? progress, CancellationToken token)
    {
        private readonly List<WrittenPart> parts = [];
        private readonly List<Space> spaces = [];
        private readonly Numbered<Provenance> makers = new();
        private readonly Numbered<string> rules = new();
        private long rows;

        public ExportedCatalogue All()
        {
            long tracks = Lines(ExchangeFormat.Tracks, catalogue.Tracks(absent: !canonical).Select(track => ExchangeFormat.Line(track, canonical)));
            long failures = Lines(ExchangeFormat.Failures, catalogue.Failures().Select(failure => ExchangeFormat.Line(failure, canonical)));
            long vectors = 0, segmented = 0;
            foreach (Space space in catalogue.Spaces())
            {
                int number = spaces.Count;
                long some = Vectors(space, number), more = Segments(space, number);
                vectors += some;
                segmented += more;
                if (some + more > 0)
                    spaces.Add(space);
            }

            byte[] manifest = Manifest(tracks, failures);
            File.WriteAllBytes(Path.Combine(folder, ExchangeFormat.Manifest), manifest);
            return new ExportedCatalogue(Convert.ToHexStringLower(SHA256.HashData(manifest)), tracks, failures, vectors, segmented, parts.Count + 1,
                parts.Sum(part => part.Bytes) + manifest.Length);
        }

        private long Lines(string kind, IEnumerable<byte[]> lines)
        {
            long count = 0;
            FileStream? file = null;
            long inFile = 0;
            try
            {
                foreach (byte[] line in lines)
                {
                    Step();
                    if (file is not null && file.Position + line.Length > partBytes)
                        Close();
                    file ??= new FileStream(Name(kind, "jsonl"), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16);
                    file.Write(line);
                    inFile++;
                    count++;
                }

                Close();
            }
            finally
            {
                file?.Dispose();
            }

            return count;

            void Close()
            {
                if (file is null)
                    return;
                string name = file.Name;
                file.Dispose();
                file = null;
                Finish(name, kind, null, inFile);
                inFile = 0;
            }
        }

        private long Vectors(Space space, int number)
        {
            var part = new ArrayPart(folder, space.Dimension, canonical);
            long count = 0;
            try
            {
                foreach (MadeVector vector in catalogue.VectorsBySound(space.Key, absent: !canonical))
                {
                    Step();
                    if (part.Rows > 0 && part.Bytes + (4L * vector.Values.Length) > partBytes)
                        Close();
                    part.Add(vector.Sound, canonical ? 0 : makers.Of(vector.Provenance), vector.Values);
                    count++;
                }

                if (part.Rows > 0)
                    Close();
            }
            finally
            {
                part.Dispose();
            }

            return count;

            void Close()
            {
                string name = Name(ExchangeFormat.Vectors, "npz");
                part.WriteVectors(name);
                Finish(name, ExchangeFormat.Vectors, number, part.Rows);
                part.Clear();
            }
        }

        private long Segments(Space space, int number)
        {
            var part = new ArrayPart(folder, space.Dimension, canonical);
            long count = 0;
            try
            {
                foreach (MadeSegments segments in catalogue.SegmentsBySound(space.Key, absent: !canonical))
                {
                    Step();
                    if (part.Rows > 0 && part.Bytes + (4L * segments.Values.Length) > partBytes)
                        Close();
                    part.Add(segments.Sound, canonical ? 0 : makers.Of(segments.Provenance), segments.Values, rules.Of(segments.Rule), segments.Spans);
                    count++;
                }

                if (part.Rows > 0)
                    Close();
            }
            finally
            {
                part.Dispose();
            }

            return count;

            void Close()
            {
                string name = Name(ExchangeFormat.Segments, "npz");
                part.WriteSegments(name);
                Finish(name, ExchangeFormat.Segments, number, part.Rows);
                part.Clear();
            }
        }

        private string Name(string kind, string ending) => Path.Combine(folder, $"{kind}-{parts.Count(part => part.Kind == kind):d5}.{ending}");

        private void Finish(string path, string kind, int? space, long count)
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20);
            parts.Add(new WrittenPart(Path.GetFileName(path), kind, space, count, file.Length, Convert.ToHexStringLower(SHA256.HashData(file))));
        }

        private void Step()
        {
            token.ThrowIfCancellationRequested();
            if (++rows % 1024 == 0)
                progress?.Report(rows);
        }

        private byte[] Manifest(long tracks, long failures)
        {
            using var bytes = new MemoryStream();
            using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions
            {
                Indented = true,
                NewLine = "\n",
                Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            }))
            {
                json.WriteStartObject();
                json.WriteString("format", ExchangeFormat.Name);
                json.WriteNumber("version", ExchangeFormat.Version);
                json.WriteBoolean("canonical", canonical);
                json.WriteNumber("tracks", tracks);
                json.WriteNumber("failures", failures);
                if (!canonical)
                {
                    json.WriteStartObject("settings");
                    foreach ((string name, string value) in catalogue.Settings())
                        json.WriteString(name, value);
                    json.WriteEndObject();
                }

                List("spaces", spaces, space =>
                {
                    json.WriteString("key", space.Key);
                    if (!canonical)
                        json.WriteString("model", space.Model);
                    json.WriteNumber("dimension", space.Dimension);
                });
                if (!canonical)
                {
                    List("provenance", makers.All, made =>
                    {
                        json.WriteString("program", made.Program);
                        json.WriteString("decoder", made.Decoder);
                        json.WriteString("machine", made.Machine);
                    });
                }

                json.WriteStartArray("rules");
                foreach (string rule in rules.All)
                    json.WriteStringValue(rule);
                json.WriteEndArray();
                List("parts", parts, part =>
                {
                    json.WriteString("file", part.Name);
                    json.WriteString("kind", part.Kind);
                    if (part.Space is { } space)
                        json.WriteNumber("space", space);
                    json.WriteNumber("rows", part.Rows);
                    json.WriteNumber("bytes", part.Bytes);
                    json.WriteString("sha256", part.Sha256);
                });
                json.WriteEndObject();

                void List<T>(string name, IEnumerable<T> items, Action<T> write)
                {
                    json.WriteStartArray(name);
                    foreach (T item in items)
                    {
                        json.WriteStartObject();
                        write(item);
                        json.WriteEndObject();
                    }

                    json.WriteEndArray();
                }
            }

            bytes.WriteByte((byte)'\n');
            return bytes.ToArray();
        }
    }

    private sealed record WrittenPart(string Name, string Kind, int? Space, long Rows, long Bytes, string Sha256);

    /// <summary>Numbers in the order of first appearance.</summary>
    private sealed class Numbered<T>
        where T : notnull
    {
        private readonly Dictionary<T, int> numbers = [];

        public List<T> All { get; } = [];

        public int Of(T item)
        {
            if (numbers.TryGetValue(item, out int number))
                return number;
            numbers.Add(item, All.Count);
            All.Add(item);
            return All.Count - 1;
        }
    }
}
