using System.Diagnostics;
using System.Globalization;

namespace Euterpe.Bench;

/// <summary>
/// A peer as a child process that waits for work: it prints <c>ready</c> once, then for each line it is given runs the work once and answers with the milliseconds it took,
/// on one line. So the rounds of ours and the peer's alternate, in the same seconds of the same machine.
/// </summary>
internal sealed class PeerProcess : IDisposable
{
    private readonly Process _process;
    private readonly string _name;

    public PeerProcess(string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        _name = $"{Path.GetFileName(program)} {string.Join(' ', arguments)}";
        var start = new ProcessStartInfo(program) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }
        try
        {
            _process = Process.Start(start) ?? throw new BenchException($"{_name} did not start.");
        }
        catch (System.ComponentModel.Win32Exception problem)
        {
            throw new BenchException($"{_name} did not start: {problem.Message}. Hint: ./bench.sh installs the peers; run it rather than the program.");
        }
        string? line = _process.StandardOutput.ReadLine();
        if (line is null || !line.StartsWith("ready", StringComparison.Ordinal))
        {
            throw new BenchException($"{_name} should have said 'ready', and said '{line ?? "nothing"}'.");
        }
        Version = line["ready".Length..].Trim();
    }

    /// <summary>What the peer said of itself after <c>ready</c>: name and version.</summary>
    public string Version { get; }

    /// <summary>The child's number.</summary>
    public int Id => _process.Id;

    /// <summary>Processor time of the child so far.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.HasExited ? TimeSpan.Zero : _process.TotalProcessorTime;
        }
    }

    /// <summary>One run of the work that <paramref name="request"/> names; milliseconds.</summary>
    public double Ask(string request)
    {
        _process.StandardInput.WriteLine(request);
        _process.StandardInput.Flush();
        string? line = _process.StandardOutput.ReadLine();
        return double.TryParse(line, NumberStyles.Float, CultureInfo.InvariantCulture, out double milliseconds)
            ? milliseconds
            : throw new BenchException($"{_name} should have answered '{request}' with milliseconds, and answered '{line ?? "nothing"}'.");
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }
        _process.Dispose();
    }
}
