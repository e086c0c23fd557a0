using System.Diagnostics;
using Euterpe.Search;

namespace Euterpe.Tasks.Tests;

public sealed class IndexTaskTests : IDisposable
{
    private readonly SoundFolder _sounds = new();
    private readonly EchoEmbedder _echo = new();

    public void Dispose() => _sounds.Dispose();

    [Fact]
    public void A_second_run_does_nothing_and_a_third_only_what_is_new_or_changed()
    {
        for (int i = 0; i < 12; i++)
            _sounds.Tone($"{(i % 2 == 0 ? "a" : "b/c")}/{i}.wav", 20 + i);
        IndexResult first = Index();
        Assert.Equal((12, 0, 12, 0), (first.Found, first.Unchanged, first.Embedded, first.Vanished));
        Assert.Equal("echo", first.Model);
        Assert.InRange(first.SecondsOfSound, 1.19, 1.21);

        IndexResult second = Index();
        Assert.Equal((12, 12, 0, 0), (second.Found, second.Unchanged, second.Embedded, second.Vanished));
        Assert.Equal(12, _echo.Calls);

        _sounds.Tone("new.wav", 90);
        _sounds.Tone("a/0.wav", 91, frames: 5000);
        File.Delete(_sounds["a/2.wav"]);
        File.Move(_sounds["a/4.wav"], _sounds["moved.wav"]);
        File.Copy(_sounds["a/6.wav"], _sounds["copy.wav"]);
        File.SetLastWriteTimeUtc(_sounds["a/8.wav"], new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        IndexResult third = Index();
        Assert.Equal((13, 8, 2, 3, 2), (third.Found, third.Unchanged, third.Embedded, third.Recognised, third.Vanished));
        Assert.Equal(14, _echo.Calls);
        using ICatalogue c = Catalogue.OpenExisting(_sounds.Catalogue);
        Assert.Equal(new CatalogueCount(13, 2, 13, 13, 0), c.Count("echo-1"));
    }

    [Fact]
    public void Bad_files_do_not_stop_a_run_and_are_listed_with_their_reasons()
    {
        _sounds.Tone("good.wav", 30);
        _sounds.Text("empty.wav", "");
        _sounds.Text("words.mp3", "This is not a recording at all, although its name says so.");
        _sounds.Text("notes.txt", "Not sound, and not called so.");
        byte[] whole = File.ReadAllBytes(_sounds.Tone("cut.wav", 30));
        File.WriteAllBytes(_sounds["cut.wav"], whole[..^1000]);
        File.WriteAllBytes(_sounds["head.wav"], whole[..20]);
        File.WriteAllBytes(_sounds["nothing.wav"], [.. whole[..40], 0, 0, 0, 0]);
        File.WriteAllBytes(_sounds["sound-without-a-name"], File.ReadAllBytes(_sounds.Tone("other.wav", 33)));
        _sounds.Tone(".hidden/x.wav", 12);

        IndexResult result = Index();
        Assert.Equal(
            ["cut.wav broken", "empty.wav empty", "head.wav broken", "nothing.wav no-frames", "words.mp3 not-sound"],
            result.Failures.Select(f => $"{Path.GetFileName(f.Path)} {f.Reason}"));
        Assert.All(result.Failures, f => Assert.Contains(Path.GetFileName(f.Path), f.Sentence, StringComparison.Ordinal));
        Assert.Equal((8, 3), (result.Found, result.Embedded));

        int calls = _echo.Calls;
        IndexResult again = Index();
        Assert.Equal(result.Failures, again.Failures);
        Assert.Equal((8, 3, 0), (again.Found, again.Unchanged, again.Embedded));
        Assert.Equal(calls, _echo.Calls); // what failed for its own sake is not tried again

        _sounds.Tone("cut.wav", 30);
        IndexResult mended = Index();
        Assert.Equal(4, mended.Failures.Count);
        Assert.Equal((1, 1L), (mended.Embedded + mended.Recognised, mended.Found - 7));
        Assert.Equal(9, Index(hidden: true).Found);
    }

    [Fact]
    public void Links_are_followed_out_of_the_folder_and_never_twice()
    {
        _sounds.Tone("a/one.wav", 30);
        string outside = Directory.CreateDirectory(Path.Combine(_sounds.Root, "outside")).FullName;
        File.Move(_sounds.Tone("two.wav", 40), Path.Combine(outside, "two.wav"));
        Directory.CreateSymbolicLink(_sounds["a/up"], _sounds.Music);
        Directory.CreateSymbolicLink(_sounds["out"], outside);
        Directory.CreateSymbolicLink(_sounds["out2"], outside);
        Directory.CreateSymbolicLink(Path.Combine(outside, "loop"), outside);
        File.CreateSymbolicLink(_sounds["same.wav"], _sounds["a/one.wav"]);
        File.CreateSymbolicLink(_sounds["nowhere.wav"], "/nowhere/at/all.wav");
        File.CreateSymbolicLink(_sounds["self.wav"], _sounds["self.wav"]);

        IndexResult result = Index();
        Assert.Equal(2, result.Embedded);
        Assert.Equal(["nowhere.wav missing", "self.wav missing"], result.Failures.Select(f => $"{Path.GetFileName(f.Path)} {f.Reason}"));
        using ICatalogue c = Catalogue.OpenExisting(_sounds.Catalogue);
        Assert.Equal([_sounds["a/one.wav"], _sounds["out/two.wav"]], c.PathsBelow(_sounds.Music));
    }

    [Fact]
    public void A_cancelled_run_keeps_what_was_finished_and_the_next_does_the_rest()
    {
        for (int i = 0; i < 30; i++)
            _sounds.Tone($"{i}.wav", 20 + i);
        using var stop = new CancellationTokenSource();
        var slow = new EchoEmbedder
        {
            Before = n =>
            {
                if (n == 10)
                    stop.Cancel();
            },
        };
        IndexResult cut = IndexTask.Run(Options(), Context(slow), null, stop.Token);
        Assert.True(cut.Stopped);
        Assert.InRange(cut.Embedded, 1, 20);

        IndexResult rest = Index();
        Assert.False(rest.Stopped);
        Assert.Equal((30, cut.Embedded, 30 - cut.Embedded), (rest.Found, rest.Unchanged, rest.Embedded));
    }

    [Fact]
    public void A_file_that_changes_while_it_is_read_is_not_taken()
    {
        string path = _sounds.Tone("a.wav", 30);
        var meddling = new EchoEmbedder { Before = _ => File.SetLastWriteTimeUtc(path, new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc)) };
        IndexResult result = IndexTask.Run(Options(), Context(meddling));
        Assert.Equal("changed-while-read", Assert.Single(result.Failures).Reason);
        Assert.Equal(1, Index().Embedded);
    }

    [Fact]
    public void An_embedder_that_fails_fails_its_file_only()
    {
        for (int i = 0; i < 5; i++)
            _sounds.Tone($"{i}.wav", 20 + i);
        var failing = new EchoEmbedder { Before = n => _ = n == 2 ? throw new InvalidOperationException("two\nlines") : n };
        IndexResult result = IndexTask.Run(Options(), Context(failing));
        BadFile bad = Assert.Single(result.Failures);
        Assert.Equal(("internal-error", "InvalidOperationException: two lines"), (bad.Reason, bad.Sentence));
        Assert.Equal(1, Index().Embedded); // such a failure is tried again
    }

    [Fact]
    public void The_catalogue_keeps_its_embedder_until_another_is_asked_for()
    {
        _sounds.Tone("a.wav", 30);
        Index();
        IndexResult other = IndexTask.Run(Options() with { Model = new ModelChoice("other", "bf16") }, Context(_echo));
        Assert.Equal(("other", "echo-2", 1L), (other.Model, other.Key, other.Embedded));
        IndexResult kept = IndexTask.Run(Options(), Context(_echo));
        Assert.Equal(("other", "echo-2", 1L), (kept.Model, kept.Key, kept.Unchanged));
        using (ICatalogue c = Catalogue.OpenExisting(_sounds.Catalogue))
            Assert.Equal(new EmbedderChoice("other", "echo-2", EchoEmbedder.Lags, "bf16"), c.Embedder);
        IndexResult back = IndexTask.Run(Options() with { Model = new ModelChoice("echo") }, Context(_echo));
        Assert.Equal(("echo", 1L, 0L), (back.Model, back.Unchanged, back.Embedded)); // the first vectors were kept
    }

    [Fact]
    public void A_folder_that_is_not_there_is_one_clear_error_and_makes_no_catalogue()
    {
        Assert.Throws<DirectoryNotFoundException>(() => Index());
        Assert.False(File.Exists(_sounds.Catalogue));
    }

    [Fact]
    public void Pipes_and_unreadable_names_are_listed_and_not_waited_for()
    {
        _sounds.Tone("good.wav", 30);
        Shell("mkfifo \"$0/pipe.wav\"; cp \"$0/good.wav\" \"$0/$(printf 'bad\\377name.wav')\"");
        IndexResult result = Index();
        Shell("rm \"$0\"/bad*"); // .NET cannot name it
        Assert.Equal(["empty", "name-not-utf8"], result.Failures.Select(f => f.Reason).Order());
        Assert.Equal(1, result.Embedded);
    }

    [Fact]
    public void Progress_reaches_its_total()
    {
        for (int i = 0; i < 7; i++)
            _sounds.Tone($"{i}.wav", 20 + i);
        var seen = new List<TaskProgress>();
        IndexTask.Run(Options(), Context(_echo), new Collect(seen));
        Assert.Equal((7L, 7L), (seen[^1].Done, seen[^1].Total));
        Assert.Equal(Enumerable.Range(0, 8).Select(i => (long)i), seen.Where(p => p.Stage == "embedding").Select(p => p.Done));
    }

    private static TaskContext Context(EchoEmbedder echo) => new() { Models = new EchoShelf(echo), Threads = 3 };

    private IndexOptions Options() => new() { Folder = _sounds.Music, Catalogue = _sounds.Catalogue };

    private IndexResult Index(bool hidden = false) => IndexTask.Run(Options() with { Hidden = hidden }, Context(_echo));

    private void Shell(string script)
    {
        using Process shell = Process.Start("sh", ["-c", script, _sounds.Music]);
        shell.WaitForExit();
    }

    private sealed class Collect(List<TaskProgress> into) : IProgress<TaskProgress>
    {
        public void Report(TaskProgress value) => into.Add(value);
    }
}
