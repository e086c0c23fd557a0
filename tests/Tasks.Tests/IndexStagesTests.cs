using Euterpe.Models;
using Euterpe.Search;
using Euterpe.Signals;
using Euterpe.Signals.Files;

namespace Euterpe.Tasks.Tests;

/// <summary>Changing one stage makes only what depends on it.</summary>
public sealed class IndexStagesTests : IDisposable
{
    private readonly SoundFolder _sounds = new();
    private readonly EchoEmbedder _echo = new();

    public void Dispose() => _sounds.Dispose();

    [Fact]
    public void Segments_are_kept_beside_the_vector_and_are_those_of_the_cuts()
    {
        string path = _sounds.Tone("long.wav", 50, frames: 44100 * 23 / 10, channels: 2);
        _sounds.Tone("short.wav", 60);
        IndexResult result = Index(new SegmentRule(1, 0.5));
        Assert.Equal(("1 0.5", 5L), (result.SegmentRule, result.Segments));
        using ICatalogue c = Catalogue.OpenExisting(_sounds.Catalogue);
        StoredSegments stored = c.Segments(c.Find(path)!.Sound, "echo-1")!;
        Assert.Equal([new(0, 44100), new(22050, 44100), new(44100, 44100), new SegmentSpan(66150, 101430 - 66150)], stored.Spans);
        Waveform whole = AudioFile.Read(path);
        for (int i = 0; i < stored.Spans.Count; i++)
        {
            (int start, int frames) = ((int)stored.Spans[i].Start, (int)stored.Spans[i].Frames);
            var cut = new Waveform(44100, whole.Channel(0).Slice(start, frames).ToArray(), whole.Channel(1).Slice(start, frames).ToArray());
            Assert.Equal(_echo.Embed(cut.Open()), stored.Values.AsSpan(i * EchoEmbedder.Lags, EchoEmbedder.Lags).ToArray());
        }
    }

    [Fact]
    public void A_catalogue_keeps_its_rule_and_a_new_rule_makes_segments_only()
    {
        string path = _sounds.Tone("long.wav", 50, frames: 44100 * 2);
        Assert.Equal("10 5", Index().SegmentRule);
        (long vector, long segments) = Ids(path);
        int calls = _echo.Calls;
        IndexResult changed = Index(new SegmentRule(1, 1));
        Assert.Equal((1, 2L), (changed.Embedded, changed.Segments));
        Assert.Equal(calls + 2, _echo.Calls); // two segments, not the whole
        (long sameVector, long otherSegments) = Ids(path);
        Assert.Equal(vector, sameVector);
        Assert.NotEqual(segments, otherSegments);
        Assert.Equal(("1 1", 1L), (Index().SegmentRule, Index().Unchanged));
        Assert.Null(IndexTask.Run(Options() with { Segments = SegmentChoice.None }, Context()).SegmentRule);
        Assert.Null(Index().SegmentRule);
        Assert.Equal(1, Index(new SegmentRule(1, 1)).Unchanged); // they were kept
    }

    [Fact]
    public void Tags_of_an_older_reader_are_read_again_without_decoding()
    {
        string path = _sounds.Tone("a.wav", 50);
        Index();
        using (ICatalogue c = Catalogue.OpenExisting(_sounds.Catalogue))
            c.Write([new Change.Holds(c.Find(path)! with { TagsRevision = 0 })]);
        int calls = _echo.Calls;
        IndexResult again = Index();
        Assert.Equal((1L, 0L, 0L), (again.Retagged, again.Recognised, again.Embedded));
        Assert.Equal(calls, _echo.Calls);
        Assert.Equal(1, Index().Unchanged);
    }

    [Fact]
    public void Retagged_sounds_are_recognised_even_if_they_were_renamed_too()
    {
        string here = _sounds.Tone("here.wav", 50), there = _sounds.Tone("there.wav", 60);
        Index();
        int calls = _echo.Calls;
        Retag(here);
        Retag(there);
        File.Move(there, _sounds["renamed.wav"]);
        IndexResult again = Index();
        Assert.Equal((2L, 0L, 1L), (again.Retagged, again.Embedded, again.Vanished));
        Assert.Equal(calls, _echo.Calls);
        using ICatalogue c = Catalogue.OpenExisting(_sounds.Catalogue);
        Assert.Equal("A title", c.Find(here)!.Tags.Title);
        Assert.Equal(c.Find(there)!.Sound, c.Find(_sounds["renamed.wav"])!.Sound);
    }

    [Fact]
    public void Sounds_of_the_first_version_get_their_identity_and_keep_their_vectors()
    {
        string path = _sounds.Tone("a.wav", 50);
        Index();
        float[] vector;
        string identity;
        using (ICatalogue c = Catalogue.OpenExisting(_sounds.Catalogue))
        {
            Track track = c.Find(path)!;
            (vector, identity) = (c.Vector(track.Sound, "echo-1")!, track.Sound);
            StoredSegments cut = c.Segments(track.Sound, "echo-1")!;
            var made = new Provenance("p", "d", "m");
            Track old = track with { Sound = track.FileSha256, Identified = false, TagsRevision = 0 };
            c.Write([new Change.Holds(old, new NewVector("echo-1", "echo", vector, made), new NewSegments("echo-1", "echo", cut.Rule, cut.Spans, cut.Values, made))]);
            c.Prune();
        }

        int calls = _echo.Calls;
        Assert.Equal(1, Index().Retagged);
        Assert.Equal(calls, _echo.Calls);
        using ICatalogue now = Catalogue.OpenExisting(_sounds.Catalogue);
        Assert.Equal((identity, true), (now.Find(path)!.Sound, now.Find(path)!.Identified));
        Assert.Equal(vector, now.Vector(identity, "echo-1"));
        Assert.Empty(now.Check());
    }

    [Fact]
    public void Threads_and_the_order_of_completion_do_not_show()
    {
        for (int i = 0; i < 20; i++)
            _sounds.Tone($"{i}.wav", 20 + (i % 10), frames: 4410 + (i % 10 * 9000));
        string? first = null;
        foreach (int threads in (int[])[1, 2, 3])
        {
            File.Delete(_sounds.Catalogue);
            IndexResult result = IndexTask.Run(Options() with { Segments = new SegmentChoice(new SegmentRule(0.5, 0.25)) }, Context() with { Threads = threads });
            Assert.Equal(20, result.Embedded + result.Recognised);
            using ICatalogue c = Catalogue.OpenExisting(_sounds.Catalogue);
            string all = string.Join('\n', c.Tracks().Select(t =>
                $"{t} {Hex(c.Vector(t.Sound, "echo-1")!)} {Hex(c.Segments(t.Sound, "echo-1")!.Values)} {string.Join(',', c.Segments(t.Sound, "echo-1")!.Spans)}"));
            Assert.Equal(first ??= all, all);
        }

        static string Hex(float[] values) => Convert.ToHexString(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(values));
    }

    [Fact]
    public void A_report_counts_what_there_is_and_why_files_failed()
    {
        _sounds.Tone("a.wav", 50);
        _sounds.Text("b.wav", "");
        _sounds.Text("c.wav", "");
        _sounds.Text("d.mp3", "no sound");
        Index();
        IndexReport report = IndexReportTask.Run(_sounds.Catalogue, Context());
        Assert.Equal((1L, 0L, 1L, 1L, 1L, 0L), (report.Tracks, report.Absent, report.Sounds, report.Vectors, report.Segmented, report.Waiting));
        Assert.Equal(["empty 2", "not-sound 1"], report.Reasons.Select(r => $"{r.Reason} {r.Files}"));
    }

    private static void Retag(string path)
    {
        // RIFF LIST INFO INAM, behind the samples.
        byte[] text = [.. "LIST"u8, 24, 0, 0, 0, .. "INFOINAM"u8, 12, 0, 0, 0, .. "A title\0\0\0\0\0"u8];
        using FileStream file = File.OpenWrite(path);
        file.Seek(0, SeekOrigin.End);
        file.Write(text);
        file.Seek(4, SeekOrigin.Begin);
        file.Write(BitConverter.GetBytes((int)file.Length - 8));
    }

    private (long Vector, long Segments) Ids(string path)
    {
        using ICatalogue c = Catalogue.OpenExisting(_sounds.Catalogue);
        string sound = c.Find(path)!.Sound;
        return (c.Vectors("echo-1").Single(v => v.Sound == sound).Id, c.Segments(sound, "echo-1")!.Id);
    }

    private TaskContext Context() => new() { Models = new EchoShelf(_echo), Threads = 2 };

    private IndexOptions Options() => new() { Folder = _sounds.Music, Catalogue = _sounds.Catalogue };

    private IndexResult Index(SegmentRule? rule = null) => IndexTask.Run(Options() with { Segments = rule is null ? null : new SegmentChoice(rule) }, Context());
}
