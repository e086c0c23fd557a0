using Euterpe.Models;
using Euterpe.Numerics;
using Euterpe.Search;
using Euterpe.Signals.Files;
using Euterpe.Tasks.Sounds;

namespace Euterpe.Tasks.Finding;

/// <summary>A sound that a query names: which file or track is meant, which part of it, and its vector in any space.</summary>
/// <param name="Path">Full path.</param>
/// <param name="Sound">Its identity, where the catalogue knows the sound; else null.</param>
/// <param name="Track">The track of this path, where the catalogue has it (as it was when it was read).</param>
/// <param name="Part">Where only a part is meant.</param>
internal sealed record AskedSound(string Path, string? Sound, Track? Track, Excerpt? Part)
{
    /// <summary>As a person would write it.</summary>
    public override string ToString() => Part is { } part ? $"{Path}@{part}" : Path;

    /// <summary>Finds out what is meant. The whole text is tried as a name before an excerpt is looked for behind an @.</summary>
    public static AskedSound Resolve(string task, ICatalogue catalogue, string text, TaskContext context, CancellationToken token)
    {
        if (string.IsNullOrWhiteSpace(text) || text.Contains('\0'))
            throw new OptionsException($"[{task}] A sound is a file or a track of the catalogue, and not an empty name.");
        if (Named(task, catalogue, text, context, token) is { } whole)
            return whole;
        if (Excerpt.Split(text) is not var (name, part))
            return new AskedSound(System.IO.Path.GetFullPath(text), null, null, null);
        if (part.End <= part.Start)
            throw new OptionsException($"[{task}] {text}: an excerpt ends after it begins.");
        double length = part.End is null ? IndexSpace.RuleOf(catalogue)?.LengthSeconds ?? SegmentRule.Default.LengthSeconds : 0;
        var full = new Excerpt(part.Start, part.End ?? part.Start + length);
        AskedSound found = Named(task, catalogue, name, context, token) ?? new AskedSound(System.IO.Path.GetFullPath(name), null, null, null);
        return found with { Part = full };
    }

    /// <summary>Its vector in a space, from the catalogue where it is there, else embedded now (known: false).</summary>
    /// <param name="task">For errors.</param>
    /// <param name="catalogue">Asked first.</param>
    /// <param name="key">Of the space.</param>
    /// <param name="embedder">Opened when it is needed; of the same key.</param>
    /// <param name="context">How sound is decoded.</param>
    /// <param name="token">Looked at within sounds.</param>
    public (float[] Vector, bool Known) VectorIn(
        string task, ICatalogue catalogue, string key, Func<IAudioEmbedder> embedder, TaskContext context, CancellationToken token)
    {
        bool there = File.Exists(Path) || Directory.Exists(Path);
        if (Part is not { } part)
        {
            if (Sound is not null && catalogue.Vector(Sound, key) is { } stored)
                return (stored, true);
            if (!there && Track is not null)
                throw Gone(task, "vector");
            Listening.Outcome outcome = Listening.Embed(Path, embedder(), context.Audio, token);
            return outcome.Bad is { } bad ? throw Searching.Error(task, bad) : (outcome.Vector!, false);
        }

        if (there || Track is null)
            return (EmbedPart(task, part, embedder, context, token), false);
        StoredSegments? segments = Sound is null ? null : catalogue.Segments(Sound, key);
        return segments is null ? throw Gone(task, "segments") : (Overlapping(segments, part, Track.Facts.SampleRate), true);
    }

    /// <summary>The segment that has most of a part; of equals the first.</summary>
    private static float[] Overlapping(StoredSegments segments, Excerpt part, int rate)
    {
        int dimension = segments.Values.Length / segments.Spans.Count, best = 0;
        double most = double.NegativeInfinity;
        for (int i = 0; i < segments.Spans.Count; i++)
        {
            (long start, long frames) = (segments.Spans[i].Start, segments.Spans[i].Frames);
            double shared = Math.Min(part.End!.Value, (double)(start + frames) / rate) - Math.Max(part.Start, (double)start / rate);
            if (shared > most)
                (most, best) = (shared, i);
        }

        return segments.Values[(best * dimension)..((best + 1) * dimension)];
    }

    private float[] EmbedPart(string task, Excerpt part, Func<IAudioEmbedder> embedder, TaskContext context, CancellationToken token)
    {
        SoundKind kind = SoundKind.Unknown;
        CutSource? cut = null;
        try
        {
            if (Listening.Check(Path, out kind) is { } bad)
                throw Searching.Error(task, bad);
            IAudioEmbedder model = embedder();
            using AudioFile file = AudioFile.Open(Path, context.Audio, token);
            cut = new CutSource(file, part.Start, part.End!.Value);
            float[] vector = model.Embed(cut, token);
            if (cut.Frames == 0)
                throw Behind(cut);
            return vector.All(float.IsFinite) ? vector
                : throw new FileFormatException($"[{task}] {System.IO.Path.GetFileName(Path)}: the embedding holds NaN or infinity; the samples of the file probably do too.");
        }
        catch (ArgumentException) when (cut is { Frames: 0 })
        {
            throw Behind(cut);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or (IOException and not FileNotFoundException))
        {
            throw Searching.Error(task, Listening.Failed(Path, e, kind, token));
        }

        OptionsException Behind(CutSource heard) => new($"[{task}] {System.IO.Path.GetFileName(Path)} is {Excerpt.Text((double)heard.Heard / heard.SampleRate)} long, "
            + $"and the excerpt begins at {Excerpt.Text(part.Start)}.");
    }

    private FileNotFoundException Gone(string task, string what) =>
        new($"[{task}] {Path} is no longer there, and the catalogue has no {what} of it that could be used. Hint: mount its disk, or name another track.", Path);

    private static AskedSound? Named(string task, ICatalogue catalogue, string name, TaskContext context, CancellationToken token)
    {
        string path = System.IO.Path.GetFullPath(name);
        Track? track = catalogue.Find(path);
        if (File.Exists(path))
        {
            if (track is not null && track.Stamp == Listening.StampOf(path))
                return new AskedSound(path, track.Sound, track, null);
            return new AskedSound(path, Identified(catalogue, path, context, token), track, null);
        }

        if (Directory.Exists(path))
            return new AskedSound(path, null, null, null);
        if (track is not null)
            return new AskedSound(path, track.Sound, track, null);
        IReadOnlyList<Track> found = catalogue.FindByTail(name, 3);
        if (found.Count > 1)
        {
            throw new OptionsException($"[{task}] {name} is not one track of the catalogue but several: "
                + $"{string.Join(", ", found.Take(2).Select(t => t.Path))}{(found.Count > 2 ? " ..." : "")}. Hint: give more of the path.");
        }

        return found.Count == 1 ? new AskedSound(found[0].Path, found[0].Sound, found[0], null) : null;
    }

    /// <summary>The sound of a file that the catalogue does not know by its path: by its bytes, or by its packets.</summary>
    private static string? Identified(ICatalogue catalogue, string path, TaskContext context, CancellationToken token)
    {
        try
        {
            if (Listening.Check(path, out _) is not null)
                return null;
            if (catalogue.FindFile(Listening.Sha256Of(path, token)) is [var same, ..])
                return same.Sound;
            string packets = AudioFile.Identify(path, context.Audio, token).PacketsSha256;
            return catalogue.FindSound(packets).Count > 0 ? packets : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FileFormatException)
        {
            return null; // what is wrong with it is said when it is embedded
        }
    }
}
