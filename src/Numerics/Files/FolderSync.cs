using System.Runtime.InteropServices;

namespace Euterpe.Numerics.Files;

/// <summary>
/// A rename is safe against a power cut when the folder that holds the name is on the disk too. .NET opens no folders, so this asks the system.
/// </summary>
[Experimental("EUTERPE001")]
public static partial class FolderSync
{
    /// <summary>
    /// Brings a folder's names to the disk. Does nothing on Windows, whose file systems keep a journal of names, and where a file system cannot.
    /// </summary>
    public static void Flush(string folder)
    {
        if (OperatingSystem.IsWindows())
            return;
        int handle = Open(folder, 0);
        if (handle < 0)
            return;
        _ = Synchronise(handle);
        _ = Close(handle);
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Synchronise(int handle);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int handle);
}
