using Euterpe.Numerics;

namespace Euterpe.Tasks.Sounds;

/// <summary>The stable codes of what can be wrong with a file. docs/cli.md explains each.</summary>
internal static class Reasons
{
    public const string Empty = "empty";
    public const string NotSound = "not-sound";
    public const string Broken = "broken";
    public const string NoFrames = "no-frames";
    public const string Missing = "missing";
    public const string Unreadable = "unreadable";
    public const string NameNotUtf8 = "name-not-utf8";
    public const string NoDecoder = "no-decoder";
    public const string Changed = "changed-while-read";
    public const string NotFinite = "not-finite";
    public const string Internal = "internal-error";

    /// <summary>Whether the reason lies in the file's own bytes, so that the same program and decoder would fail again.</summary>
    public static bool LiesInTheFile(string reason) => reason is Empty or NotSound or Broken or NoFrames or NotFinite;

    /// <summary>Sorts an exception from opening, decoding or embedding <paramref name="path"/> into a code and a sentence.</summary>
    public static BadFile Of(string path, Exception e, SoundKind kind)
    {
        string reason = e switch
        {
            FileFormatException => kind == SoundKind.Unknown ? NotSound : Broken,
            FileNotFoundException missing when missing.FileName is { } name && Path.GetFullPath(name) != path => NoDecoder,
            FileNotFoundException or DirectoryNotFoundException => Missing,
            UnauthorizedAccessException or IOException => Unreadable,
            _ => Internal,
        };
        string sentence = OneLine(e.Message);
        return new BadFile(path, reason, reason == Internal ? $"{e.GetType().Name}: {sentence}" : sentence);
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ").Trim();
}
