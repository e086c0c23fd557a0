using System.Runtime.InteropServices;

namespace Euterpe.Numerics;

/// <summary>Long work that should not be in anybody's way: a thread of its own with the lowest priority that the system gives.</summary>
[Experimental("EUTERPE001")]
public static partial class BackgroundThread
{
    private const int LowestPriority = 19;
    private const long GetThreadIdX64 = 186;
    private const long GetThreadIdArm64 = 178;

    /// <summary>Runs <paramref name="work"/> to its end; the task ends as it does.</summary>
    public static Task Run(Action work)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            LowerPriority();
            try
            {
                work();
                done.SetResult();
            }
            catch (OperationCanceledException cancelled)
            {
                done.SetCanceled(cancelled.CancellationToken);
            }
            catch (Exception problem)
            {
                done.SetException(problem);
            }
        })
        { IsBackground = true, Name = "euterpe background", Priority = ThreadPriority.Lowest };
        thread.Start();
        return done.Task;
    }

    // On Linux the runtime's priorities do nothing; the nice value of a thread does.
    private static void LowerPriority()
    {
        if (!OperatingSystem.IsLinux())
            return;
        long number = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => GetThreadIdX64,
            Architecture.Arm64 => GetThreadIdArm64,
            _ => 0,
        };
        if (number != 0 && SystemCall(number) is > 0 and <= int.MaxValue and var thread)
            _ = SetPriority(0, (uint)thread, LowestPriority);
    }

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial long SystemCall(long number);

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, uint who, int priority);
}
