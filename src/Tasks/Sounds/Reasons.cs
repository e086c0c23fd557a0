using System.ComponentModel;
using Euterpe.Numerics;
using Euterpe.Signals.Files;

namespace Euterpe.Tasks.Sounds;

/// <summary>When a file that failed is tried again by itself.</summary>
internal enum TriedAgain
{
    /// <summary>When the file, the program or the decoder has changed.</summary>
    WhenTheFileChanges,
    EachRun,
}

/// <summary>One thing that can be wrong with a file.</summary>
/// <param name="Code">Stable: programs and catalogues keep it.</param>
/// <param name="Hint">What a person can do.</param>
internal sealed record Reason(string Code, TriedAgain Again, string Hint);

/// <summary>The stable codes of what can be wrong with a file. docs/cli.md explains each; a test compares the two.</summary>
internal static class Reasons
{
    public const string Empty = "empty";
    public const string NotSound = "not-sound";
    public const string Broken = "broken";
    public const string BeyondLimits = "beyond-limits";
    public const string NoFrames = "no-frames";
    public const string NotFinite = "not-finite";
    public const string NoDecoder = "no-decoder";
    public const string Missing = "missing";
    public const string Unreadable = "unreadable";
    public const string NameNotUtf8 = "name-not-utf8";
    public const string Changed = "changed-while-read";
    public const string GivenUp = IndexWorker.GivenUp;
    public const string TooMuchMemory = Listening.TooMuchMemory;
    public const string Internal = "internal-error";

    public static IReadOnlyList<Reason> All { get; } =
    [
        new(Empty, TriedAgain.WhenTheFileChanges, "Copy or download it again; a pipe or device is no recording."),
        new(NotSound, TriedAgain.WhenTheFileChanges, "Look at it with another player: it is no sound, or of a kind that FFmpeg does not know here."),
        new(Broken, TriedAgain.WhenTheFileChanges, "Copy, download or rip it again; ffmpeg -i FILE OTHER.flac may save what can be saved."),
        new(BeyondLimits, TriedAgain.WhenTheFileChanges, "Cut it into parts; if the machine was only too busy, euterpe index --retry."),
        new(NoFrames, TriedAgain.WhenTheFileChanges, "It is proper and silent for ever: nothing can be done."),
        new(NotFinite, TriedAgain.WhenTheFileChanges, "Export it again from the program that made it: some of its samples are no numbers, or beyond 2^40."),
        new(NoDecoder, TriedAgain.EachRun, "Install FFmpeg: apt-get install ffmpeg (Linux), brew install ffmpeg (macOS); euterpe doctor shows whether it is found."),
        new(Missing, TriedAgain.EachRun, "Check the path; for a link, where it leads."),
        new(Unreadable, TriedAgain.EachRun, "Check its rights (ls -l) and its disk; another program may hold it."),
        new(NameNotUtf8, TriedAgain.EachRun, "Rename it: convmv -f latin1 -t utf8 --notest FILE."),
        new(Changed, TriedAgain.EachRun, "Wait until the program that writes it is done, then try again."),
        new(GivenUp, TriedAgain.WhenTheFileChanges, "Move it away and report it: the program ends, or is ended for its memory, whenever it works on this file."),
        new(TooMuchMemory, TriedAgain.EachRun, "Give it more: --max-memory; shorter --segments and fewer --threads take less."),
        new(Internal, TriedAgain.EachRun, "Please report it, with the file if you may; --verbose shows where it arose."),
    ];

    public static Reason Of(string code) => All.First(r => r.Code == code);

    /// <summary>Whether the reason lies in the file's own bytes, so that the same program and decoder would fail again.</summary>
    public static bool LiesInTheFile(string code) => All.FirstOrDefault(r => r.Code == code) is { Again: TriedAgain.WhenTheFileChanges };

    /// <summary>Sorts an exception from opening, decoding or embedding <paramref name="path"/> into a code and a sentence.</summary>
    public static BadFile Of(string path, Exception e, SoundKind kind)
    {
        string reason = e switch
        {
            FileFormatException format => AudioTrouble.Of(format) switch
            {
                AudioTrouble.NotFinite => NotFinite,
                AudioTrouble.BeyondLimits => BeyondLimits,
                AudioTrouble.NoFrames => NoFrames,
                _ => kind == SoundKind.Unknown ? NotSound : Broken,
            },
            FileNotFoundException missing when missing.FileName is { } name && Path.GetFullPath(name) != path => NoDecoder,
            FileNotFoundException or DirectoryNotFoundException => Missing,
            UnauthorizedAccessException or IOException => Unreadable,
            Win32Exception => NoDecoder, // the decoder is there and cannot be started
            _ => Internal,
        };
        string sentence = OneLine(e.Message);
        return new BadFile(path, reason, reason == Internal ? $"{e.GetType().Name}: {sentence}" : sentence);
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ").Trim();
}
