using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Euterpe.Models.Pretrained.Hub;

/// <summary>The hash by which the hub knows a content: SHA-256 of large files, SHA-1 of the git object of small ones.</summary>
internal sealed class ContentHash : IDisposable
{
    private readonly long size;
    private readonly bool git;
    private readonly IncrementalHash hash;

    /// <param name="size">Of the whole content: git hashes it first.</param>
    /// <param name="git">Whether git's hash is wanted.</param>
    public ContentHash(long size, bool git)
    {
        (this.size, this.git) = (size, git);
        // Git names its objects by SHA-1; nothing here rests on it that the connection does not secure as well.
#pragma warning disable CA5350
        hash = IncrementalHash.CreateHash(git ? HashAlgorithmName.SHA1 : HashAlgorithmName.SHA256);
#pragma warning restore CA5350
        Restart();
    }

    /// <summary>How much of the content has been seen.</summary>
    public long Position { get; private set; }

    public void Add(ReadOnlySpan<byte> bytes)
    {
        hash.AppendData(bytes);
        Position += bytes.Length;
    }

    public void Restart()
    {
        if (Position > 0)
            hash.GetHashAndReset();
        Position = 0;
        if (git)
        {
            hash.GetHashAndReset();
            hash.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {size}\0")));
        }
    }

    public string Finish() => Convert.ToHexStringLower(hash.GetCurrentHash());

    public void Dispose() => hash.Dispose();

    /// <summary>The hash of a file as it lies.</summary>
    public static string Of(string path, bool git, CancellationToken token = default, Action<int>? read = null)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.SequentialScan);
        using var hash = new ContentHash(stream.Length, git);
        byte[] block = new byte[1 << 20];
        for (int count; (count = stream.Read(block)) > 0;)
        {
            token.ThrowIfCancellationRequested();
            hash.Add(block.AsSpan(0, count));
            read?.Invoke(count);
        }

        return hash.Finish();
    }
}
