namespace Euterpe.Search.Vectors;

/// <summary>One writer of a file at a time on this machine: a lock on its name with <c>.lock</c> behind it, which ends with its process.</summary>
internal static class FileLock
{
    public static FileStream Take(string path)
    {
        try
        {
            return new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
        }
        catch (IOException problem) when (problem is not (FileNotFoundException or DirectoryNotFoundException) && File.Exists(path + ".lock"))
        {
            throw new IOException($"[vectors] {Path.GetFileName(path)} is being written by another process, or by another part of this one: "
                + $"{Path.GetFileName(path)}.lock is held. Hint: try again when that has ended.", problem);
        }
    }
}
