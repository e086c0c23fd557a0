using System.Diagnostics;
using Euterpe.Signals.Files;
using Euterpe.Testing;

namespace Euterpe.Tasks.Tests;

public sealed class ExplainTests : IDisposable
{
    private readonly SoundFolder _sounds = new();

    public void Dispose() => _sounds.Dispose();

    [Fact]
    public void A_good_file_goes_the_whole_way_and_nothing_is_written()
    {
        string path = _sounds.Tone("a.wav", 30, frames: 44100, channels: 2);
        ExplainResult result = Explain(path);
        Assert.Equal((true, null, null, null), (result.Usable, result.FailedAt, result.Reason, result.Hint));
        Assert.Equal(["found", "readable", "kind", "identity", "tags", "decoding", "model", "catalogue", "stored"], result.Stages.Select(s => s.Name));
        Assert.All(result.Stages, s => Assert.Equal("ok", s.Outcome));
        Assert.Equal(AudioFile.Identify(path).PacketsSha256, Stage(result, "identity").Summary);
        Assert.StartsWith("1 s at 44100 Hz, 2 channels", Stage(result, "decoding").Summary);
        Assert.StartsWith("a vector of 24 finite numbers, length 1", Stage(result, "model").Summary);
        Assert.Contains("the vector (24 numbers of echo)", Stage(result, "stored").Summary, StringComparison.Ordinal);
        Assert.False(File.Exists(_sounds.Catalogue));
    }

    [Fact]
    public void What_the_catalogue_knows_is_told()
    {
        string path = _sounds.Tone("a.wav", 30), copy = _sounds["copy.wav"], cut = _sounds["cut.wav"];
        File.Copy(path, copy);
        File.WriteAllBytes(cut, File.ReadAllBytes(path)[..^1000]);
        string catalogue = _sounds.Catalogue;
        IndexTask.Run(new IndexOptions { Folder = _sounds.Music, Catalogue = catalogue }, Context());
        ExplainResult known = Explain(path, catalogue);
        Assert.Equal("known, and unchanged since it was indexed", Stage(known, "catalogue").Summary);
        Assert.Contains(Stage(known, "catalogue").Facts, f => f == new ShownFact("same sound", copy));
        Assert.Contains(Stage(known, "catalogue").Facts, f => f.Name == "sounds like" && f.Value == copy + " (cosine 1.000, 0.1 s): probably the same recording");
        Assert.Equal("nothing new: everything is there", Stage(known, "stored").Summary);

        ExplainResult failed = Explain(cut, catalogue);
        Assert.Equal(("identity", "broken"), (failed.FailedAt, failed.Reason));
        Assert.Contains(Stage(failed, "catalogue").Facts, f => f.Name == "failed before" && f.Value.StartsWith("broken: ", StringComparison.Ordinal));
        Assert.Equal("not-reached", Stage(failed, "model").Outcome);
        Assert.Contains("has changed", Stage(failed, "stored").Summary, StringComparison.Ordinal);

        File.Move(copy, _sounds["moved.wav"]);
        Assert.Equal("path, stamp, identity and tags; the vectors of this sound are there", Stage(Explain(_sounds["moved.wav"], catalogue), "stored").Summary);
        File.SetLastWriteTimeUtc(path, new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        Assert.Equal("known, and changed since it was indexed", Stage(Explain(path, catalogue), "catalogue").Summary);
        File.WriteAllText(_sounds["notes.txt"], "words");
        Assert.StartsWith("nothing: index passes files over", Stage(Explain(_sounds["notes.txt"], catalogue), "stored").Summary);
    }

    [SkippableFact]
    public void A_copy_in_another_encoding_is_found_by_its_samples()
    {
        string path = _sounds.Tone("a.wav", 30), flac = _sounds["b.flac"];
        Ffmpeg("-i", path, "-c:a", "flac", flac);
        IndexTask.Run(new IndexOptions { Folder = _sounds.Music, Catalogue = _sounds.Catalogue }, Context());
        Assert.Contains(Stage(Explain(path, _sounds.Catalogue), "catalogue").Facts, f => f == new ShownFact("same samples", flac));
    }

    [Fact]
    public void Links_are_followed_and_shown()
    {
        string path = _sounds.Tone("a.wav", 30), link = _sounds["link.wav"], lost = _sounds["lost.wav"], round = _sounds["round.wav"];
        File.CreateSymbolicLink(link, path);
        File.CreateSymbolicLink(lost, "/nowhere/at/all.wav");
        File.CreateSymbolicLink(round, round);
        Assert.Contains(Stage(Explain(link), "found").Facts, f => f == new ShownFact("leads to", path));
        Assert.Equal("missing", Explain(lost).Reason);
        Assert.Equal("missing", Explain(round).Reason);
    }

    [SkippableFact]
    public void Names_that_are_not_UTF8_are_listed_and_harm_nothing()
    {
        Fixture.SkipUnless(File.Exists("/bin/bash"), "No /bin/bash here.");
        _sounds.Tone("good.wav", 30);
        Bash($"cd '{_sounds.Music}' && cp good.wav $'b\\xe4d.wav' && mkdir $'f\\xfclder' && cp good.wav $'f\\xfclder/inside.wav' && cp good.wav $'\\xff'");
        IndexResult result = IndexTask.Run(new IndexOptions { Folder = _sounds.Music, Catalogue = _sounds.Catalogue }, Context());
        Assert.Equal(1, result.Embedded);
        BadFile bad = Assert.Single(result.Failures, f => f.Path.EndsWith("b\uFFFDd.wav", StringComparison.Ordinal));
        Assert.Equal("name-not-utf8", bad.Reason);
        Assert.Equal("name-not-utf8", Assert.Single(result.Failures, f => f.Path.EndsWith("f\uFFFDlder", StringComparison.Ordinal)).Reason);
        Assert.Equal(result.Failures, IndexTask.Run(new IndexOptions { Folder = _sounds.Music, Catalogue = _sounds.Catalogue }, Context()).Failures);
        Assert.Equal("name-not-utf8", Explain(_sounds["b\uFFFDd.wav"]).Reason);
        Bash($"rm -r '{_sounds.Music}'"); // which .NET cannot
    }

    [Fact]
    public void A_file_that_is_removed_or_changed_while_it_is_read_is_told_so()
    {
        string removed = _sounds.Tone("removed.wav", 30), changed = _sounds.Tone("changed.wav", 31), fine = _sounds.Tone("z.wav", 32);
        var echo = new EchoEmbedder { Before = _ => File.Delete(removed) };
        // A file that is open stays readable until it is closed; only its stamp is gone.
        Assert.Equal("missing", Explain(removed, null, echo).Reason);
        echo = new EchoEmbedder { Before = _ => File.AppendAllText(changed, "more") };
        Assert.Equal(("model", "changed-while-read"), (Explain(changed, null, echo).FailedAt, Explain(changed, null, new EchoEmbedder { Before = _ => Touch(changed) }).Reason));
        Assert.True(Explain(fine).Usable);
    }

    private static void Touch(string path) => File.SetLastWriteTimeUtc(path, new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));

    internal static void Ffmpeg(params string[] arguments)
    {
        Fixture.SkipUnless(AudioFile.FfmpegBuild() is not null, "FFmpeg is not installed.");
        using Process process = Process.Start("ffmpeg", ["-nostdin", "-v", "error", "-y", .. arguments]);
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"ffmpeg {string.Join(' ', arguments)}");
    }

    private static void Bash(string script)
    {
        using Process process = Process.Start("/bin/bash", ["-c", script]);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    private static ExplainedStage Stage(ExplainResult result, string name) => result.Stages.Single(s => s.Name == name);

    private static TaskContext Context(EchoEmbedder? echo = null) => new() { Models = new EchoShelf(echo ?? new EchoEmbedder()) };

    private static ExplainResult Explain(string path, string? catalogue = null, EchoEmbedder? echo = null) =>
        ExplainTask.Run(new ExplainOptions { File = path, Catalogue = catalogue }, Context(echo));
}
