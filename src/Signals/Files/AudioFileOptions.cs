namespace Euterpe.Signals.Files;

/// <summary>The budget of one file's decoding. Its values never change samples, only whether they arrive.</summary>
public sealed record AudioFileOptions
{
    /// <summary>The program that decodes what is not WAV: a name looked up in PATH, or an absolute path.</summary>
    public string Decoder { get; init; } = "ffmpeg";

    /// <summary>A longer sound is an error: a small file can claim to hold months. Default 24 hours.</summary>
    public TimeSpan LongestSound { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Processor time that the decoder may use for one file, in whole seconds. Default 15 minutes.</summary>
    public TimeSpan DecoderTime { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How long a single read may wait for the decoder before it is ended. Default one minute.</summary>
    public TimeSpan Stall { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Whether the file's identity and tags are found out while it is decoded; they are there after its end was read.</summary>
    public bool Identify { get; init; }
}
