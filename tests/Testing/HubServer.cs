using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Euterpe.Testing;

/// <summary>What a client asked for.</summary>
public sealed record HubRequest(string Method, string Path, IReadOnlyDictionary<string, string> Headers)
{
    public string? Header(string name) => Headers.TryGetValue(name, out string? value) ? value : null;

    public bool IsFile => Path.Contains("/resolve/", StringComparison.Ordinal);
}

/// <summary>What the server answers, and how badly.</summary>
public sealed record HubReply(int Status, byte[] Body)
{
    public Dictionary<string, string> Headers { get; init; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Content-Length as it is said; null for the truth, -1 for none.</summary>
    public long? StatedLength { get; init; }

    /// <summary>How many bytes go out before the connection breaks; null for all.</summary>
    public int? BreakAfter { get; init; }

    /// <summary>Bytes at a time, and milliseconds between; null for all at once.</summary>
    public (int Bytes, int Milliseconds)? Drip { get; init; }

    public HubReply With(string header, string value)
    {
        Headers[header] = value;
        return this;
    }

    public static HubReply Text(int status, string text, string type = "application/json") =>
        new HubReply(status, Encoding.UTF8.GetBytes(text)).With("Content-Type", type);
}

/// <summary>A repository of the server.</summary>
public sealed class HubRepository
{
    public string Commit { get; set; } = new('a', 40);

    public Dictionary<string, byte[]> Files { get; } = new(StringComparer.Ordinal);

    /// <summary>Files that are sent from another address, as large ones are: known by SHA-256.</summary>
    public HashSet<string> Large { get; } = new(StringComparer.Ordinal);

    public string? Licence { get; set; } = "apache-2.0";

    /// <summary>Changes the list of files before it is sent.</summary>
    public Action<JsonObject>? Edit { get; set; }

    public string Hash(string path) => Large.Contains(path) ? Convert.ToHexStringLower(SHA256.HashData(Files[path])) : GitHash(Files[path]);

    public static string GitHash(byte[] content)
    {
#pragma warning disable CA5350
        return Convert.ToHexStringLower(SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {content.Length}\0"), .. content]));
#pragma warning restore CA5350
    }

    public JsonObject Describe(string name)
    {
        var siblings = new JsonArray();
        foreach ((string path, byte[] content) in Files)
        {
            var file = new JsonObject { ["rfilename"] = path, ["size"] = content.Length, ["blobId"] = GitHash(content) };
            if (Large.Contains(path))
                file["lfs"] = new JsonObject { ["sha256"] = Hash(path), ["size"] = content.Length, ["pointerSize"] = 134 };
            siblings.Add(file);
        }

        var json = new JsonObject { ["id"] = name, ["sha"] = Commit, ["gated"] = false, ["siblings"] = siblings };
        if (Licence is not null)
            json["cardData"] = new JsonObject { ["license"] = Licence };
        Edit?.Invoke(json);
        return json;
    }
}

/// <summary>
/// A hub on loopback that speaks as Hugging Face's does and misbehaves as it is told: it breaks off, lies, drips, redirects. Large files come from
/// <c>/cdn</c>.
/// </summary>
public sealed class HubServer : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly Task accepting;

    public HubServer()
    {
        listener.Start();
        accepting = Accept();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public Uri Address => new($"http://127.0.0.1:{Port}");

    public ConcurrentDictionary<string, HubRepository> Repositories { get; } = new();

    public ConcurrentQueue<HubRequest> Requests { get; } = new();

    /// <summary>Answers instead of the hub; null lets the hub answer.</summary>
    public Func<HubRequest, HubReply?>? Instead { get; set; }

    /// <summary>Spoils what the hub answers.</summary>
    public Func<HubRequest, HubReply, HubReply>? Spoil { get; set; }

    /// <summary>Where large files are sent from; null for this address.</summary>
    public string? CdnAddress { get; set; }

    public void Dispose()
    {
        stop.Cancel();
        listener.Stop();
        listener.Dispose();
        try
        {
            accepting.Wait(1000);
        }
        catch (AggregateException)
        {
            // Ended on purpose.
        }

        stop.Dispose();
    }

    /// <summary>As the hub answers.</summary>
    public HubReply Answer(HubRequest request)
    {
        string path = Uri.UnescapeDataString(request.Path.Split('?')[0]);
        foreach ((string name, HubRepository repository) in Repositories)
        {
            string api = $"/api/models/{name}/revision/";
            if (path.StartsWith(api, StringComparison.Ordinal))
            {
                return path[api.Length..] == "main" || path[api.Length..] == repository.Commit
                    ? HubReply.Text(200, repository.Describe(name).ToJsonString())
                    : HubReply.Text(404, "{\"error\":\"Invalid rev id\"}").With("X-Error-Code", "RevisionNotFound");
            }

            string resolve = $"/{name}/resolve/{repository.Commit}/";
            if (path.StartsWith(resolve, StringComparison.Ordinal) && repository.Files.TryGetValue(path[resolve.Length..], out byte[]? content))
            {
                string file = path[resolve.Length..];
                if (!repository.Large.Contains(file))
                    return Content(request, content, repository.Hash(file)).With("X-Repo-Commit", repository.Commit);
                return HubReply.Text(302, "", "text/plain")
                    .With("Location", $"{CdnAddress ?? Address.AbsoluteUri.TrimEnd('/')}/cdn/{name}/{file}?signature=x")
                    .With("X-Repo-Commit", repository.Commit).With("X-Linked-Etag", $"\"{repository.Hash(file)}\"")
                    .With("X-Linked-Size", content.Length.ToString(CultureInfo.InvariantCulture));
            }

            string cdn = $"/cdn/{name}/";
            if (path.StartsWith(cdn, StringComparison.Ordinal) && repository.Files.TryGetValue(path[cdn.Length..], out content))
                return Content(request, content, "cdn-" + repository.Hash(path[cdn.Length..])[..16]);
        }

        return HubReply.Text(404, "{\"error\":\"Repository not found\"}")
            .With("X-Error-Code", path.StartsWith("/api/", StringComparison.Ordinal) ? "RepoNotFound" : "EntryNotFound");
    }

    public static HubReply Content(HubRequest request, byte[] content, string etag)
    {
        string quoted = $"\"{etag}\"";
        string? range = request.Header("Range");
        bool same = request.Header("If-Range") is not { } wanted || wanted == quoted;
        if (range is null || !same)
            return new HubReply(200, content).With("ETag", quoted);
        long from = long.Parse(range["bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture);
        return from >= content.Length ? new HubReply(416, []).With("Content-Range", $"bytes */{content.Length}")
            : new HubReply(206, content[(int)from..]).With("ETag", quoted)
                .With("Content-Range", $"bytes {from}-{content.Length - 1}/{content.Length}");
    }

    private async Task Accept()
    {
        while (!stop.IsCancellationRequested)
        {
            TcpClient client;
            try
            {
                client = await listener.AcceptTcpClientAsync(stop.Token);
            }
            catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }

            _ = Serve(client);
        }
    }

    private async Task Serve(TcpClient client)
    {
        using (client)
        {
            try
            {
                NetworkStream stream = client.GetStream();
                if (await Read(stream) is not { } request)
                    return;
                Requests.Enqueue(request);
                HubReply reply = Instead?.Invoke(request) ?? Answer(request);
                await Write(stream, client, request, Spoil?.Invoke(request, reply) ?? reply);
            }
            catch (Exception error) when (error is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // The client has gone.
            }
        }
    }

    private async Task<HubRequest?> Read(NetworkStream stream)
    {
        var bytes = new List<byte>();
        byte[] one = new byte[1];
        while (bytes.Count < 1 << 16)
        {
            if (await stream.ReadAsync(one, stop.Token) == 0)
                return null;
            bytes.Add(one[0]);
            if (one[0] == '\n' && bytes.Count > 3 && bytes[^3] == '\n')
                break;
        }

        string[] lines = Encoding.ASCII.GetString([.. bytes]).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        string[] first = lines[0].Split(' ');
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (string line in lines.Skip(1))
            headers[line[..line.IndexOf(':', StringComparison.Ordinal)]] = line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
        return new HubRequest(first[0], first[1], headers);
    }

    private async Task Write(NetworkStream stream, TcpClient client, HubRequest request, HubReply reply)
    {
        var head = new StringBuilder($"HTTP/1.1 {reply.Status} Said\r\nConnection: close\r\n");
        foreach ((string name, string value) in reply.Headers)
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        if (reply.StatedLength != -1)
            head.Append(CultureInfo.InvariantCulture, $"Content-Length: {reply.StatedLength ?? reply.Body.Length}\r\n");
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), stop.Token);
        int most = request.Method == "HEAD" ? 0 : Math.Min(reply.Body.Length, reply.BreakAfter ?? int.MaxValue);
        int step = reply.Drip?.Bytes ?? Math.Max(1, most);
        for (int at = 0; at < most; at += step)
        {
            await stream.WriteAsync(reply.Body.AsMemory(at, Math.Min(step, most - at)), stop.Token);
            if (reply.Drip is { } drip)
                await Task.Delay(drip.Milliseconds, stop.Token);
        }

        await stream.FlushAsync(stop.Token);
        if (reply.BreakAfter is not null)
            client.Client.LingerState = new LingerOption(false, 0);
    }
}

/// <summary>A clock whose waits pass some times faster than they say.</summary>
public sealed class HastyTime(double times) : TimeProvider
{
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new Timer(System.CreateTimer(callback, state, Faster(dueTime), Faster(period)), this);

    private TimeSpan Faster(TimeSpan span) => span == Timeout.InfiniteTimeSpan ? span : span / times;

    private sealed class Timer(ITimer inner, HastyTime clock) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => inner.Change(clock.Faster(dueTime), clock.Faster(period));

        public void Dispose() => inner.Dispose();

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
