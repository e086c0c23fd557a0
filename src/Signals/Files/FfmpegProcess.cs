using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Euterpe.Numerics;

namespace Euterpe.Signals.Files;

/// <summary>
/// One FFmpeg child that decodes one file to 32-bit float WAV of unknown length on a pipe: rate and channels come with it, so there is no second
/// probe. It is told nothing through a shell, opens only this file, and ends when the reader does.
/// </summary>
internal sealed class FfmpegProcess : IFrameSource
{
    // Plain containers of sound: nothing that names other files (playlists, concat, HLS, DASH), no devices, no text.
    private const string Formats = "aac,ac3,aiff,ape,asf,au,caf,eac3,flac,matroska,mov,mp3,mpc,mpc8,ogg,tak,tta,w64,wv";

    private static readonly ConcurrentDictionary<string, string?> Builds = new(StringComparer.Ordinal);

    private readonly Process _process;
    private readonly string _name;
    private readonly AudioFileOptions _options;
    private readonly Task _errors;
    private readonly StringBuilder _errorText = new();
    private readonly Timer _stall;
    private WavReader? _reader;
    private volatile string? _killedBecause;
    private bool _ended;
    private int _disposed;

    private FfmpegProcess(Process process, string name, AudioFileOptions options)
    {
        (_process, _name, _options) = (process, name, options);
        _errors = Task.Run(CollectErrors);
        _stall = new Timer(_ => Kill($"FFmpeg gave nothing for {options.Stall.TotalSeconds:N0} s and was ended."));
    }

    public int SampleRate => _reader!.SampleRate;

    public int Channels => _reader!.Channels;

    public string? Complaint
    {
        get
        {
            string text = Reason();
            return text.Length == 0 ? null : text;
        }
    }

    public static FfmpegProcess Start(string path, string name, AudioFileOptions options, CancellationToken token)
    {
        string program = Find(options.Decoder) ?? throw new FileNotFoundException(
            $"[audio] {name}: FFmpeg is not installed, and everything but WAV needs it. "
            + "Hint: apt-get install ffmpeg (Linux), brew install ffmpeg (macOS).",
            options.Decoder);
        string seconds = Math.Max(1, (long)options.DecoderTime.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        Process process = Run(program, "-nostdin", "-hide_banner", "-loglevel", "error", "-cpuflags", "0", "-timelimit", seconds, "-threads", "1",
            "-protocol_whitelist", "file,pipe", "-format_whitelist", Formats, "-bitexact", "-reinit_filter", "0", "-i", "file:" + path,
            "-map", "0:a:0", "-vn", "-sn", "-dn", "-map_metadata", "-1", "-c:a", "pcm_f32le", "-bitexact", "-f", "wav", "pipe:1");
        var source = new FfmpegProcess(process, name, options);
        try
        {
            using Watch watch = source.Watched(token);
            source._reader = Wav.Open(process.StandardOutput.BaseStream, name, WavLength.UntilEndIfUnknown);
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

    /// <summary>The first line of <c>-version</c>, asked once a process; null where the program is not there.</summary>
    public static string? Build(string decoder) => Find(decoder) is not string program ? null : Builds.GetOrAdd(program, static program =>
    {
        try
        {
            using Process process = Run(program, "-version");
            string? line = process.StandardOutput.ReadLine();
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return line is null ? null : Printable(line, 200);
        }
        catch (Win32Exception)
        {
            return null;
        }
    });

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
            frames = _reader!.Read(interleaved, CancellationToken.None);
        }
        catch (FileFormatException) when (Stopped(token) is Exception better)
        {
            throw better;
        }
        if (frames == 0 && interleaved.Length >= Channels)
        {
            _ended = true;
            if (Stopped(token) is Exception problem)
            {
                throw problem;
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
        _process.Dispose();
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
    private Exception? Stopped(CancellationToken token)
    {
        if (!_process.WaitForExit(2000))
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
            return new FileFormatException($"[audio] {_name}: {why}");
        }
        if (_process.ExitCode == 0)
        {
            return null;
        }
        string reason = Reason();
        return new FileFormatException(_process.ExitCode is 152 or 137 or 158
            ? $"[audio] {_name}: FFmpeg used more than {_options.DecoderTime.TotalSeconds:N0} s of processor time and was ended."
            : $"[audio] {_name}: FFmpeg cannot decode it: {(reason.Length > 0 ? reason : $"exit code {_process.ExitCode}, no reason given")}");
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

    private async Task CollectErrors()
    {
        byte[] bytes = new byte[2048];
        Stream stream = _process.StandardError.BaseStream;
        for (int read; (read = await stream.ReadAsync(bytes).ConfigureAwait(false)) > 0;)
        {
            lock (_errorText)
            {
                if (_errorText.Length < 4096)                  // the first complaints say most; the rest is drained
                {
                    _errorText.Append(Encoding.UTF8.GetString(bytes, 0, read));
                }
            }
        }
    }

    /// <summary>FFmpeg's complaints in one line: the first of a demuxer or decoder, then the verdict on the file.</summary>
    private string Reason()
    {
        string text;
        lock (_errorText)
        {
            text = _errorText.ToString();
        }
        string? first = null, verdict = null;
        foreach (string raw in text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            int bracket = raw.StartsWith('[') ? raw.IndexOf("] ", StringComparison.Ordinal) : -1;
            int address = raw.IndexOf(" @ ", StringComparison.Ordinal);
            if (bracket > 0)
            {
                first ??= $"{raw[(bracket + 2)..]} ({raw[1..(address > 0 && address < bracket ? address : bracket)]})";
            }
            else
            {
                int after = raw.StartsWith("file:", StringComparison.Ordinal) ? raw.LastIndexOf(": ", StringComparison.Ordinal) : -1;
                verdict ??= after > 0 ? raw[(after + 2)..] : raw;
            }
        }
        return Printable(first is null ? verdict ?? "" : verdict is null ? first : $"{verdict}; {first}", 300);
    }

    private static string Printable(string text, int most)
    {
        string line = string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)).Trim();
        return line.Length <= most ? line : line[..most] + "...";
    }

    private static Process Run(string program, params ReadOnlySpan<string> arguments)
    {
        var start = new ProcessStartInfo(program)
        {
            UseShellExecute = false,
            CreateNoWindow = true,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }
        start.Environment.Remove("FFREPORT");                  // it would write log files
        start.Environment["AV_LOG_FORCE_NOCOLOR"] = "1";
        Process process = Process.Start(start) ?? throw new InvalidOperationException("No process was started.");
        process.StandardInput.Close();
        return process;
    }

    /// <summary>The program's absolute path. PATH is walked here, since .NET would also look into the current folder.</summary>
    private static string? Find(string decoder)
    {
        if (Path.IsPathFullyQualified(decoder))
        {
            return File.Exists(decoder) ? decoder : null;
        }
        string[] endings = OperatingSystem.IsWindows() ? [".exe"] : [""];
        foreach (string folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            foreach (string ending in endings)
            {
                string path = Path.Combine(folder, decoder + ending);
                if (Path.IsPathFullyQualified(folder) && File.Exists(path))
                {
                    return path;
                }
            }
        }
        return null;
    }
}
