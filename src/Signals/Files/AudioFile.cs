using Euterpe.Numerics;

namespace Euterpe.Signals.Files;

/// <summary>
/// Any audio file as a stream of frames, at its own rate and with its own channels: WAV by the reader of this library, all else (MP3, FLAC, Ogg,
/// Opus, M4A, AIFF ...) by FFmpeg as a child process. What a file is, its first bytes say, not its name. Memory is bounded, however long the file.
/// </summary>
public sealed class AudioFile : IFrameSource
{
    /// <summary>The decoder of WAV files, as provenance: its number changes when its samples do.</summary>
    public const string WavDecoder = "euterpe-wav 1";

    // A damaged rate would ask for absurd amounts of resampling.
    private const int LowestRate = 100, HighestRate = 1_536_000;

    // SHA-256 of no bytes: a file without packets is nobody's twin.
    private const string OfNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    private readonly IFrameSource _source;
    private readonly FfmpegProcess? _process;
    private readonly string _name;
    private readonly Kind _kind;
    private readonly AudioFileOptions _options;
    private readonly long _longest;
    private long _read;
    private AudioIdentity? _identity;

    private AudioFile(string path, Kind kind, IFrameSource source, FfmpegProcess? process, string decoder, AudioFileOptions options)
    {
        (Path, _name, _source, _process, Decoder) = (path, System.IO.Path.GetFileName(path), source, process, decoder);
        (_kind, _options) = (kind, options);
        _longest = (long)(options.LongestSound.TotalSeconds * source.SampleRate);
        if (source.SampleRate is < LowestRate or > HighestRate)
        {
            source.Dispose();
            throw new FileFormatException($"[audio] {_name}: a sample rate of {source.SampleRate} Hz is not believed; {LowestRate} to {HighestRate} Hz are read. "
                + "Hint: its header is damaged.");
        }
    }

    /// <summary>Its full path.</summary>
    public string Path { get; }

    /// <summary>
    /// Which build made the samples: <see cref="WavDecoder"/>, or the first line of <c>ffmpeg -version</c>. Same build and bytes, same samples.
    /// </summary>
    public string Decoder { get; }

    /// <inheritdoc/>
    public int SampleRate => _source.SampleRate;

    /// <inheritdoc/>
    public int Channels => _source.Channels;

    /// <summary>Frames in all, where the file's header is believed to know (WAV); else null.</summary>
    public long? FrameCount => (_source as WavReader)?.FrameCount;

    /// <summary>What the decoder complained about so far although it went on (a damaged packet, say), in one line; null where it did not.</summary>
    public string? Complaint => _process?.Complaint;

    /// <summary>The identity of the sound (<see cref="AudioIdentity.PacketsSha256"/>), of a file opened with Identify, after its end was read.</summary>
    public string PacketsSha256 => Identity.PacketsSha256;

    /// <summary>What the file says about itself; known when <see cref="PacketsSha256"/> is.</summary>
    public AudioTags Tags => Identity.Tags;

    /// <summary>File name endings under which sound is looked for in folders; opening does not depend on them.</summary>
    public static IReadOnlySet<string> Extensions { get; } = new HashSet<string>(StringComparer.OrdinalIgnoreCase)
    {
        ".wav", ".wave", ".mp3", ".flac", ".ogg", ".oga", ".opus", ".m4a", ".m4b", ".aac", ".mp4", ".aif", ".aiff", ".aifc", ".wma", ".mka", ".webm",
        ".wv", ".ape", ".mpc", ".tta", ".tak", ".au", ".snd", ".caf", ".w64", ".ac3", ".eac3", ".mp2", ".m4r", ".spx",
    };

    /// <summary>The first line of <c>ffmpeg -version</c>, or null where FFmpeg is not installed.</summary>
    public static string? FfmpegBuild(AudioFileOptions? options = null) => FfmpegProgram.Build((options ?? new()).Decoder);

    /// <summary>Opens a file; rate and channels are known when this returns.</summary>
    /// <exception cref="FileFormatException">The file is not sound that can be read; one line says why.</exception>
    /// <exception cref="FileNotFoundException">The file, or FFmpeg where it is needed, is not there.</exception>
    public static AudioFile Open(string path, AudioFileOptions? options = null, CancellationToken token = default)
    {
        options ??= new AudioFileOptions();
        token.ThrowIfCancellationRequested();
        string full = System.IO.Path.GetFullPath(path), name = System.IO.Path.GetFileName(full);
        if (Directory.Exists(full))
        {
            throw IsFolder(name);
        }
        Kind kind = Sniff(full, name);
        if (kind == Kind.Wav)
        {
            return new AudioFile(full, kind, Wav.Open(full, WavLength.UntilEndIfUnknown, options.Identify), null, WavDecoder, options);
        }
        FfmpegJob job = !options.Identify || kind == Kind.Flac ? FfmpegJob.Decode : FfmpegJob.DecodeAndIdentify;
        FfmpegProcess process = FfmpegProcess.Start(full, name, options, job, kind == Kind.Headerless, token);
        return new AudioFile(full, kind, process, process, FfmpegProgram.Build(options.Decoder) ?? "ffmpeg, version unknown", options);
    }

    /// <summary>Which sound a file holds and what its tags say, without decoding it; the same as reading it with <see cref="AudioFileOptions.Identify"/>.</summary>
    /// <exception cref="FileFormatException">The file is not sound that can be read; one line says why.</exception>
    /// <exception cref="FileNotFoundException">The file, or FFmpeg where it is needed, is not there.</exception>
    public static AudioIdentity Identify(string path, AudioFileOptions? options = null, CancellationToken token = default)
    {
        options ??= new AudioFileOptions();
        token.ThrowIfCancellationRequested();
        string full = System.IO.Path.GetFullPath(path), name = System.IO.Path.GetFileName(full);
        if (Directory.Exists(full))
        {
            throw IsFolder(name);
        }
        Kind kind = Sniff(full, name);
        if (kind == Kind.Wav)
        {
            using WavReader wav = Wav.Open(full, WavLength.UntilEndIfUnknown, identify: true);
            AudioIdentity found = wav.Skim(token);
            return wav.FramesRead > 0 ? found : throw NoSound(name);
        }
        if (kind == Kind.Flac && FlacFile.Identify(full, token) is { } flac)
        {
            return flac;
        }
        bool headerless = kind == Kind.Headerless;
        using FfmpegProcess process = FfmpegProcess.Start(full, name, options, headerless ? FfmpegJob.DecodeAndIdentify : FfmpegJob.Identify, headerless, token);
        float[] block = new float[Math.Max(process.Channels, 4096 / process.Channels * process.Channels)];
        bool some = false;
        while (process.Read(block, token) > 0)
        {
            some = true;
        }
        return some || (!headerless && process.Identity!.PacketsSha256 != OfNothing) ? Completed(process.Identity!, kind, full) : throw NoSound(name);
    }

    /// <summary>A whole file in memory.</summary>
    public static Waveform Read(string path, AudioFileOptions? options = null, CancellationToken token = default)
    {
        using AudioFile file = Open(path, options, token);
        return Waveform.ReadAll(file, token: token);
    }

    /// <inheritdoc/>
    public int Read(Span<float> interleaved, CancellationToken token = default)
    {
        int frames = _source.Read(interleaved, token);
        _read += frames;
        if (frames == 0 && _options.Identify && _identity is null && interleaved.Length >= Channels)
        {
            _identity = _source is WavReader wav ? wav.Identity
                : _kind == Kind.Flac ? Identify(Path, _options, token)
                : Completed(_process!.Identity!, _kind, Path);
        }
        return _read <= _longest ? frames
            : throw AudioTrouble.With(AudioTrouble.BeyondLimits, $"[audio] {_name}: the sound is longer than {_longest / SampleRate:N0} s, the most that is decoded.");
    }

    /// <summary>Closes the file, and ends the decoder where there is one.</summary>
    public void Dispose() => _source.Dispose();

    private AudioIdentity Identity => _identity ?? throw new InvalidOperationException($"[audio] {_name}: what it is, is known when it was opened with Identify and read to its end.");

    private static FileFormatException NoSound(string name) => AudioTrouble.With(AudioTrouble.NoFrames, $"[audio] {name}: there is no sound in it.");

    private static FileFormatException IsFolder(string name) => new($"[audio] {name}: this is a folder, not a file.");

    /// <summary>FFmpeg does not tell the frame in which an ID3v2 tag keeps the identifier of the recording.</summary>
    private static AudioIdentity Completed(AudioIdentity identity, Kind kind, string path)
    {
        if (kind != Kind.Id3 || identity.Tags.MusicBrainzRecording is not null)
        {
            return identity;
        }
        const int MostBytes = 1 << 20;
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
        byte[] head = new byte[10];
        long length = FlacFile.Id3Length(head.AsSpan(0, stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)));
        byte[] tag = new byte[(int)Math.Min(Math.Min(length, MostBytes), stream.Length)];
        stream.Position = 0;
        var fields = new TagFields();
        Id3.Read(tag.AsSpan(0, stream.ReadAtLeast(tag, tag.Length, throwOnEndOfStream: false)), fields);
        return identity with { Tags = identity.Tags with { MusicBrainzRecording = fields.ToTags().MusicBrainzRecording } };
    }

    private enum Kind
    {
        Wav,
        Flac,
        Id3,
        Headerless,
        Other,
    }

    private static Kind Sniff(string path, string name)
    {
        Span<byte> head = stackalloc byte[12];
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
        int read = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        if (read == 0)
        {
            throw new FileFormatException($"[audio] {name}: the file is empty.");
        }
        bool riff = head.StartsWith("RIFF"u8) || head.StartsWith("RF64"u8) || head.StartsWith("RIFX"u8);
        if (riff && (read < 12 || head[8..].SequenceEqual("WAVE"u8)))
        {
            return Kind.Wav;
        }
        if (read >= 10 && FlacFile.Id3Length(head) is > 0 and long id3)
        {
            stream.Position = id3;
            return stream.ReadAtLeast(head[..4], 4, throwOnEndOfStream: false) == 4 && head.StartsWith("fLaC"u8) ? Kind.Flac : Kind.Id3;
        }
        if (head.StartsWith("fLaC"u8))
        {
            return Kind.Flac;
        }
        bool headerless = head.StartsWith("FORM"u8) || head.StartsWith(".snd"u8) || head.StartsWith("caff"u8) || head.StartsWith("riff"u8);
        return headerless ? Kind.Headerless : Kind.Other;
    }
}
