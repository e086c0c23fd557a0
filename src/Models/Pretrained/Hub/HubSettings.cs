using System.Globalization;
using Euterpe.Numerics;
using Euterpe.Numerics.Files;

namespace Euterpe.Models.Pretrained.Hub;

/// <summary>Where the hub is, where its files are kept, and how it is spoken to: the variables that all of Hugging Face's programs read.</summary>
public sealed record HubSettings
{
    private const long LargestToken = 4096;

    /// <summary>The hub, or a mirror of it: HF_ENDPOINT. Only an address that says http itself is spoken to without TLS.</summary>
    public Uri Endpoint { get; init; } = new("https://huggingface.co");

    /// <summary>Where models are kept: HF_HUB_CACHE, else <c>hub</c> in HF_HOME, else in <c>~/.cache/huggingface</c>.</summary>
    public required string CacheFolder { get; init; }

    /// <summary>
    /// HF_TOKEN, else the file that HF_TOKEN_PATH names, else <c>token</c> in HF_HOME; null for none. It goes to <see cref="Endpoint"/> only.
    /// </summary>
    public string? Token { get; init; }

    /// <summary>HF_HUB_OFFLINE: nothing is asked for.</summary>
    public bool Offline { get; init; }

    /// <summary>How long a connection may bring (nearly) nothing before it is given up and tried again: HF_HUB_DOWNLOAD_TIMEOUT.</summary>
    public TimeSpan Stall { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often in a row an attempt may bring nothing new.</summary>
    public int Attempts { get; init; } = 6;

    /// <summary>For waiting between attempts, and for noticing that a connection stands still.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Bytes that are free where a folder lies; null where nobody knows.</summary>
    public Func<string, long?> FreeSpace { get; init; } = Free;

    /// <summary>Whether the proxies that HTTPS_PROXY, HTTP_PROXY and NO_PROXY name are used.</summary>
    public bool Proxy { get; init; } = true;

    /// <summary>What the environment says.</summary>
    /// <param name="variable">Gives a variable's value, or null; without it, those of the process.</param>
    /// <exception cref="OptionsException">A variable's value cannot be meant.</exception>
    public static HubSettings FromEnvironment(Func<string, string?>? variable = null)
    {
        variable ??= Environment.GetEnvironmentVariable;
        string home = Home(variable);
        return new HubSettings
        {
            Endpoint = Text("HF_ENDPOINT") is { } endpoint ? Address(endpoint) : new Uri("https://huggingface.co"),
            CacheFolder = Cache(variable),
            Token = TokenOf(variable, home),
            Offline = Flag("HF_HUB_OFFLINE") || Flag("TRANSFORMERS_OFFLINE"),
            Stall = TimeSpan.FromSeconds(Text("HF_HUB_DOWNLOAD_TIMEOUT") is not { } stall ? 30
                : double.TryParse(stall, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds) && seconds is >= 1 and <= 3600
                    ? seconds
                : throw new OptionsException($"[pull] HF_HUB_DOWNLOAD_TIMEOUT is {FileText.Shown(stall)}: seconds from 1 to 3600 are expected.")),
        };

        string? Text(string name) => variable(name) is { } value && value.Trim().Length > 0 ? value.Trim() : null;

        bool Flag(string name) => Text(name)?.ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE";
    }

    /// <summary>The folder of the cache alone: it reads no token.</summary>
    internal static string Cache(Func<string, string?> variable) =>
        variable("HF_HUB_CACHE") is { Length: > 0 } hub ? hub
        : variable("HUGGINGFACE_HUB_CACHE") is { Length: > 0 } old ? old
        : Path.Combine(Home(variable), "hub");

    private static string Home(Func<string, string?> variable)
    {
        if (variable("HF_HOME") is { Length: > 0 } given)
            return given;
        string user = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return Path.Combine(variable("XDG_CACHE_HOME") is { Length: > 0 } cache ? cache : Path.Combine(user, ".cache"), "huggingface");
    }

    private static Uri Address(string text)
    {
        if (Uri.TryCreate(text.TrimEnd('/'), UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https" && uri.UserInfo.Length == 0
            && uri.Query.Length == 0 && uri.Fragment.Length == 0)
        {
            return uri;
        }

        throw new OptionsException($"[pull] HF_ENDPOINT is no address that can be used. Expected https://HOST or http://HOST:PORT, "
            + $"without a user's name or password.");
    }

    private static string? TokenOf(Func<string, string?> variable, string home)
    {
        foreach (string name in (string[])["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"])
        {
            if (variable(name)?.Trim() is { Length: > 0 } token)
                return Checked(token, name);
        }

        if (variable("HF_HUB_DISABLE_IMPLICIT_TOKEN")?.ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE")
            return null;
        string file = variable("HF_TOKEN_PATH") is { Length: > 0 } path ? path : Path.Combine(home, "token");
        var about = new FileInfo(file);
        if (!about.Exists)
            return null;
        if (about.Length > LargestToken)
            throw new OptionsException($"[pull] {file}: {about.Length:N0} bytes; a token has at most {LargestToken:N0}.");
        return File.ReadAllText(file).Trim() is { Length: > 0 } stored ? Checked(stored, file) : null;
    }

    // The token itself is never shown.
    private static string Checked(string token, string where) => token.All(c => c is > ' ' and < '\x7f') && token.Length <= LargestToken ? token
        : throw new OptionsException($"[pull] The token of {where} has characters that no token has. Hint: it is one word, hf_...");

    private static long? Free(string folder)
    {
        try
        {
            return new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    // A record prints its members; a token is not for printing.
    private bool PrintMembers(System.Text.StringBuilder text)
    {
        text.Append(CultureInfo.InvariantCulture,
            $"Endpoint = {Endpoint}, CacheFolder = {CacheFolder}, Token = {(Token is null ? "none" : "given")}");
        return true;
    }
}
