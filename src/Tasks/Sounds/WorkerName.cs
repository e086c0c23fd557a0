using System.Diagnostics;
using System.Globalization;

namespace Euterpe.Tasks.Sounds;

/// <summary>
/// What a worker is called in the queue: machine, process and when that began, so that others on the same machine can tell that it is dead
/// long before its leases expire.
/// </summary>
internal static class WorkerName
{
    private static readonly Lazy<string> s_id = new(() => Read("/etc/machine-id"));
    private static readonly Lazy<string> s_start = new(Start);
    private static int s_count;

    /// <summary>A name that no other worker has.</summary>
    public static string New() =>
        string.Create(CultureInfo.InvariantCulture, $"{Machine}/{s_start.Value}/{Environment.ProcessId}/{BeginOf(Environment.ProcessId)}/{Interlocked.Increment(ref s_count)}");

    /// <summary>Whether a worker was a process of this machine (and of this container) that is not there any more. False where nobody can tell.</summary>
    public static bool IsDead(string worker)
    {
        string[] parts = worker.Split('/');
        if (parts.Length != 5 || parts[0] != Machine || !int.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out int process))
            return false;
        if (parts[1] == s_start.Value)
            return BeginOf(process) != parts[3];

        // The same machine, started again since.
        return s_id.Value.Length > 0 && parts[1].Split(' ')[0] != s_start.Value.Split(' ')[0];
    }

    /// <summary>When a process began, in whatever unit the system has; empty where it is not there.</summary>
    private static string BeginOf(int process)
    {
        try
        {
            if (!OperatingSystem.IsLinux())
            {
                using var found = Process.GetProcessById(process);
                return found.StartTime.Ticks.ToString(CultureInfo.InvariantCulture);
            }

            // The name in parentheses may hold anything; behind it: the state (Z: dead, not yet buried), and the begin as the 20th field from there.
            string line = File.ReadAllText($"/proc/{process}/stat");
            string[] fields = line[(line.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is "Z" or "X" ? "" : fields[19];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException)
        {
            return "";
        }
    }

    private static string Machine => $"{Environment.MachineName} {s_id.Value}".Replace('/', '-');

    /// <summary>The machine's start, and the container: process numbers mean the same within it.</summary>
    private static string Start()
    {
        string space = new FileInfo("/proc/self/ns/pid").LinkTarget ?? "";
        return $"{Read("/proc/sys/kernel/random/boot_id")} {string.Concat(space.Where(char.IsAsciiDigit))}".Replace('/', '-');
    }

    private static string Read(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllText(path).Trim() : "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
