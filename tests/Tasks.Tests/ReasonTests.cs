using System.Reflection;
using Euterpe.Search;
using Euterpe.Signals;
using Euterpe.Signals.Files;
using Euterpe.Tasks.Sounds;
using Euterpe.Testing;

namespace Euterpe.Tasks.Tests;

public sealed class ReasonTests : IDisposable
{
    private readonly SoundFolder _sounds = new();

    public void Dispose() => _sounds.Dispose();

    [Fact]
    public void Every_reason_can_be_provoked_and_says_what_to_do()
    {
        var provoked = new Dictionary<string, Func<(string Reason, string Sentence)>>
        {
            ["empty"] = () => Explained(_sounds.Text("empty.wav", "")),
            ["not-sound"] = () => Explained(_sounds.Text("words.mp3", "These are words, and no sound.")),
            ["broken"] = () => Explained(Cut(_sounds.Tone("cut.wav", 30))),
            ["beyond-limits"] = () => Explained(_sounds.Tone("long.wav", 30), new AudioFileOptions { LongestSound = TimeSpan.FromMilliseconds(10) }),
            ["no-frames"] = () => Explained(_sounds.Tone("nothing.wav", 30, frames: 0)),
            ["not-finite"] = () => Explained(NotFinite("nan.wav")),
            ["no-decoder"] = () => Explained(_sounds.Text("a.mp3", "ID3?"), new AudioFileOptions { Decoder = "no-such-decoder" }),
            ["missing"] = () => Explained(_sounds["missing.wav"]),
            ["unreadable"] = () =>
            {
                using var held = new FileStream(_sounds.Tone("held.wav", 30), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
                return Explained(_sounds["held.wav"]);
            },
            ["name-not-utf8"] = () => Explained(_sounds["b\uFFFDd.wav"]),
            ["changed-while-read"] = () =>
            {
                string path = _sounds.Tone("changed.wav", 30);
                return Explained(path, null, new EchoEmbedder { Before = _ => File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch) });
            },
            ["given-up"] = GivenUp,
            ["too-much-memory"] = () =>
            {
                MemoryPlan.Limited = true;
                try
                {
                    string folder = Path.GetDirectoryName(_sounds.Tone("heavy/heavy.wav", 30))!;
                    var shelf = new EchoShelf(new EchoEmbedder { Before = _ => throw new OutOfMemoryException() });
                    var options = new IndexOptions { Folder = folder, Catalogue = Path.Combine(_sounds.Root, "heavy.db") };
                    BadFile bad = Assert.Single(IndexTask.Run(options, new TaskContext { Models = shelf }).Failures);
                    return (bad.Reason, bad.Sentence);
                }
                finally
                {
                    MemoryPlan.Limited = false;
                }
            },
            ["internal-error"] = () => Explained(_sounds.Tone("error.wav", 30), null, new EchoEmbedder { Before = _ => throw new InvalidCastException("no") }),
        };
        Assert.Equal(Reasons.All.Select(r => r.Code).Order(), provoked.Keys.Order());
        foreach ((string code, Func<(string Reason, string Sentence)> provoke) in provoked)
        {
            (string reason, string sentence) = provoke();
            Assert.Equal(code, reason);
            Assert.InRange(sentence.Length, 20, 400);
            Assert.DoesNotContain('\n', sentence);
            Assert.InRange(Reasons.Of(code).Hint.Length, 20, 200);
        }
    }

    [Fact]
    public void All_codes_are_listed_once() => Assert.Equal(
        typeof(Reasons).GetFields(BindingFlags.Public | BindingFlags.Static).Where(f => f.IsLiteral).Select(f => (string)f.GetRawConstantValue()!).Order(),
        Reasons.All.Select(r => r.Code).Order());

    [Fact]
    public void The_page_of_the_program_lists_exactly_the_codes_that_there_are()
    {
        string[] page = File.ReadAllLines(Path.Combine(Fixture.Repository, "docs", "cli.md"));
        IEnumerable<string[]> rows = page.SkipWhile(line => !line.StartsWith("| reason |", StringComparison.Ordinal)).Skip(2)
            .TakeWhile(line => line.StartsWith('|')).Select(line => line.Trim('|', ' ').Split('|', StringSplitOptions.TrimEntries));
        Assert.Equal(
            Reasons.All.Select(r => $"`{r.Code}` {(r.Again == TriedAgain.EachRun ? "each run" : "when the file changes")}"),
            rows.Select(cells => $"{cells[0]} {cells[2]}"));
    }

    private (string Reason, string Sentence) GivenUp()
    {
        string path = _sounds.Tone("given/up.wav", 30), folder = Path.GetDirectoryName(path)!;
        var file = new FileInfo(path);
        var clock = new Clock();
        using (ICatalogue catalogue = Catalogue.OpenOrCreate(_sounds.Catalogue, clock))
        {
            catalogue.Queue.Add([new WorkItem(path, new FileStamp(file.Length, file.LastWriteTimeUtc.Ticks))]);
            for (int i = 0; i < IndexWorker.MostAttempts; i++)
            {
                // Each has died, and its lease has run out.
                Assert.Single(catalogue.Queue.Take($"worker {i}", 1, TimeSpan.FromMinutes(1)));
                clock.Now += TimeSpan.FromMinutes(10);
            }
        }

        BadFile bad = Assert.Single(IndexTask.Run(new IndexOptions { Folder = folder, Catalogue = _sounds.Catalogue }, Context(new EchoEmbedder())).Failures);
        return (bad.Reason, bad.Sentence);
    }

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }

    private string NotFinite(string name)
    {
        string path = _sounds[name];
        Wav.Write(path, new Waveform(8000, [0.5f, 0.75f, 0.25f]), SampleFormat.Float32);
        byte[] bytes = File.ReadAllBytes(path);
        bytes.AsSpan(bytes.Length - 8, 4).Fill(0xFF);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private static string Cut(string path)
    {
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^100]);
        return path;
    }

    private static TaskContext Context(EchoEmbedder echo) => new() { Models = new EchoShelf(echo) };

    private static (string Reason, string Sentence) Explained(string path, AudioFileOptions? audio = null, EchoEmbedder? echo = null)
    {
        TaskContext context = Context(echo ?? new EchoEmbedder()) with { Audio = audio ?? new() };
        ExplainResult result = ExplainTask.Run(new ExplainOptions { File = path }, context);
        return (result.Reason!, result.Sentence!);
    }
}
