using System.Net;
using System.Net.Http.Headers;
using Euterpe.Numerics;
using Euterpe.Numerics.Files;

namespace Euterpe.Models.Pretrained.Hub;

/// <summary>
/// Brings one content into the cache: resumes what is there, checks length and hash, and only then gives it its name. What came stays in a file
/// .incomplete
/// whatever happens, and with it the ETag of who sent it, so that no two versions are ever put together.
/// </summary>
internal sealed class Download(HubSettings settings, Wire wire, HubCache cache, HubModel model, HubFile file, Action<long> came, Action<string> says)
{
    private const int BlockBytes = 1 << 17;

    private static readonly TimeSpan LockWait = TimeSpan.FromMilliseconds(250);

    // Small files of servers that name no hash: kept under the path's hash until their own is known.
    private readonly string name = file.Blob ?? "unnamed-"
        + Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(file.Path)));

    private string Incomplete => cache.Blob(model.Repository, name + ".incomplete");

    private string Sender => Incomplete + ".etag";

    /// <summary>Returns the name of the content, and whether it was fetched now.</summary>
    public async Task<(string Hash, bool Fresh)> Run(CancellationToken token)
    {
        Directory.CreateDirectory(cache.Blobs(model.Repository));
        bool waited = false;
        while (true)
        {
            if (file.Blob is { } known && cache.HasBlob(model.Repository, known, file.Size))
                return (known, false);
            using IDisposable? held = cache.TryLock(model.Repository, name);
            if (held is not null)
                return file.Blob is { } hash && cache.HasBlob(model.Repository, hash, file.Size) ? (hash, false)
                    : (await Fetch(token).ConfigureAwait(false), true);
            if (!waited)
                says($"another process is fetching {file.Path}: waiting for it");
            waited = true;
            await Task.Delay(LockWait, settings.Clock, token).ConfigureAwait(false);
        }
    }

    private async Task<string> Fetch(CancellationToken token)
    {
        using var hash = new ContentHash(file.Size, file.Sha256 is null);
        bool resumed = false;
        var patience = new Patience(settings, file.Path);
        var stream = new FileStream(Incomplete, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, 1, FileOptions.Asynchronous);
        await using (stream.ConfigureAwait(false))
        {
            while (true)
            {
                long before = await Begin(stream, hash, token).ConfigureAwait(false);
                resumed |= before > 0;
                try
                {
                    if (before < file.Size || file.Size == 0)
                        await Attempt(stream, hash, before, token).ConfigureAwait(false);
                    string found = hash.Finish();
                    if (file.Blob is not null && found != file.Blob)
                    {
                        Forget(stream);
                        hash.Restart();
                        came(-file.Size);
                        if (!resumed)
                        {
                            throw new ModelFileException($"[pull] {model.Repository}: {FileText.Shown(file.Path)} is not what the server announced: "
                                + $"{(file.Sha256 is null ? "git hash" : "SHA-256")} {found}, expected {file.Blob}. It was thrown away.");
                        }

                        // What was there before may have been of another time.
                        says($"{file.Path}: the parts do not fit together, from the start again");
                        resumed = false;
                        continue;
                    }

                    stream.Flush(flushToDisk: true);
                    stream.Close();
                    File.Move(Incomplete, cache.Blob(model.Repository, found), overwrite: true);
                    FolderSync.Flush(cache.Blobs(model.Repository));
                    File.Delete(Sender);
                    return found;
                }
                catch (PassingException failure)
                {
                    stream.Flush(flushToDisk: true);
                    bool progress = stream.Length > before;
                    says($"{file.Path}: {failure.Message}; trying again");
                    await patience.Wait(failure, progress, token).ConfigureAwait(false);
                }
            }
        }
    }

    /// <summary>Reads what is there into the hash; returns how much that is.</summary>
    private async Task<long> Begin(FileStream stream, ContentHash hash, CancellationToken token)
    {
        if (stream.Length > file.Size)
            Forget(stream);
        if (hash.Position != stream.Length)
        {
            came(-hash.Position);
            hash.Restart();
            stream.Position = 0;
            byte[] block = new byte[BlockBytes];
            for (int count; (count = await stream.ReadAsync(block, token).ConfigureAwait(false)) > 0;)
                hash.Add(block.AsSpan(0, count));
            came(hash.Position);
        }

        stream.Position = stream.Length;
        return stream.Length;
    }

    private async Task Attempt(FileStream stream, ContentHash hash, long offset, CancellationToken token)
    {
        string? sender = offset > 0 && File.Exists(Sender) ? await File.ReadAllTextAsync(Sender, token).ConfigureAwait(false) : null;
        using var watch = new StallWatch(settings, token);
        using WireResponse response = await wire.Send(HttpMethod.Get, HubApi.Resolve(wire, model, file), headers =>
        {
            if (offset == 0)
                return;
            headers.Range = new RangeHeaderValue(offset, null);
            if (sender is not null && EntityTagHeaderValue.TryParse(sender, out EntityTagHeaderValue? tag) && !tag.IsWeak)
                headers.IfRange = new RangeConditionHeaderValue(tag);
        }, watch).ConfigureAwait(false);
        if (response.Status == HttpStatusCode.RequestedRangeNotSatisfiable && offset > 0)
        {
            Forget(stream);
            throw new PassingException("the server has less than what is here");
        }

        if (response.Status is not (HttpStatusCode.OK or HttpStatusCode.PartialContent))
            throw HubErrors.Of(response, new ModelName(model.Repository, model.Commit), file.Path, settings);
        long expected = Agree(response, stream, hash, offset, sender);
        string host = settings.Endpoint.Host;
        byte[] block = new byte[BlockBytes];
        try
        {
            using Stream body = await response.Message.Content.ReadAsStreamAsync(watch.Token).ConfigureAwait(false);
            while (await Read(body, block, watch).ConfigureAwait(false) is > 0 and int count)
            {
                if (stream.Position + count > file.Size)
                    throw Lies($"sends more than the {file.Size:N0} bytes that it announced");
                await stream.WriteAsync(block.AsMemory(0, count), token).ConfigureAwait(false);
                hash.Add(block.AsSpan(0, count));
                came(count);
            }
        }
        finally
        {
            await stream.FlushAsync(CancellationToken.None).ConfigureAwait(false);
        }

        if (stream.Position < file.Size)
            throw new PassingException($"the connection to {host} ended after {stream.Position:N0} of {expected:N0} bytes");
    }

    private async Task<int> Read(Stream body, Memory<byte> block, StallWatch watch)
    {
        try
        {
            int count = await body.ReadAsync(block, watch.Token).ConfigureAwait(false);
            watch.Came(count);
            return count;
        }
        catch (Exception error) when (error is HttpRequestException or IOException or OperationCanceledException)
        {
            throw watch.Explain(error, settings.Endpoint.Host);
        }
    }

    /// <summary>Looks at the headers before a byte is taken; starts anew where the server sends the whole. Returns the size.</summary>
    private long Agree(WireResponse response, FileStream stream, ContentHash hash, long offset, string? sender)
    {
        HttpContentHeaders content = response.Message.Content.Headers;
        if (response.Commit is { } commit && commit != model.Commit)
            throw Lies($"answers for commit {FileText.Shown(commit)}, asked for {model.Commit}");
        if (response.LinkedEtag is { } etag && file.Blob is { } blob && etag.Length == blob.Length && etag != blob)
            throw Lies($"names the hash {etag}, and named {blob} before");
        if (response.LinkedSize is { } size && size != file.Size)
            throw Lies($"says {size:N0} bytes, and said {file.Size:N0} before");
        if (content.ContentEncoding.Any(each => each != "identity"))
            throw Lies($"packs it ({FileText.Shown(content.ContentEncoding.First())}), which was not asked for");
        string? tag = response.Message.Headers.ETag is { IsWeak: false } strong ? strong.ToString() : null;
        if (response.Status == HttpStatusCode.PartialContent)
        {
            ContentRangeHeaderValue? range = content.ContentRange;
            bool other = sender is not null && tag is not null && tag != sender;
            if (offset == 0 || other || range?.From != offset || (range.HasLength && range.Length != file.Size))
            {
                Forget(stream);
                throw new PassingException(other ? "the server has another version now" : "the server sent another part than was asked for");
            }
        }
        else
        {
            if (offset > 0)
            {
                came(-offset);
                Forget(stream);
                hash.Restart();
            }

            if (content.ContentLength is { } length && length != file.Size)
            {
                string page = content.ContentType?.MediaType?.Contains("html", StringComparison.OrdinalIgnoreCase) == true
                    ? " It is a web page. Hint: does a proxy or a sign-in page stand between?" : "";
                throw Lies($"sends {length:N0} bytes, and listed {file.Size:N0}", page);
            }
        }

        if (tag is not null)
            File.WriteAllText(Sender, tag);
        else
            File.Delete(Sender);
        return file.Size;
    }

    private void Forget(FileStream stream)
    {
        stream.SetLength(0);
        stream.Position = 0;
        File.Delete(Sender);
    }

    private ModelFileException Lies(string what, string hint = "") =>
        new($"[pull] {model.Repository}: the server does not agree with itself about {FileText.Shown(file.Path)}: "
            + $"it {what}.{hint} Nothing of it was kept as whole.");
}
