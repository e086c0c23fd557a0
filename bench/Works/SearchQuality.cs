using System.Diagnostics;
using System.Globalization;
using Euterpe.Datasets;
using Euterpe.Models;
using Euterpe.Models.Signature;
using Euterpe.Numerics;
using Euterpe.Signals;
using Euterpe.Signals.Files;

namespace Euterpe.Bench.Works;

/// <summary>
/// What a search of recordings re-encoded by FFmpeg finds: cosines of versions of one recording beside those of different recordings of the same length (how well the rule
/// for near duplicates separates them), and how often an excerpt finds its own track and place.
/// </summary>
internal sealed class SearchQuality : IReport
{
    private const int Recordings = 100;

    private static readonly (string Name, string Codec, string Rate, string Ending)[] s_encodings =
    [
        ("MP3 64k", "libmp3lame", "64k", "mp3"), ("MP3 128k", "libmp3lame", "128k", "mp3"), ("MP3 192k", "libmp3lame", "192k", "mp3"), ("MP3 320k", "libmp3lame", "320k", "mp3"),
        ("Vorbis 96k", "libvorbis", "96k", "ogg"), ("Opus 64k", "libopus", "64k", "opus"), ("AAC 128k", "aac", "128k", "m4a"),
    ];

    public string Name => "search-quality";

    private sealed record Heard(float[] Vector, double Seconds);

    public (string Table, string Closing)? Run()
    {
        string shared = Environment.GetEnvironmentVariable("EUTERPE_SHARED") is { Length: > 0 } given ? given : "../shared";
        LabelledSound[] sounds = [.. SoundCollection.Read(Path.Combine(shared, "data", "audio"))];
        if (sounds.Length == 0)
            throw new BenchException($"no recordings below {shared}/data/audio. Hint: EUTERPE_SHARED names the folder that has data/audio.");
        string folder = Directory.CreateTempSubdirectory("euterpe-quality-").FullName;
        try
        {
            using var embedder = new SignatureEmbedder();
            Heard[] all = [.. sounds.AsParallel().AsOrdered().Select(s => Hear(embedder, s.Path))];
            Console.WriteLine($"{Name}: {all.Length} recordings, {all.Sum(h => h.Seconds):0} s");
            string versions = VersionsOf(sounds, all, embedder, folder);
            (string excerpts, double own) = Excerpts(sounds, all, embedder, folder);
            return ($"{versions}\n\n{excerpts}", string.Create(CultureInfo.InvariantCulture, $"{Name}: an excerpt (MP3 128k) finds its own track first in {own:0.0} %"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string VersionsOf(LabelledSound[] sounds, Heard[] all, IAudioEmbedder embedder, string folder)
    {
        // Every n-th, so that all kinds are there.
        int[] chosen = [.. Enumerable.Range(0, Recordings).Select(i => (int)((long)i * sounds.Length / Recordings))];
        var encoded = chosen.AsParallel().AsOrdered().SelectMany(i => s_encodings.Select(e =>
        {
            string path = Path.Combine(folder, $"{i}-{e.Rate}.{e.Ending}");
            Encode(sounds[i].Path, path, e.Codec, e.Rate);
            return (Original: i, Encoding: e.Name, Heard: Hear(embedder, path));
        })).ToArray();
        float[] pairs = Pairs(all);
        double median = pairs[pairs.Length / 2];
        var lines = new List<string>
        {
            string.Create(CultureInfo.InvariantCulture, $"Cosine of the middle random pair: {median:0.000}; {chosen.Length} recordings, {s_encodings.Length} encodings each."),
            "",
            "| encoding | median of 1 - cosine | 95 % are below | worst | largest difference of lengths, s |",
            "|---|---|---|---|---|",
        };
        foreach (var group in encoded.GroupBy(e => e.Encoding))
        {
            double[] far = [.. group.Select(e => 1.0 - Reductions.Dot(e.Heard.Vector, all[e.Original].Vector)).Order()];
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"| {group.Key} | {far[far.Length / 2]:0.0000} | {far[far.Length * 95 / 100]:0.0000} | {far[^1]:0.0000} | "
                + $"{group.Max(e => Math.Abs(e.Heard.Seconds - all[e.Original].Seconds)):0.000} |"));
        }

        lines.AddRange(["", "| largest distance | versions that are recognised | other recordings taken for a version | precision |", "|---|---|---|---|"]);
        foreach (double nearness in (double[])[0.005, 0.01, 0.02, 0.03, 0.04, 0.05, 0.1, 0.2])
        {
            double limit = nearness * (1 - median);
            bool Near(Heard a, Heard b) => Math.Abs(a.Seconds - b.Seconds) <= Tolerance(Math.Max(a.Seconds, b.Seconds)) && 1 - Reductions.Dot(a.Vector, b.Vector) <= limit;
            int right = encoded.Count(e => Near(e.Heard, all[e.Original])), wrong = 0;
            var examples = new List<string>();
            foreach (var e in encoded)
            {
                for (int i = 0; i < all.Length; i++)
                {
                    // The same sound in two files of the collection is no mistake.
                    if (i != e.Original && Near(e.Heard, all[i]) && 1 - Reductions.Dot(all[e.Original].Vector, all[i].Vector) > 1e-6)
                    {
                        wrong++;
                        if (examples.Count < 3)
                            examples.Add($"{sounds[e.Original].Name} / {sounds[i].Name}");
                    }
                }
            }

            lines.Add(string.Create(CultureInfo.InvariantCulture, $"| {nearness:0.000} | {100.0 * right / encoded.Length:0.0} % | {wrong} | {100.0 * right / Math.Max(1, right + wrong):0.0} % |"));
            Console.WriteLine($"{nearness}: {string.Join("; ", examples)}");
        }

        return string.Join('\n', lines);
    }

    private static double Tolerance(double seconds) => Math.Clamp(0.01 * seconds, 0.1, 2);

    private static float[] Pairs(Heard[] all)
    {
        var random = new Philox(0, "bench/pairs");
        return [.. Enumerable.Range(0, 10_000).Select(p => (I: random.Integer(p, 0, 0, all.Length), J: random.Integer(p, 1, 0, all.Length)))
            .Where(p => p.I != p.J).Select(p => Reductions.Dot(all[p.I].Vector, all[p.J].Vector)).Order()];
    }

    /// <summary>Tracks of a minute are put together from recordings of the collection; 10 s at an odd offset are cut out and encoded.</summary>
    private static (string Table, double Own) Excerpts(LabelledSound[] sounds, Heard[] all, IAudioEmbedder embedder, string folder)
    {
        const double Length = 60;
        const int Most = 60;
        var tracks = new List<(string Path, SegmentedSound Segments, int Rate)>();
        var parts = new Dictionary<int, List<float>>();
        for (int i = 0; i < sounds.Length && tracks.Count < Most; i++)
        {
            if (all[i].Seconds is < 2 or > 30)
                continue;
            using AudioFile file = AudioFile.Open(sounds[i].Path);
            if (!parts.TryGetValue(file.SampleRate, out List<float>? samples))
                parts.Add(file.SampleRate, samples = []);
            samples.AddRange(Waveform.ReadAll(file).Channel(0));
            if (samples.Count < Length * file.SampleRate)
                continue;
            string path = Path.Combine(folder, $"track-{tracks.Count}.wav");
            Wav.Write(path, new Waveform(file.SampleRate, [[.. samples.Take((int)(Length * file.SampleRate))]]));
            using AudioFile written = AudioFile.Open(path);
            tracks.Add((path, embedder.Embed(written, SegmentRule.Default), file.SampleRate));
            samples.Clear();
        }

        int n = 0, own = 0, place = 0, whole = 0;
        for (int t = 0; t < tracks.Count; t++)
        {
            foreach (double start in (double[])[3.37, 17.77, 41.21])
            {
                string cut = Path.Combine(folder, $"cut-{t}-{n++}.mp3");
                Run("-ss", start.ToString(CultureInfo.InvariantCulture), "-t", "10", "-i", tracks[t].Path, "-c:a", "libmp3lame", "-b:a", "128k", cut);
                float[] query = Hear(embedder, cut).Vector;
                var best = tracks.SelectMany((track, i) => Enumerable.Range(0, track.Segments.Grid.Count).Select(s =>
                    (Track: i, At: (double)track.Segments.Grid.StartOf(s) / track.Rate, Score: Reductions.Dot(query, track.Segments.Segments.AsSpan(s * query.Length, query.Length))))).MaxBy(x => x.Score);
                own += best.Track == t ? 1 : 0;
                place += best.Track == t && Math.Abs(best.At - start) < 10 ? 1 : 0;
                whole += Enumerable.Range(0, tracks.Count).MaxBy(i => Reductions.Dot(query, tracks[i].Segments.Vector!)) == t ? 1 : 0;
            }
        }

        string table = string.Create(CultureInfo.InvariantCulture, $"""
            | {n} excerpts of 10 s (MP3 128k) from {tracks.Count} tracks of 60 s | first result |
            |---|---|
            | own track, by segments | {100.0 * own / n:0.0} % |
            | own track and an overlapping place, by segments | {100.0 * place / n:0.0} % |
            | own track, by whole tracks | {100.0 * whole / n:0.0} % |
            """);
        return (table, 100.0 * own / n);
    }

    private static Heard Hear(IAudioEmbedder embedder, string path)
    {
        using AudioFile file = AudioFile.Open(path);
        Waveform wave = Waveform.ReadAll(file);
        using IFrameSource source = wave.Open();
        return new Heard(embedder.Embed(source), (double)wave.Length / wave.SampleRate);
    }

    private static void Encode(string from, string to, string codec, string rate) => Run("-i", from, "-vn", "-c:a", codec, "-b:a", rate, to);

    private static void Run(params string[] arguments)
    {
        var start = new ProcessStartInfo("ffmpeg", ["-v", "error", "-nostdin", "-y", .. arguments]) { RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        string problem = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new BenchException($"ffmpeg: {problem.Trim()}");
    }
}
