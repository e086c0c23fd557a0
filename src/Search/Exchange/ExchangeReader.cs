using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Euterpe.Numerics;
using Euterpe.Numerics.Files;

namespace Euterpe.Search.Exchange;

/// <summary>An export as it lies in a folder, read as changes of a catalogue. Everything in it is checked: lengths and hashes of files first, then each row.</summary>
internal sealed class ExchangeReader
{
    private readonly string folder;
    private readonly List<StoredPart> parts = [];
    private readonly List<(string Key, string Model, int Dimension)> spaces = [];
    private readonly List<Provenance> makers = [];
    private readonly IReadOnlyList<string> rules;

    public ExchangeReader(string folder)
    {
        this.folder = folder;
        string path = Path.Combine(folder, ExchangeFormat.Manifest);
        if (!File.Exists(path))
            throw new FileNotFoundException($"[import] There is no export in {folder}: it has no {ExchangeFormat.Manifest}. Hint: euterpe export FOLDER makes one.", path);
        using JsonDocument json = StrictJson.ReadObject(path);
        var f = new Fields(json.RootElement, ExchangeFormat.Manifest);
        if (f.Text("format") is var format && format != ExchangeFormat.Name)
            throw f.Wrong("format", ExchangeFormat.Name);
        if (f.Whole("version", 1) is var version && version > ExchangeFormat.Version)
            throw new FileFormatException($"[import] The export has version {version}, and this program knows versions up to {ExchangeFormat.Version}. Hint: use the newer Euterpe that made it.");
        Canonical = f.Flag("canonical", false);
        Tracks = f.Whole("tracks", 0);
        Failures = f.Whole("failures", 0);
        Settings = f.Pairs("settings");
        if (Settings.Count > 1000 || Settings.Any(pair => pair.Key.Length > 200 || pair.Value.Length > ExchangeFormat.LongestText)
            || Settings.Any(pair => pair.Key == "dimension" && !(int.TryParse(pair.Value, NumberStyles.None, CultureInfo.InvariantCulture, out int n) && n > 0)))
        {
            throw f.Wrong("settings", "up to 1000 names with texts, dimension a whole number among them");
        }

        foreach (Fields space in f.Objects("spaces"))
        {
            spaces.Add((space.Text("key"), space.TextOrNull("model") ?? "", (int)space.Whole("dimension", 1, 1 << 24)));
            space.Finish();
        }

        foreach (Fields made in f.Objects("provenance"))
        {
            makers.Add(new Provenance(made.Text("program"), made.Text("decoder"), made.Text("machine")));
            made.Finish();
        }

        if (spaces.Select(space => space.Key).Distinct().Count() != spaces.Count)
            throw f.Wrong("spaces", "a list without a key twice");
        rules = f.Texts("rules");
        foreach (Fields part in f.Objects("parts"))
            parts.Add(ReadPart(part));
        f.Finish();
        if (Rows(ExchangeFormat.Tracks) != Tracks || Rows(ExchangeFormat.Failures) != Failures || parts.Select(p => p.Name).Distinct().Count() != parts.Count)
            throw f.Wrong("parts", "a list of files, each once, with as many rows as tracks and failures");
    }

    public bool Canonical { get; }

    public long Tracks { get; }

    public long Failures { get; }

    public IReadOnlyList<KeyValuePair<string, string>> Settings { get; }

    /// <summary>Rows of all parts together.</summary>
    public long AllRows => parts.Sum(part => part.Rows);

    /// <summary>Compares the files with the lengths and hashes that the manifest says.</summary>
    public void CheckFiles(CancellationToken token)
    {
        foreach (StoredPart part in parts)
        {
            token.ThrowIfCancellationRequested();
            var file = new FileInfo(Path.Combine(folder, part.Name));
            if (!file.Exists)
                throw new FileFormatException($"[import] {part.Name} is missing in {folder}. Hint: copy the whole export.");
            if (file.Length != part.Bytes)
                throw new FileFormatException($"[import] {part.Name} must have {part.Bytes} bytes: found {file.Length}. Hint: copy the export again.");
            using FileStream stream = new(file.FullName, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20);
            if (Convert.ToHexStringLower(SHA256.HashData(stream)) != part.Sha256)
                throw new FileFormatException($"[import] {part.Name} is not what was exported: its SHA-256 is another. Hint: copy the export again.");
        }
    }

    /// <summary>All rows: tracks, failures, then vectors and segments of each space.</summary>
    public IEnumerable<Change> Changes(CancellationToken token)
    {
        foreach (string kind in (string[])[ExchangeFormat.Tracks, ExchangeFormat.Failures])
        {
            string last = "";
            foreach (StoredPart part in parts.Where(part => part.Kind == kind))
            {
                long row = 0;
                foreach (ReadOnlyMemory<byte> line in JsonLines.Read(Path.Combine(folder, part.Name)))
                {
                    token.ThrowIfCancellationRequested();
                    string where = $"{part.Name}, line {++row}";
                    using JsonDocument json = StrictJson.ParseObject(line, where, depth: 4);
                    var fields = new Fields(json.RootElement, where);
                    Change change = kind == ExchangeFormat.Tracks ? new Change.Holds(ExchangeFormat.ReadTrack(fields)) : new Change.Fails(ExchangeFormat.ReadFailure(fields));
                    string path = change is Change.Holds holds ? holds.Track.Path : ((Change.Fails)change).Failure.Path;
                    if (Encoding.UTF8.GetBytes(last).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(path)) >= 0)
                        throw new FileFormatException($"[import] {where}: paths must be in the order of their bytes, each once: found {FileText.Shown(path)} after {FileText.Shown(last)}.");
                    last = path;
                    yield return change;
                }

                if (row != part.Rows)
                    throw new FileFormatException($"[import] {part.Name} must have {part.Rows} lines: found {row}.");
            }
        }

        for (int space = 0; space < spaces.Count; space++)
        {
            foreach (string kind in (string[])[ExchangeFormat.Vectors, ExchangeFormat.Segments])
            {
                byte[] last = [];
                foreach (StoredPart part in parts.Where(part => part.Kind == kind && part.Space == space))
                {
                    foreach ((byte[] sound, Change.Gains gains) in kind == ExchangeFormat.Vectors ? Vectors(part, space) : Segments(part, space))
                    {
                        token.ThrowIfCancellationRequested();
                        if (last.AsSpan().SequenceCompareTo(sound) >= 0)
                            throw new FileFormatException($"[import] {part.Name}: sounds must be in the order of their bytes, each once: found {gains.Sound} after {Convert.ToHexStringLower(last)}.");
                        last = sound;
                        yield return gains;
                    }
                }
            }
        }
    }

    private long Rows(string kind) => parts.Where(part => part.Kind == kind).Sum(part => part.Rows);

    private StoredPart ReadPart(Fields f)
    {
        string kind = f.Text("kind"), name = f.Text("file");
        bool lines = kind is ExchangeFormat.Tracks or ExchangeFormat.Failures;
        if (!lines && kind is not (ExchangeFormat.Vectors or ExchangeFormat.Segments))
            throw f.Wrong("kind", "tracks, failures, vectors or segments");
        // The whole name is given by the kind: nothing outside of the folder can be named.
        string ending = lines ? ".jsonl" : ".npz";
        if (name.Length != kind.Length + 6 + ending.Length || !name.StartsWith(kind + "-", StringComparison.Ordinal) || !name.EndsWith(ending, StringComparison.Ordinal)
            || !name.AsSpan(kind.Length + 1, 5).ToString().All(char.IsAsciiDigit))
        {
            throw f.Wrong("file", $"{kind}-00000{ending} or a like name");
        }

        var part = new StoredPart(name, kind, lines ? -1 : (int)f.Whole("space", 0, spaces.Count - 1), f.Whole("rows", 1), f.Whole("bytes", 1, ExchangeFormat.LargestPart), f.Sha("sha256"));
        f.Finish();
        return part;
    }

    private IEnumerable<(byte[] Sound, Change.Gains Change)> Vectors(StoredPart part, int space)
    {
        (string key, string model, int dimension) = spaces[space];
        using Npz npz = OpenNpz(part, ["sound", "vector"]);
        byte[] sounds = Array(npz, part, "sound", StoredType.U8, part.Rows, 32);
        int[] made = Makers(npz, part);
        byte[] values = Array(npz, part, "vector", StoredType.F32, part.Rows, dimension);
        for (int i = 0; i < part.Rows; i++)
        {
            byte[] sound = sounds[(i * 32)..((i + 1) * 32)];
            var vector = new NewVector(key, model, Floats(part, values, i, 1, dimension), Maker(made, i));
            yield return (sound, new Change.Gains(Convert.ToHexStringLower(sound), vector));
        }
    }

    private IEnumerable<(byte[] Sound, Change.Gains Change)> Segments(StoredPart part, int space)
    {
        (string key, string model, int dimension) = spaces[space];
        using Npz npz = OpenNpz(part, ["sound", "vector", "rule", "count", "span"]);
        byte[] sounds = Array(npz, part, "sound", StoredType.U8, part.Rows, 32);
        int[] made = Makers(npz, part);
        int[] rule = MemoryMarshal.Cast<byte, int>(Array(npz, part, "rule", StoredType.I32, part.Rows)).ToArray();
        long[] counts = MemoryMarshal.Cast<byte, long>(Array(npz, part, "count", StoredType.I64, part.Rows)).ToArray();
        long total = 0;
        foreach (long count in counts)
        {
            if (count < 1 || count > part.Bytes || (total += count) > part.Bytes)
                throw new FileFormatException($"[import] {part.Name}: count must be 1 or more for each sound, and fit the file: found {count}.");
        }

        SegmentSpan[] spans = MemoryMarshal.Cast<byte, SegmentSpan>(Array(npz, part, "span", StoredType.I64, total, 2)).ToArray();
        byte[] values = Array(npz, part, "vector", StoredType.F32, total, dimension);
        int at = 0;
        for (int i = 0; i < part.Rows; i++)
        {
            byte[] sound = sounds[(i * 32)..((i + 1) * 32)];
            int count = (int)counts[i];
            SegmentSpan[] own = spans[at..(at + count)];
            if (own.Any(span => span.Start < 0 || span.Frames <= 0 || span.Start > long.MaxValue - span.Frames))
                throw new FileFormatException($"[import] {part.Name}: a segment of sound {Convert.ToHexStringLower(sound)} lies before its beginning, or has no length.");
            if (rule[i] < 0 || rule[i] >= rules.Count)
                throw new FileFormatException($"[import] {part.Name}: rule must be 0 to {rules.Count - 1}: found {rule[i]}.");
            var segments = new NewSegments(key, model, rules[rule[i]], own, Floats(part, values, at, count, dimension), Maker(made, i));
            at += count;
            yield return (sound, new Change.Gains(Convert.ToHexStringLower(sound), null, segments));
        }
    }

    private Npz OpenNpz(StoredPart part, string[] names)
    {
        Npz npz = Npz.Open(Path.Combine(folder, part.Name), part.Bytes);
        string[] expected = [.. names, .. Canonical ? [] : (string[])["provenance"]];
        if (npz.Names.Count == expected.Length && expected.All(npz.Has))
            return npz;
        npz.Dispose();
        throw new FileFormatException($"[import] {part.Name} must have the arrays {string.Join(", ", expected)}: found {FileText.Shown(string.Join(", ", npz.Names), 200)}.");
    }

    private static byte[] Array(Npz npz, StoredPart part, string name, StoredType type, params long[] shape)
    {
        NpyArray array = npz.Read(name);
        return array.Type == type && array.Shape.AsSpan().SequenceEqual(shape) ? array.Bytes
            : throw new FileFormatException($"[import] {part.Name}: {name} must be {type} of shape {FileText.Shape(shape)}: found {array.Type} of {FileText.Shape(array.Shape)}.");
    }

    private int[] Makers(Npz npz, StoredPart part)
    {
        if (Canonical)
            return [];
        int[] made = MemoryMarshal.Cast<byte, int>(Array(npz, part, "provenance", StoredType.I32, part.Rows)).ToArray();
        return made.All(number => number >= 0 && number < makers.Count) ? made
            : throw new FileFormatException($"[import] {part.Name}: provenance must be 0 to {makers.Count - 1}.");
    }

    private Provenance Maker(int[] made, int i) => Canonical ? new Provenance("", "", "") : makers[made[i]];

    private static float[] Floats(StoredPart part, byte[] bytes, int row, int rows, int dimension)
    {
        float[] values = MemoryMarshal.Cast<byte, float>(bytes.AsSpan(checked(row * dimension * 4), checked(rows * dimension * 4))).ToArray();
        foreach (float value in values)
        {
            if (!float.IsFinite(value))
                throw new FileFormatException($"[import] {part.Name}: row {row} of vector is not finite.");
        }

        return values;
    }

    private sealed record StoredPart(string Name, string Kind, int Space, long Rows, long Bytes, string Sha256);
}

/// <summary>Lines of a file, each at most <see cref="ExchangeFormat.LongestLine"/> bytes.</summary>
internal static class JsonLines
{
    public static IEnumerable<ReadOnlyMemory<byte>> Read(string path)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
        byte[] buffer = new byte[ExchangeFormat.LongestLine];
        int start = 0, end = 0;
        while (true)
        {
            int length = buffer.AsSpan(start, end - start).IndexOf((byte)'\n');
            if (length >= 0)
            {
                yield return buffer.AsMemory(start, length);
                start += length + 1;
                continue;
            }

            buffer.AsSpan(start, end - start).CopyTo(buffer);
            (start, end) = (0, end - start);
            int read = end < buffer.Length ? file.Read(buffer, end, buffer.Length - end) : 0;
            if (read == 0 && end > 0)
            {
                throw new FileFormatException(end < buffer.Length ? $"[import] {Path.GetFileName(path)}: the last line has no end."
                    : $"[import] {Path.GetFileName(path)}: a line has more than {ExchangeFormat.LongestLine} bytes.");
            }

            if (read == 0)
                yield break;
            end += read;
        }
    }
}
