using System.Security.Authentication;
using Euterpe.Numerics;

namespace Euterpe.Models.Pretrained.Hub;

/// <summary>Ends a connection that stands still: in each span of <see cref="HubSettings.Stall"/> something worth waiting for must come.</summary>
internal sealed class StallWatch : IDisposable
{
    /// <summary>Less than this in a whole span is as good as nothing.</summary>
    private const long Least = 1024;

    private readonly HubSettings settings;
    private readonly CancellationToken asked;
    private readonly CancellationTokenSource ended;
    private readonly ITimer timer;
    private long bytes, before;
    private volatile bool stalled;

    public StallWatch(HubSettings settings, CancellationToken token)
    {
        this.settings = settings;
        asked = token;
        ended = CancellationTokenSource.CreateLinkedTokenSource(token);
        timer = settings.Clock.CreateTimer(_ => Look(), null, settings.Stall, settings.Stall);
    }

    /// <summary>Cancelled by who asked, or because nothing comes.</summary>
    public CancellationToken Token => ended.Token;

    public void Came(int count) => Interlocked.Add(ref bytes, count);

    /// <summary>Something of another kind came (headers): a new span begins.</summary>
    public void Again()
    {
        Interlocked.Exchange(ref before, Interlocked.Read(ref bytes));
        timer.Change(settings.Stall, settings.Stall);
    }

    /// <summary>Why a request or a read ended: cancelled by who asked, passing, or for good.</summary>
    public Exception Explain(Exception error, string host)
    {
        if (asked.IsCancellationRequested)
            return new OperationCanceledException(asked);
        if (stalled)
            return new PassingException($"{host} sent nothing for {settings.Stall.TotalSeconds:0.#} s", inner: error);
        for (Exception? inner = error; inner is not null; inner = inner.InnerException)
        {
            // A certificate that is not trusted is not trusted a second later.
            if (inner is AuthenticationException)
                return new ModelFileException($"[pull] The connection to {host} is not secure: {inner.Message} Nothing was sent.", error);
        }

        return error is HttpRequestException
        {
            HttpRequestError: HttpRequestError.ConfigurationLimitExceeded
            or HttpRequestError.UserAuthenticationError
        }
            ? new ModelFileException($"[pull] {host}: {error.Message}", error)
            : new PassingException($"the connection to {host} broke: {Reason(error)}", inner: error);
    }

    public void Dispose()
    {
        timer.Dispose();
        ended.Dispose();
    }

    private static string Reason(Exception error) => (error.InnerException ?? error).Message.TrimEnd('.');

    private void Look()
    {
        long now = Interlocked.Read(ref bytes);
        if (now - Interlocked.Exchange(ref before, now) >= Least)
            return;
        stalled = true;
        try
        {
            ended.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has ended by itself meanwhile.
        }
    }
}
