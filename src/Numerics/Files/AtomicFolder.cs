namespace Euterpe.Numerics.Files;

/// <summary>A folder of files is there whole or not at all: it is written under another name beside, brought to the disk, then renamed.</summary>
[Experimental("EUTERPE001")]
public static class AtomicFolder
{
    private static int count;

    /// <summary>Makes <paramref name="path"/>, which must not be there, or be empty, of the files that <paramref name="write"/> writes into the folder that it is given.</summary>
    public static void Write(string path, Action<string> write)
    {
        string target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (File.Exists(target) || (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any()))
            throw new IOException($"[folder] {target} is there already. Hint: name a new folder, or an empty one.");
        string parent = Path.GetDirectoryName(target) ?? throw new IOException($"[folder] {target} cannot be made.");
        Directory.CreateDirectory(parent);
        string partial = Path.Combine(parent, $".{Path.GetFileName(target)}.{Environment.ProcessId}-{Interlocked.Increment(ref count)}.partial");
        try
        {
            Directory.CreateDirectory(partial);
            write(partial);
            foreach (string file in Directory.EnumerateFiles(partial))
            {
                using FileStream stream = new(file, FileMode.Open, FileAccess.ReadWrite);
                stream.Flush(flushToDisk: true);
            }

            FolderSync.Flush(partial);
            if (Directory.Exists(target))
                Directory.Delete(target);
            Directory.Move(partial, target);
            FolderSync.Flush(parent);
        }
        catch
        {
            if (Directory.Exists(partial))
                Directory.Delete(partial, recursive: true);
            throw;
        }
    }
}
