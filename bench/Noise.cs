using System.Diagnostics;
using System.Globalization;

namespace Euterpe.Bench;

/// <summary>How much of a core other processes used while we measured: busy time of the machine less our own and our peers'.</summary>
internal sealed class Noise(Session session)
{
    private readonly double _busy = BusySeconds();
    private readonly double _own = OwnSeconds(session);
    private readonly long _start = Stopwatch.GetTimestamp();

    /// <summary>The mean share of one core that others used since the start; 0 where /proc/stat is not there.</summary>
    public double Share()
    {
        double elapsed = Stopwatch.GetElapsedTime(_start).TotalSeconds;
        double others = BusySeconds() - _busy - (OwnSeconds(session) - _own);
        return elapsed <= 0 ? 0 : Math.Max(0, others / elapsed);
    }

    private static double OwnSeconds(Session session)
    {
        using var self = Process.GetCurrentProcess();
        return self.TotalProcessorTime.TotalSeconds + session.Peers.Sum(p => p.ProcessorTime.TotalSeconds + EndedChildrenSeconds($"/proc/{p.Id}/stat"))
            + EndedChildrenSeconds("/proc/self/stat");
    }

    /// <summary>Programs that a process started and that have ended (its cutime and cstime): a round may be a whole program, or start a decoder for each file.</summary>
    private static double EndedChildrenSeconds(string stat)
    {
        if (!File.Exists(stat))
        {
            return 0;
        }
        string text = File.ReadAllText(stat);
        string[] fields = text[(text.LastIndexOf(')') + 2)..].Split(' '); // the name before it may hold anything
        double Ticks(int i) => double.Parse(fields[i - 3], CultureInfo.InvariantCulture);
        return (Ticks(16) + Ticks(17)) / 100;
    }

    /// <summary>user + nice + system + irq + softirq of all cores, in seconds (USER_HZ is 100).</summary>
    private static double BusySeconds()
    {
        if (!File.Exists("/proc/stat"))
        {
            return 0;
        }
        string[] fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        double Ticks(int i) => double.Parse(fields[i], CultureInfo.InvariantCulture);
        return (Ticks(1) + Ticks(2) + Ticks(3) + Ticks(6) + Ticks(7)) / 100;
    }
}
