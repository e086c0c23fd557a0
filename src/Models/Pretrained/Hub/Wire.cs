using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Reflection;
using Euterpe.Numerics;
using Euterpe.Numerics.Files;

namespace Euterpe.Models.Pretrained.Hub;

/// <summary>An attempt that may succeed when it is made again.</summary>
internal sealed class PassingException(string message, TimeSpan? after = null, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>How long the server asked to be left alone.</summary>
    public TimeSpan? After { get; } = after;
}

/// <summary>What came back, behind all redirects; disposed with its message.</summary>
/// <param name="Message">Headers; the body is not read yet.</param>
/// <param name="Commit">X-Repo-Commit of the hub itself.</param>
/// <param name="LinkedEtag">X-Linked-Etag of the hub, or its ETag: the name of the content. No other host's word is taken for it.</param>
/// <param name="LinkedSize">X-Linked-Size of the hub.</param>
internal sealed record WireResponse(HttpResponseMessage Message, string? Commit, string? LinkedEtag, long? LinkedSize) : IDisposable
{
    public HttpStatusCode Status => Message.StatusCode;

    /// <summary>The hub's own code for what is wrong: GatedRepo, RepoNotFound, RevisionNotFound, EntryNotFound.</summary>
    public string? ErrorCode => Wire.Header(Message, "X-Error-Code");

    public void Dispose() => Message.Dispose();
}

/// <summary>
/// Requests to the hub. Redirects are followed here, one by one: to https only (a hub whose own address says http may send to itself), a few times
/// only, and the token
/// goes to the hub's own address and to no other.
/// </summary>
internal sealed class Wire : IDisposable
{
    private const int MostRedirects = 8;

    private readonly HubSettings settings;
    private readonly HttpClient client;

    public Wire(HubSettings settings)
    {
        this.settings = settings;
        client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = settings.Proxy,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = settings.Stall,
            MaxResponseHeadersLength = 64,
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        string version = typeof(Wire).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";
        client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("euterpe", version));
        client.DefaultRequestHeaders.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
    }

    public void Dispose() => client.Dispose();

    /// <summary>An address below the hub's own.</summary>
    public Uri Address(string pathAndQuery) => new(settings.Endpoint.AbsoluteUri.TrimEnd('/') + pathAndQuery);

    /// <summary>One request, redirects followed. Throws <see cref="PassingException"/> for what may pass, whatever the status is otherwise.</summary>
    public async Task<WireResponse> Send(HttpMethod method, Uri address, Action<HttpRequestHeaders>? headers, StallWatch watch)
    {
        bool left = false;
        string? commit = null, etag = null;
        long? size = null;
        for (int redirects = 0; ; redirects++)
        {
            using var request = new HttpRequestMessage(method, address);
            headers?.Invoke(request.Headers);
            bool home = SameOrigin(address, settings.Endpoint);
            // Who has sent us away once gets no token later either.
            left |= !home;
            if (!left && settings.Token is not null)
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", settings.Token);
            HttpResponseMessage message = await Once(request, watch).ConfigureAwait(false);
            try
            {
                if (!left)
                {
                    commit ??= Header(message, "X-Repo-Commit");
                    etag ??= Header(message, "X-Linked-Etag") ?? (IsRedirect(message.StatusCode) ? null : Header(message, "ETag"));
                    size ??= long.TryParse(Header(message, "X-Linked-Size"), NumberStyles.None, CultureInfo.InvariantCulture, out long stated)
                        ? stated : null;
                }

                if (message.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout
                    || ((int)message.StatusCode >= 500 && message.StatusCode != HttpStatusCode.NotImplemented))
                {
                    throw new PassingException($"{address.Host} answered {(int)message.StatusCode} {Plain(message)}", After(message));
                }

                // All that a HEAD is asked for is known; where the file itself lies need not be asked.
                bool enough = method == HttpMethod.Head && etag is not null && size is not null;
                if (!IsRedirect(message.StatusCode) || enough)
                    return new WireResponse(message, commit, Hash(etag), size);
                if (redirects == MostRedirects)
                    throw new ModelFileException($"[pull] {settings.Endpoint.Host} sends from one address to the next, "
                        + $"{MostRedirects} times and more: given up.");
                address = Next(address, message);
                message.Dispose();
            }
            catch
            {
                message.Dispose();
                throw;
            }
        }
    }

    private async Task<HttpResponseMessage> Once(HttpRequestMessage request, StallWatch watch)
    {
        try
        {
            HttpResponseMessage message = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead,
                watch.Token).ConfigureAwait(false);
            watch.Again();
            return message;
        }
        catch (Exception error) when (error is HttpRequestException or IOException or OperationCanceledException)
        {
            throw watch.Explain(error, request.RequestUri!.Host);
        }
    }

    private Uri Next(Uri from, HttpResponseMessage message)
    {
        string? location = Header(message, "Location");
        if (location is null || !Uri.TryCreate(from, location, out Uri? next) || next.UserInfo.Length > 0)
            throw new ModelFileException($"[pull] {from.Host} redirects, and does not say where to: {FileText.Shown(location ?? "")}.");
        bool plain = next.Scheme == Uri.UriSchemeHttp && settings.Endpoint.Scheme == Uri.UriSchemeHttp
            && (string.Equals(next.Host, settings.Endpoint.Host, StringComparison.OrdinalIgnoreCase)
                || (next.IsLoopback && settings.Endpoint.IsLoopback));
        if (next.Scheme != Uri.UriSchemeHttps && !plain)
        {
            throw new ModelFileException($"[pull] {from.Host} redirects to {FileText.Shown(next.GetLeftPart(UriPartial.Authority))}: "
                + $"only https is followed"
                + (settings.Endpoint.Scheme == Uri.UriSchemeHttp ? $", and http at {settings.Endpoint.Host} itself, which HF_ENDPOINT names." : "."));
        }

        return next;
    }

    private TimeSpan? After(HttpResponseMessage message)
    {
        RetryConditionHeaderValue? after = message.Headers.RetryAfter;
        TimeSpan? wait = after?.Delta ?? (after?.Date is { } date ? date - settings.Clock.GetUtcNow() : null);
        return wait is { } given && given > TimeSpan.Zero ? given : null;
    }

    public static bool IsRedirect(HttpStatusCode status) => (int)status is 301 or 302 or 303 or 307 or 308;

    private static bool SameOrigin(Uri one, Uri other) =>
        one.Scheme == other.Scheme && one.Port == other.Port && string.Equals(one.IdnHost, other.IdnHost, StringComparison.OrdinalIgnoreCase);

    /// <summary>The first value of a header; null where there is none.</summary>
    public static string? Header(HttpResponseMessage message, string name) =>
        message.Headers.TryGetValues(name, out IEnumerable<string>? values) || message.Content.Headers.TryGetValues(name, out values)
            ? values.FirstOrDefault()?.Trim() : null;

    /// <summary>What the server says of the matter, fit to print.</summary>
    public static string Plain(HttpResponseMessage message) =>
        Header(message, "X-Error-Message") is { Length: > 0 } said ? FileText.Shown(said, 160) : FileText.Shown(message.ReasonPhrase ?? "")[1..^1];

    /// <summary>An ETag without its marks, if it is a hash; null else.</summary>
    private static string? Hash(string? etag)
    {
        string? bare = etag?.Replace("W/", "", StringComparison.Ordinal).Trim('"');
        return HubPath.IsHash(bare, 64) || HubPath.IsHash(bare, 40) ? bare : null;
    }
}
