using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Euterpe.Tasks;

/// <summary>The lowest priority for this process. Threads and children that are made later inherit it.</summary>
internal static class IdlePriority
{
    /// <summary>Sets it; where the system does not allow it, things stay as they are.</summary>
    public static void Set()
    {
        Set(Process.GetCurrentProcess());
        if (!OperatingSystem.IsLinux())
            return;

        // Linux keeps a priority for each thread, and has a number for each as if it were a process.
        foreach (string thread in Directory.GetDirectories("/proc/self/task"))
        {
            try
            {
                Set(Process.GetProcessById(int.Parse(Path.GetFileName(thread), CultureInfo.InvariantCulture)));
            }
            catch (ArgumentException)
            {
                // It has just ended.
            }
        }
    }

    private static void Set(Process process)
    {
        try
        {
            process.PriorityClass = ProcessPriorityClass.Idle;
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException or PlatformNotSupportedException)
        {
            // Not allowed, or ended.
        }
        finally
        {
            process.Dispose();
        }
    }
}
