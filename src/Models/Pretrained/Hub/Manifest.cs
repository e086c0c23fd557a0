using System.Text.Json;
using System.Text.Json.Nodes;
using Euterpe.Numerics;
using Euterpe.Numerics.Files;

namespace Euterpe.Models.Pretrained.Hub;

/// <summary>
/// What was fetched on purpose, and under which licence: <c>.euterpe/COMMIT.json</c> beside blobs and snapshots, where other programs do not look.
/// </summary>
/// <param name="Licence">Null where the card says nothing.</param>
/// <param name="Files">All that were wanted; a snapshot that has them is complete.</param>
internal sealed record Manifest(ModelLicence? Licence, IReadOnlyList<HubFile> Files)
{
    private const long Largest = 8 << 20;

    private static string PathOf(HubCache cache, string repository, string commit) =>
        Path.Combine(cache.Model(repository), ".euterpe", commit + ".json");

    /// <summary>Null where there is none, or one that cannot be read: it is only a note.</summary>
    public static Manifest? Read(HubCache cache, string repository, string commit)
    {
        string path = PathOf(cache, repository, commit);
        if (!File.Exists(path))
            return null;
        try
        {
            using JsonDocument json = StrictJson.ReadObject(path, Largest);
            JsonElement licence = json.RootElement.TryGetProperty("licence", out JsonElement stated) ? stated : default;
            return new Manifest(
                licence.ValueKind == JsonValueKind.Object && Text(licence, "id") is { } id
                    ? new ModelLicence(id, Text(licence, "name"), Text(licence, "link")) : null,
                [.. json.RootElement.GetProperty("files").EnumerateArray().Select(file =>
                    new HubFile(Text(file, "path") ?? "", file.GetProperty("size").GetInt64(), Text(file, "git"), Text(file, "sha256")))
                    .Where(file => file.Path.Length > 0 && !file.Path.Split('/').Any(part => part is "" or "." or ".."))]);
        }
        catch (Exception error) when (error is FileFormatException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    /// <summary>Adds to what an earlier run wanted: files that were fetched by name stay wanted.</summary>
    public void Write(HubCache cache, string repository, string commit)
    {
        var files = Files.ToDictionary(file => file.Path, StringComparer.Ordinal);
        foreach (HubFile file in Read(cache, repository, commit)?.Files ?? [])
            files.TryAdd(file.Path, file);
        var json = new JsonObject
        {
            ["repository"] = repository,
            ["commit"] = commit,
            ["licence"] = Licence is null ? null : Object(("id", Licence.Id), ("name", Licence.Name), ("link", Licence.Link)),
            ["files"] = new JsonArray([.. files.Values.OrderBy(file => file.Path, StringComparer.Ordinal).Select(file =>
                Object(("path", file.Path), ("size", JsonValue.Create(file.Size)), ("sha256", file.Sha256), ("git", file.GitHash)))]),
        };
        string path = PathOf(cache, repository, commit);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        AtomicFile.WriteAllBytes(path, Saving.JsonFile.Bytes(json));
    }

    public static void Delete(HubCache cache, string repository, string commit) => File.Delete(PathOf(cache, repository, commit));

    private static JsonObject Object(params ReadOnlySpan<(string Key, JsonNode? Value)> members)
    {
        var json = new JsonObject();
        foreach ((string key, JsonNode? value) in members)
        {
            if (value is not null)
                json.Add(key, value);
        }

        return json;
    }

    private static string? Text(JsonElement json, string key) =>
        json.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
