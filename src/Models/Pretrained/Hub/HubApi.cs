using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Euterpe.Numerics;
using Euterpe.Numerics.Files;

namespace Euterpe.Models.Pretrained.Hub;

/// <summary>What the hub says of a repository: which commit a revision is, its files with sizes and hashes, its licence.</summary>
internal sealed class HubApi(HubSettings settings, Wire wire)
{
    private const int LargestAnswer = 32 << 20, MostFiles = 20_000;

    private const long LargestFile = 1L << 40;

    /// <summary>
    /// Asks once: the answer holds the commit, so that every file comes from the same one, whatever happens to the branch meanwhile.
    /// </summary>
    public async Task<HubModel> Describe(ModelName name, CancellationToken token)
    {
        string revision = name.Revision ?? ModelName.MainBranch;
        Uri address = wire.Address($"/api/models/{name.Repository}/revision/{Uri.EscapeDataString(revision)}?blobs=true");
        var patience = new Patience(settings, name.ToString());
        while (true)
        {
            try
            {
                byte[] answer = await Read(address, name, token).ConfigureAwait(false);
                return Parse(answer, name);
            }
            catch (PassingException failure)
            {
                await patience.Wait(failure, progress: false, token).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Size and hash of one file, for servers whose lists lack them.</summary>
    public async Task<HubFile> Ask(HubModel model, HubFile file, CancellationToken token)
    {
        var patience = new Patience(settings, file.Path);
        while (true)
        {
            try
            {
                using var watch = new StallWatch(settings, token);
                using WireResponse response = await wire.Send(HttpMethod.Head, Resolve(wire, model, file), null, watch).ConfigureAwait(false);
                if (response.Status != HttpStatusCode.OK && !Wire.IsRedirect(response.Status))
                    throw HubErrors.Of(response, new ModelName(model.Repository, model.Commit), file.Path, settings);
                long? size = response.LinkedSize ?? response.Message.Content.Headers.ContentLength;
                if (size is null or < 0 or > LargestFile)
                    throw new ModelFileException($"[pull] {model.Repository}: the server does not say how large {FileText.Shown(file.Path)} is.");
                string? etag = response.LinkedEtag;
                return file with { Size = size.Value, Sha256 = etag?.Length == 64 ? etag : null, GitHash = etag?.Length == 40 ? etag : null };
            }
            catch (PassingException failure)
            {
                await patience.Wait(failure, progress: false, token).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Where a file of a commit is.</summary>
    public static Uri Resolve(Wire wire, HubModel model, HubFile file) => wire.Address(
        $"/{model.Repository}/resolve/{model.Commit}/{string.Join('/', file.Path.Split('/').Select(Uri.EscapeDataString))}");

    private async Task<byte[]> Read(Uri address, ModelName name, CancellationToken token)
    {
        using var watch = new StallWatch(settings, token);
        using WireResponse response = await wire.Send(HttpMethod.Get, address, headers => headers.Accept.ParseAdd("application/json"),
            watch).ConfigureAwait(false);
        if (response.Status != HttpStatusCode.OK)
            throw HubErrors.Of(response, name, null, settings);
        long? length = response.Message.Content.Headers.ContentLength;
        if (length > LargestAnswer)
            throw new ModelFileException($"[pull] {name}: the server's list of files has {length:N0} bytes; at most {LargestAnswer:N0} are read.");
        var answer = new ArrayBufferWriter<byte>(1 << 16);
        try
        {
            Stream body = await response.Message.Content.ReadAsStreamAsync(watch.Token).ConfigureAwait(false);
            await using (body.ConfigureAwait(false))
            {
                while (true)
                {
                    int count = await body.ReadAsync(answer.GetMemory(1 << 14), watch.Token).ConfigureAwait(false);
                    if (count == 0)
                        break;
                    watch.Came(count);
                    answer.Advance(count);
                    if (answer.WrittenCount > LargestAnswer)
                        throw new ModelFileException($"[pull] {name}: the server's list of files has more than {LargestAnswer:N0} bytes.");
                }
            }
        }
        catch (Exception error) when (error is HttpRequestException or IOException or OperationCanceledException)
        {
            throw watch.Explain(error, address.Host);
        }

        if (length is not null && answer.WrittenCount != length)
            throw new PassingException($"{address.Host} announced {length:N0} bytes and sent {answer.WrittenCount:N0}");
        ReadOnlySpan<byte> start = answer.WrittenSpan.TrimStart(" \t\r\n\uFEFF"u8);
        string? kind = response.Message.Content.Headers.ContentType?.MediaType;
        if (start.IsEmpty || start[0] != '{' || kind?.Contains("html", StringComparison.OrdinalIgnoreCase) == true)
        {
            throw new ModelFileException($"[pull] {name}: {address.Host} answered with "
                + $"{(kind is null ? "something else" : FileText.Shown(kind, 40))} instead of JSON. "
                + "Hint: is HF_ENDPOINT a hub, and does a proxy or a sign-in page stand between?");
        }

        return answer.WrittenSpan.ToArray();
    }

    private static HubModel Parse(byte[] answer, ModelName name)
    {
        try
        {
            using JsonDocument document = StrictJson.ParseObject(answer, $"the hub's answer for {name}");
            return Parse(document.RootElement, name);
        }
        catch (FileFormatException error)
        {
            throw new ModelFileException($"[pull] {name}: what the server says cannot be read: {error.Message}", error);
        }
    }

    private static HubModel Parse(JsonElement root, ModelName name)
    {
        string? commit = Text(root, "sha");
        if (!HubPath.IsHash(commit, 40))
            throw Wrong(name, $"\"sha\" is {FileText.Shown(commit ?? "missing")}, and should be a commit");
        if (name.Revision is { } asked && ModelName.IsCommit(asked) && asked != commit)
            throw Wrong(name, $"the commit {asked} was asked for, and the server speaks of {commit}");
        if (!root.TryGetProperty("siblings", out JsonElement list) || list.ValueKind != JsonValueKind.Array)
            throw Wrong(name, "\"siblings\", the list of files, is missing");
        if (list.GetArrayLength() > MostFiles)
            throw Wrong(name, $"{list.GetArrayLength():N0} files are listed; at most {MostFiles:N0} are read");
        var files = new List<HubFile>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (JsonElement each in list.EnumerateArray())
        {
            string path = (each.ValueKind == JsonValueKind.Object ? Text(each, "rfilename") : null)
                ?? throw Wrong(name, "a file without a name is listed");
            HubPath.CheckListed(path, name.Repository);
            if (!seen.Add(path))
                throw Wrong(name, $"{FileText.Shown(path)} is listed twice");
            files.Add(File(each, path, name));
        }

        JsonElement card = root.TryGetProperty("cardData", out JsonElement data) && data.ValueKind == JsonValueKind.Object ? data : default;
        bool gated = root.TryGetProperty("gated", out JsonElement gate) && gate.ValueKind is JsonValueKind.True or JsonValueKind.String;
        return new HubModel(name.Repository, commit!, files, Licence(root, card), gated);
    }

    private static HubFile File(JsonElement each, string path, ModelName name)
    {
        long size = -1;
        string? git = Text(each, "blobId"), sha = null;
        if (each.TryGetProperty("size", out JsonElement stated) && stated.ValueKind == JsonValueKind.Number)
            size = Size(stated, path, name);
        if (each.TryGetProperty("lfs", out JsonElement lfs) && lfs.ValueKind == JsonValueKind.Object)
        {
            // The hash of a pointer file says nothing of the content.
            git = null;
            sha = Text(lfs, "sha256") ?? Text(lfs, "oid")?.Replace("sha256:", "", StringComparison.Ordinal);
            if (lfs.TryGetProperty("size", out JsonElement large) && large.ValueKind == JsonValueKind.Number)
                size = Size(large, path, name);
        }

        if (git is not null && !HubPath.IsHash(git, 40))
            throw Wrong(name, $"{FileText.Shown(path)} has the git hash {FileText.Shown(git)}, which is none");
        if (sha is not null && !HubPath.IsHash(sha, 64))
            throw Wrong(name, $"{FileText.Shown(path)} has the SHA-256 {FileText.Shown(sha)}, which is none");
        return new HubFile(path, size, git, sha);
    }

    private static long Size(JsonElement stated, string path, ModelName name) =>
        stated.TryGetInt64(out long size) && size is >= 0 and <= LargestFile ? size
            : throw Wrong(name, $"{FileText.Shown(path)} is said to have {FileText.Shown(stated.GetRawText(), 40)[1..^1]} bytes; "
                + $"0 to {LargestFile:N0} are believed");

    private static ModelLicence? Licence(JsonElement root, JsonElement card)
    {
        string? id = Printable(card, "license");
        if (id is null && root.TryGetProperty("tags", out JsonElement tags) && tags.ValueKind == JsonValueKind.Array)
        {
            id = tags.EnumerateArray().Where(tag => tag.ValueKind == JsonValueKind.String).Select(tag => tag.GetString()!)
                .FirstOrDefault(tag => tag.StartsWith("license:", StringComparison.Ordinal))?["license:".Length..];
        }

        return id is not { Length: > 0 and <= 80 } || id.Any(char.IsControl) ? null
            : new ModelLicence(id, Printable(card, "license_name"), Printable(card, "license_link"));
    }

    private static string? Printable(JsonElement card, string key)
    {
        if (card.ValueKind != JsonValueKind.Object || !card.TryGetProperty(key, out JsonElement value))
            return null;
        string? text = value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Array when value.GetArrayLength() is > 0 and < 8
                && value.EnumerateArray().All(each => each.ValueKind == JsonValueKind.String) =>
                string.Join(", ", value.EnumerateArray().Select(each => each.GetString())),
            _ => null,
        };
        return text is { Length: > 0 } ? FileText.Shown(text, 200)[1..^1] : null;
    }

    private static string? Text(JsonElement json, string key) =>
        json.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static ModelFileException Wrong(ModelName name, string what) =>
        new(string.Create(CultureInfo.InvariantCulture, $"[pull] {name}: the server's answer is not to be trusted: {what}. Nothing was fetched."));
}
