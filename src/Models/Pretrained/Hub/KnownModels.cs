using System.Text.Json;
using Euterpe.Numerics;
using Euterpe.Numerics.Files;

namespace Euterpe.Models.Pretrained.Hub;

/// <summary>A published model that has a short name here.</summary>
/// <param name="Alias">The short name.</param>
/// <param name="Repository">Where it is on the hub.</param>
/// <param name="Commit">What the alias means; null for the main branch.</param>
/// <param name="Architecture">model_type of its configuration.</param>
/// <param name="Licence">What its publisher states; null where that is not known.</param>
/// <param name="Bytes">Of its weights; null where that is not known.</param>
/// <param name="Purpose">What it is for, in a line.</param>
public sealed record KnownModel(string Alias, string Repository, string? Commit, string Architecture, ModelLicence? Licence, long? Bytes,
    string Purpose)
{
    /// <summary>Files of other repositories without which it does not run.</summary>
    internal IReadOnlyList<(string Repository, IReadOnlyList<string> Files)> Also { get; init; } = [];
}

/// <summary>The published models that are known by a short name: src/Models/Pretrained/known-models.json.</summary>
public static class KnownModels
{
    private static readonly Lazy<IReadOnlyList<KnownModel>> Read = new(Load);
    private static readonly Lazy<Dictionary<string, double[]>> Stored = new(() => Document(root => root.GetProperty("fingerprints").EnumerateObject()
        .ToDictionary(each => each.Name, each => each.Value.EnumerateArray().Select(value => value.GetDouble()).ToArray(), StringComparer.Ordinal)));

    /// <summary>All of them, in the order of the file.</summary>
    public static IReadOnlyList<KnownModel> All => Read.Value;

    /// <summary>By alias or repository; null for one that is not known.</summary>
    public static KnownModel? Find(string name) => All.FirstOrDefault(each => each.Alias == name)
        ?? All.FirstOrDefault(each => string.Equals(each.Repository, name, StringComparison.OrdinalIgnoreCase));

    /// <summary>The name that is meant: an alias becomes its repository, and its pinned commit where no revision is said.</summary>
    public static ModelName Resolve(ModelName name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return All.FirstOrDefault(each => each.Alias == name.Repository) is { } known
            ? new ModelName(known.Repository, name.Revision ?? known.Commit) : name;
    }

    /// <summary>Cosines of the neighbouring trial sounds of <c>verify</c>, by built-in name or repository; null where none are stored.</summary>
    public static IReadOnlyList<double>? Fingerprint(string name) => Stored.Value.GetValueOrDefault(Find(name)?.Repository ?? name);

    /// <summary>A known name that somebody who wrote this one may have meant; null where none is near.</summary>
    internal static string? Like(string name)
    {
        string wanted = name.ToUpperInvariant(), last = wanted[(wanted.LastIndexOf('/') + 1)..];
        return All.SelectMany(each => new[] { each.Alias, each.Repository })
            .Select(each => (Name: each, Distance: Math.Min(
                Edits(wanted, each.ToUpperInvariant()), Edits(last, each[(each.LastIndexOf('/') + 1)..].ToUpperInvariant()))))
            .Where(each => each.Distance <= Math.Max(1, last.Length / 4) && each.Name != name)
            .OrderBy(each => each.Distance).ThenBy(each => each.Name, StringComparer.Ordinal).Select(each => each.Name).FirstOrDefault();
    }

    /// <summary>How many letters have to be put in, taken out or changed (Levenshtein).</summary>
    private static int Edits(string one, string other)
    {
        int[] row = [.. Enumerable.Range(0, other.Length + 1)];
        for (int i = 1; i <= one.Length; i++)
        {
            int corner = row[0];
            row[0] = i;
            for (int j = 1; j <= other.Length; j++)
                (corner, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, corner + (one[i - 1] == other[j - 1] ? 0 : 1)));
        }

        return row[other.Length];
    }

    private static IReadOnlyList<KnownModel> Load() => Document(root => (KnownModel[])[.. root.GetProperty("models").EnumerateArray().Select(One)]);

    private static T Document<T>(Func<JsonElement, T> read)
    {
        using Stream stream = typeof(KnownModels).Assembly.GetManifestResourceStream("known-models.json")!;
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        using JsonDocument document = StrictJson.ParseObject(bytes, "known-models.json");
        return read(document.RootElement);
    }

    private static KnownModel One(JsonElement json)
    {
        string repository = Required("repository");
        string? commit = Text("commit");
        string? licence = Text("licence");
        if (!ModelName.IsRepository(repository) || (commit is not null && !ModelName.IsCommit(commit)))
            throw new ModelFileException($"[models] known-models.json: {repository} or its commit is not written as the hub writes them.");
        return new KnownModel(Required("alias"), repository, commit, Required("architecture"), licence is null ? null : new ModelLicence(licence),
            json.TryGetProperty("bytes", out JsonElement bytes) ? bytes.GetInt64() : null, Required("purpose"))
        {
            Also = !json.TryGetProperty("also", out JsonElement also) ? [] : [.. also.EnumerateArray().Select(part =>
                (part.GetProperty("repository").GetString()!,
                    (IReadOnlyList<string>)[.. part.GetProperty("files").EnumerateArray().Select(file => file.GetString()!)]))],
        };

        string? Text(string key) => json.TryGetProperty(key, out JsonElement value) ? value.GetString() : null;

        string Required(string key) => Text(key) ?? throw new ModelFileException($"[models] known-models.json: a model lacks {key}.");
    }
}
