using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Euterpe.Numerics;

namespace Euterpe.Signals.Files;

internal enum FfmpegJob
{
    Decode,
    DecodeAndIdentify,

    /// <summary>No sample comes; rate and channels are 1.</summary>
    Identify,
}

/// <summary>
/// One FFmpeg child that decodes one file to 32-bit float WAV of unknown length on a pipe: rate and channels come with it, so there is no second
/// probe. It is told nothing through a shell, opens only this file, and ends when the reader does.
/// Asked to identify, the same child hashes the packets that it decodes and prints the tags: the hash comes as one line after the last sample, where nothing that
/// the file says can come; the tags come among the messages.
/// </summary>
internal sealed class FfmpegProcess : IFrameSource
{
    // Plain containers of sound: nothing that names other files (playlists, concat, HLS, DASH), no devices, no text.
    private const string Formats = "aac,ac3,aiff,ape,asf,au,caf,eac3,flac,matroska,mov,mp3,mpc,mpc8,ogg,tak,tta,w64,wv";

    // Of a single block, in bytes: a damaged length must not fill the machine; the index of a recording of days takes less.
    private const string LargestAllocation = "536870912";

    // What the muxer `streamhash` prints for one stream of sound: this, 64 digits, a line end.
    private const string HashStart = "0,a,SHA256=";
    private const int HashDigits = 64;

    private readonly Process _process;
    private readonly string _name;
    private readonly AudioFileOptions _options;
    private readonly bool _headerless;
    private readonly FfmpegMessages _messages = new();
    private readonly Task _errors;
    private readonly Timer _stall;
    private TailStream? _tail;
    private WavReader? _reader;
    private volatile string? _killedBecause;
    private bool _ended;
    private int _disposed;

    private FfmpegProcess(Process process, string name, AudioFileOptions options, bool headerless)
    {
        (_process, _name, _options, _headerless) = (process, name, options, headerless);
        _errors = Task.Run(() => _messages.Collect(process.StandardError.BaseStream));
        _stall = new Timer(_ => Kill($"FFmpeg gave nothing for {options.Stall.TotalSeconds:N0} s and was ended."));
    }

    public int SampleRate => _reader?.SampleRate ?? 1;

    public int Channels => _reader?.Channels ?? 1;

    public string? Complaint
    {
        get
        {
            string text = _messages.Reason();
            return text.Length == 0 ? null : text;
        }
    }

    /// <summary>What the file is and says; null before it was read to its end, or if that is not the job.</summary>
    public AudioIdentity? Identity { get; private set; }

    /// <param name="path">The file.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="options">The budget.</param>
    /// <param name="job">What is wanted.</param>
    /// <param name="headerless">Whether its packets do not tell their rate (<see cref="AudioIdentity"/>).</param>
    /// <param name="token">Ends the child.</param>
    public static FfmpegProcess Start(string path, string name, AudioFileOptions options, FfmpegJob job, bool headerless, CancellationToken token)
    {
        string program = FfmpegProgram.Find(options.Decoder) ?? throw new FileNotFoundException(
            $"[audio] {name}: FFmpeg is not installed, and everything but WAV needs it. "
            + "Hint: apt-get install ffmpeg (Linux), brew install ffmpeg (macOS).",
            options.Decoder);
        string seconds = Math.Max(1, (long)options.DecoderTime.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        string[] first = ["-map", "0:a:0", "-vn", "-sn", "-dn", "-map_metadata", "-1"];
        Process process = FfmpegProgram.Run(program,
        [
            "-nostdin", "-hide_banner", "-loglevel", "level+error", "-max_alloc", LargestAllocation, "-cpuflags", "0", "-timelimit", seconds, "-threads", "1",
            "-protocol_whitelist", "file,pipe", "-format_whitelist", Formats, "-bitexact", "-reinit_filter", "0", "-i", "file:" + path,
            .. job == FfmpegJob.Identify ? [] : (string[])[.. first, "-c:a", "pcm_f32le", "-bitexact", "-f", "wav", "pipe:1"],
            .. job == FfmpegJob.Decode ? [] : (string[])
            [
                .. first, "-c:a", "copy", "-f", "streamhash", "-hash", "sha256", "pipe:1",

                // Vorbis comments in Ogg belong to the stream, everybody else's tags to the file; those of the file come first where both say the same.
                "-map_metadata", "0", "-map_metadata", "0:s:a:0", "-map_chapters", "-1", "-f", "ffmetadata", "pipe:2",
            ],
        ]);
        var source = new FfmpegProcess(process, name, options, headerless);
        try
        {
            using Watch watch = source.Watched(token);
            Stream stream = process.StandardOutput.BaseStream;
            if (job != FfmpegJob.Decode)
            {
                stream = source._tail = new TailStream(stream, HashStart.Length + HashDigits + 1);
            }
            if (job != FfmpegJob.Identify)
            {
                source._reader = Wav.Open(stream, name, WavLength.UntilEndIfUnknown);
            }
            return source;
        }
        catch (FileFormatException)
        {
            Exception problem = source.Stopped(token) ?? new FileFormatException($"[audio] {name}: there is no sound in it.");
            source.Dispose();
            throw problem;
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    public int Read(Span<float> interleaved, CancellationToken token = default)
    {
        if (_ended)
        {
            return 0;
        }
        int frames;
        try
        {
            using Watch watch = Watched(token);
            frames = _reader is null ? Nothing() : _reader.Read(interleaved, CancellationToken.None);
        }
        catch (FileFormatException) when (Stopped(token) is Exception better)
        {
            throw better;
        }
        if (frames == 0 && interleaved.Length >= Channels)
        {
            _ended = true;
            if (Stopped(token, 30_000) is Exception problem)
            {
                throw problem;
            }
            if (_tail is not null)
            {
                Identity = new AudioIdentity(PacketsSha256(_tail.Tail), _messages.Tags);
            }
        }
        return frames;
    }

    /// <summary>A wrapper and its owner may both end it: the second time does nothing.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }
        Kill(null);
        try
        {
            _process.WaitForExit();
            _errors.Wait();
        }
        catch (AggregateException)
        {
            // The pipe of messages broke: there is nobody left to tell.
        }
        _stall.Dispose();
        _reader?.Dispose();
        _tail?.Dispose();
        _process.Dispose();
    }

    /// <summary>Waits for the end of a child that sends no samples.</summary>
    private int Nothing() => _tail!.Read(stackalloc byte[1]) == 0 ? 0 : throw new FileFormatException($"[audio] {_name}: FFmpeg sent more than was asked for.");

    private string PacketsSha256(ReadOnlySpan<byte> tail)
    {
        string line = Encoding.ASCII.GetString(tail);
        string digits = line.Length > HashStart.Length ? line[HashStart.Length..].TrimEnd('\n') : "";
        if (!line.StartsWith(HashStart, StringComparison.Ordinal) || digits.Length != HashDigits || !digits.All(char.IsAsciiHexDigitLower))
        {
            throw new FileFormatException($"[audio] {_name}: FFmpeg decoded it and did not tell the hash of its packets. "
                + "Hint: version 4.4 or later does; euterpe doctor shows which one is used.");
        }
        return _headerless
            ? Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"packets {SampleRate} {Channels} {digits}\n"))))
            : digits;
    }

    /// <summary>Within it a read waits for the child, but not for ever: cancelled or stalled, the child ends, and its pipe closes.</summary>
    private Watch Watched(CancellationToken token)
    {
        _stall.Change(_options.Stall, Timeout.InfiniteTimeSpan);
        return new Watch(_stall, token.Register(static self => ((FfmpegProcess)self!).Kill("cancelled"), this));
    }

    private readonly struct Watch(Timer stall, CancellationTokenRegistration registration) : IDisposable
    {
        public void Dispose()
        {
            stall.Change(Timeout.Infinite, Timeout.Infinite);
            registration.Dispose();
        }
    }

    /// <summary>Why the stream ended early, after its end: cancelled, out of time, or what FFmpeg said; null where it simply ended well.</summary>
    private Exception? Stopped(CancellationToken token, int milliseconds = 2_000)
    {
        if (!_process.WaitForExit(milliseconds))
        {
            return null;                                       // it waits for us to read on: the trouble is in what it sent
        }
        _errors.Wait(CancellationToken.None);
        if (token.IsCancellationRequested)
        {
            return new OperationCanceledException(token);
        }
        if (_killedBecause is string why)
        {
            return AudioTrouble.With(AudioTrouble.BeyondLimits, $"[audio] {_name}: {why}");
        }
        if (_process.ExitCode == 0)
        {
            return null;
        }
        string reason = _messages.Reason();
        return _process.ExitCode is 152 or 137 or 158
            ? AudioTrouble.With(
                AudioTrouble.BeyondLimits,
                $"[audio] {_name}: FFmpeg used more than {_options.DecoderTime.TotalSeconds:N0} s of processor time and was ended.")
            : new FileFormatException($"[audio] {_name}: FFmpeg cannot decode it: {(reason.Length > 0 ? reason : $"exit code {_process.ExitCode}, no reason given")}");
    }

    private void Kill(string? because)
    {
        _killedBecause ??= because;
        try
        {
            _process.Kill();
        }
        catch (Exception problem) when (problem is InvalidOperationException or Win32Exception)
        {
            // It has already ended.
        }
    }
}
