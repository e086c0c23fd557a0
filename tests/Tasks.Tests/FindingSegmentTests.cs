using Euterpe.Numerics;
using Euterpe.Signals;
using Euterpe.Signals.Files;
using static Euterpe.Tasks.Tests.HandMadeCatalogue;

namespace Euterpe.Tasks.Tests;

public sealed class FindingSegmentTests : IDisposable
{
    private readonly HandMadeCatalogue _made = new();

    public void Dispose() => _made.Dispose();

    [Fact]
    public void An_excerpt_finds_places_best_first_merged_where_they_overlap_and_not_itself()
    {
        _made.Add("q", Unit(0, 0, 0, 1), 30, segments:
            [(0, 10, Unit(1, 0, 0, 0)), (5, 15, Unit(1, 0.1f, 0, 0)), (10, 20, Unit(1, 0.3f, 0, 0)), (20, 30, Unit(0, 1, 0, 0))]);
        _made.Add("a", Unit(0, 0, 1, 0), 120, segments:
            [(0, 10, Unit(0, 0, 1, 0)), (100, 110, Unit(1, 0.2f, 0, 0)), (105, 115, Unit(1, 0.21f, 0, 0)), (50, 60, Unit(1, 0.25f, 0, 0)), (30, 40, Unit(0, 0, 0, 1))]);
        _made.Add("b", Unit(0, 1, 1, 0), 50, segments: [(0, 10, Unit(1, 1, 0, 0)), (40, 50, Unit(0, 1, 0, 0))]);
        _made.Add("no", Unit(0, 1, 0, 1), 60).Save();
        SearchResult found = _made.Similar("q@0-8");
        Assert.True(found.Segments && found.Known);
        Assert.Equal("/m/q@0:00-0:08", found.Query);
        Assert.Equal(["a", "q", "b"], Names(found));
        Assert.Equal(["@1:40-1:50", "@0:50-1:00"], found.Matches[0].Places.Select(p => p.ToString()));
        Assert.Equal(["@0:10-0:20"], found.Matches[1].Places.Select(p => p.ToString()));
        Assert.Equal(["@0:00-0:10"], found.Matches[2].Places.Select(p => p.ToString()));
        Assert.Equal(found.Matches[0].Score, found.Matches[0].Places[0].Score);
        Assert.Equal(1 / Math.Sqrt(1.04), found.Matches[0].Score, 5);

        Assert.Equal(["b", "no", "a"], Names(SimilarTask.Run(_made.Like("q@0-8") with { Level = FindLevel.Tracks, Examples = [new("q@20-30", 0.1)] }, Context())));
        SearchResult whole = SimilarTask.Run(_made.Like("q") with { Level = FindLevel.Segments }, Context());
        Assert.Equal(("a", "@0:30-0:40"), (Names(whole)[0], whole.Matches[0].Places[0].ToString()));
        Assert.Equal("@0:10-0:20", _made.Similar("b@0").Matches.Single(m => m.Path == "/m/q").Places[0].ToString()); // b@0:00-0:10: as long as a segment
    }

    [Fact]
    public void Without_segments_an_excerpt_is_compared_with_tracks_and_this_is_said()
    {
        using var sounds = new SoundFolder();
        string file = sounds.Tone("long.wav", 30, frames: 44_100);
        using var made = new HandMadeCatalogue(EchoEmbedder.Lags);
        made.Add("a", Random(1, EchoEmbedder.Lags)).Save();
        SearchResult found = made.Similar(file + "@0.25-0.5");
        Assert.False(found.Segments || found.Known);
        Assert.Contains("no segments", found.Note, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => SimilarTask.Run(made.Like(file) with { Level = FindLevel.Segments }, Context()));
    }

    [Fact]
    public void An_excerpt_is_embedded_as_a_file_of_its_samples_would_be()
    {
        using var sounds = new SoundFolder();
        string file = sounds.Tone("with@sign.wav", 30, frames: 88_200);
        using AudioFile whole = AudioFile.Open(file);
        float[] samples = Waveform.ReadAll(whole).Channel(0).ToArray();
        string cut = Path.Combine(sounds.Root, "cut.wav");
        Wav.Write(cut, new Waveform(44_100, samples[11_025..33_075]), SampleFormat.Float32);
        using var made = new HandMadeCatalogue(EchoEmbedder.Lags);
        made.Add("a", Random(1, EchoEmbedder.Lags)).Add("b", Random(2, EchoEmbedder.Lags)).Save();
        Assert.Equal(made.Similar(cut).Matches.Select(m => m.Score), made.Similar(file + "@0.25-0.75").Matches.Select(m => m.Score));
        Assert.Equal(Path.Combine(sounds.Music, "with@sign.wav"), made.Similar(file).Query);
        Assert.Equal(made.Similar(file).Matches.Select(m => m.Score), made.Similar(file + "@0").Matches.Select(m => m.Score)); // a segment is longer than all of it
        Assert.Contains("0:02 long", Assert.Throws<OptionsException>(() => made.Similar(file + "@2:10")).Message, StringComparison.Ordinal);
        string odd = sounds.Tone("odd@2:10", 50);
        Assert.Equal(odd, made.Similar(odd).Query);
        Assert.Throws<FileFormatException>(() => made.Similar(sounds.Text("bad.wav", "RIFF") + "@1"));
    }

    [Theory]
    [InlineData("90", 90.0)]
    [InlineData("90.5", 90.5)]
    [InlineData("2:10", 130.0)]
    [InlineData("2:10.25", 130.25)]
    [InlineData("1:02:03", 3723.0)]
    [InlineData("2:1", null)]
    [InlineData("2:60", null)]
    [InlineData("2.5:10", null)]
    [InlineData("-1", null)]
    [InlineData("", null)]
    [InlineData("1:2:3:4", null)]
    [InlineData("1e3", null)]
    [InlineData("99999999999999999999", null)]
    [InlineData("NaN", null)]
    public void Times_are_read_strictly(string text, double? seconds)
    {
        Assert.Equal(seconds, Excerpt.Seconds(text));
        if (seconds is { } s)
            Assert.Equal(s, Excerpt.Seconds(Excerpt.Text(s)));
    }
}
