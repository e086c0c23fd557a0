using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Euterpe.Numerics;
using Euterpe.Numerics.Files;

namespace Euterpe.Search.Tests.Catalogues;

/// <summary>Exports that are damaged, or were made to do damage: one clear error each, and nothing is written.</summary>
public sealed class ImportTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly ICatalogue catalogue;
    private readonly string export;
    private int made;

    public ImportTests()
    {
        catalogue = Catalogue.OpenOrCreate(folder.File("c.db"));
        export = folder.File("export");
        using ICatalogue source = Catalogue.OpenOrCreate(folder.File("source.db"));
        var here = new Provenance("p", "d", "m");
        for (int i = 1; i < 5; i++)
        {
            var track = new Track($"/m/{i}", new FileStamp(1, 2), i.ToString("x64"), i.ToString("x64"), new SoundFacts(1, 2, 3, 4), false);
            source.Write([new Change.Holds(track, new NewVector("k", "m", [i, 1], here), new NewSegments("k", "m", "10 5", [new(0, 5), new(5, 5)], [1, 2, 3, i], here))]);
        }

        source.Write([new Change.Fails(new Failure("/m/bad", new FileStamp(1, 2), "r", "s", "p", "d"))]);
        CatalogueExport.Write(source, export);
    }

    public void Dispose()
    {
        Assert.Equal(0, catalogue.Count(null).Tracks);
        Assert.Empty(catalogue.Settings());
        catalogue.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Files_that_are_missing_cut_or_changed_are_refused()
    {
        Assert.Throws<FileNotFoundException>(() => CatalogueImport.Read(catalogue, folder.Path));
        foreach (string file in Directory.GetFiles(export).Select(path => Path.GetFileName(path)))
        {
            if (file != "catalogue.json")
            {
                Refused("is missing", copy => File.Delete(Path.Combine(copy, file)));
                Refused("bytes: found", copy => File.AppendAllText(Path.Combine(copy, file), "x"));
            }

            Refused("", copy => Change(Path.Combine(copy, file), bytes => bytes[..(bytes.Length / 2)]));
            Refused("", copy => Change(Path.Combine(copy, file), bytes =>
            {
                bytes[bytes.Length / 2] ^= 4;
                return bytes;
            }));
        }
    }

    [Theory]
    [InlineData("\"format\": \"euterpe-catalogue\"", "\"format\": \"other\"", "format must be euterpe-catalogue")]
    [InlineData("\"version\": 1", "\"version\": 2", "has version 2")]
    [InlineData("\"canonical\": false", "\"canonical\": 5", "canonical must be true or false")]
    [InlineData("\"canonical\": false", "\"canonical\": true", "must have the arrays")]
    [InlineData("\"canonical\": false", "\"canonical\": false, \"more\": 1", "keys that this program does not know")]
    [InlineData("\"tracks\": 4", "\"tracks\": 5", "parts must be")]
    [InlineData("\"dimension\": 2", "\"dimension\": 3", "must be F32 of shape [4, 3]")]
    [InlineData("\"dimension\": 2", "\"dimension\": -1", "dimension must be a whole number")]
    [InlineData("\"file\": \"vectors-00000.npz\"", "\"file\": \"../vectors-00000.npz\"", "file must be")]
    [InlineData("\"file\": \"vectors-00000.npz\"", "\"file\": \"vectors-0000/.npz\"", "file must be")]
    [InlineData("\"file\": \"vectors-00000.npz\"", "\"file\": \"segments-00000.npz\"", "file must be")]
    [InlineData("\"kind\": \"vectors\"", "\"kind\": \"other\"", "kind must be")]
    [InlineData("\"space\": 0", "\"space\": 1", "space must be a whole number from 0 to 0")]
    [InlineData("\"settings\": {}", "\"settings\": {\"dimension\": \"x\"}", "settings must be")]
    [InlineData("\"settings\": {}", "\"settings\": {\"dimension\": 2}", "settings must be")]
    [InlineData("\"rules\": [\n    \"10 5\"\n  ]", "\"rules\": []", "rule must be 0 to -1")]
    [InlineData("\"program\": \"p\"", "\"program\": 4", "program must be a text")]
    public void A_manifest_that_is_wrong_is_refused(string old, string changed, string message) => Refused(message, copy => Replace(Path.Combine(copy, "catalogue.json"), old, changed));

    [Theory]
    [InlineData("\"/m/2\"", "\"/m/1\"", "paths must be in the order of their bytes")]
    [InlineData("\"/m/2\"", "\"/m/\\u0000\"", "path must be a text of up to")]
    [InlineData("\"/m/2\"", "\"/m/\\ud800\"", "tracks-00000.jsonl, line 2")]
    [InlineData("\"size\":1", "\"size\":-1", "line 1: size must be a whole number")]
    [InlineData("\"size\":1", "\"size\":1e99", "size must be")]
    [InlineData("\"seconds\":1", "\"seconds\":-1", "seconds must be a number from 0")]
    [InlineData("\"seconds\":1", "\"seconds\":\"NaN\"", "seconds must be a number from 0")]
    [InlineData("\"rate\":2", "\"rate\":2,\"rate\":3", "line 1")]
    [InlineData("\"rate\":2", "\"rate\":2,\"other\":3", "keys that this program does not know")]
    [InlineData("\"frames\":4", "\"frames\":4,\"absent\":1", "absent must be true or false")]
    [InlineData("\"sound\":\"0", "\"sound\":\"G", "sound must be 64 hexadecimal digits")]
    [InlineData("\"sound\":\"0", "\"sound\":\"", "sound must be 64 hexadecimal digits")]
    [InlineData("{\"path\":\"/m/3\"", "[{\"path\":\"/m/3\"", "line 3")]
    [InlineData("{\"path\":\"/m/3\"", "\n{\"path\":\"/m/3\"", "line 3")]
    public void A_track_that_is_wrong_is_refused(string old, string changed, string message) => Refused(message, copy =>
    {
        Replace(Path.Combine(copy, "tracks-00000.jsonl"), old, changed);
        Sign(copy);
    });

    [Fact]
    public void Lines_without_end_and_arrays_that_are_wrong_are_refused()
    {
        Refused("a line has more than", copy => Signed(copy, "tracks-00000.jsonl", _ => Encoding.UTF8.GetBytes(new string(' ', 3 << 20))));
        Refused("the last line has no end", copy => Signed(copy, "tracks-00000.jsonl", bytes => bytes[..^1]));
        Refused("must have 4 lines: found 3", copy => Signed(copy, "tracks-00000.jsonl", bytes => bytes[..(bytes.AsSpan()[..^1].LastIndexOf((byte)'\n') + 1)]));
        foreach (string file in (string[])["vectors-00000.npz", "segments-00000.npz"])
        {
            Array(file, "vector", "is not finite", array => Of<float>(array, v => v[1] = float.NaN));
            Array(file, "sound", "sounds must be in the order", array => Of<byte>(array, v => v[..32].Fill(255)), array => Of<byte>(array, v => v[..64].Clear()));
            Array(file, "sound", "sound must be U8 of shape [4, 32]", array => array with { Shape = [2, 64] }, array => array with { Type = StoredType.I8 });
            Array(file, "provenance", "provenance must be 0 to 0", array => Of<int>(array, v => v[0] = -1), array => Of<int>(array, v => v[3] = 1));
            Array(file, "vector", "vector must be F32", array => array with { Type = StoredType.I32 }, array => array with { Shape = [array.Count] });
        }

        Array("segments-00000.npz", "count", "count must be 1 or more", array => Of<long>(array, v => v[0] = 0), array => Of<long>(array, v => v[1] = long.MaxValue), array => Of<long>(array, v => v[2] = -5));
        Array("segments-00000.npz", "count", "span must be I64 of shape [9, 2]", array => Of<long>(array, v => v[0] = 3));
        Array("segments-00000.npz", "rule", "rule must be 0 to 0", array => Of<int>(array, v => v[0] = 1), array => Of<int>(array, v => v[0] = -1));
        Array("segments-00000.npz", "span", "lies before its beginning", array => Of<long>(array, v => v[0] = -1), array => Of<long>(array, v => v[1] = 0), array => Of<long>(array, v => v[0] = long.MaxValue));
        Refused("must have the arrays", copy => Signed(copy, "vectors-00000.npz", _ => File.ReadAllBytes(Path.Combine(copy, "segments-00000.npz"))));

        static NpyArray Of<T>(NpyArray array, Edit<T> change)
            where T : unmanaged
        {
            byte[] bytes = [.. array.Bytes];
            change(System.Runtime.InteropServices.MemoryMarshal.Cast<byte, T>(bytes.AsSpan()));
            return array with { Bytes = bytes };
        }
    }

    private delegate void Edit<T>(Span<T> values);

    private void Array(string file, string name, string message, params Func<NpyArray, NpyArray>[] changes)
    {
        foreach (Func<NpyArray, NpyArray> change in changes)
        {
            Refused(message, copy =>
            {
                string path = Path.Combine(copy, file);
                var arrays = new List<(string, NpyArray)>();
                using (Npz npz = Npz.Open(path))
                    arrays.AddRange(npz.Names.Select(each => (each, each == name ? change(npz.Read(each)) : npz.Read(each))));
                Npz.Write(path, arrays);
                Sign(copy);
            });
        }
    }

    private void Refused(string message, Action<string> damage)
    {
        string copy = folder.File($"copy{made++}");
        Directory.CreateDirectory(copy);
        foreach (string file in Directory.GetFiles(export))
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        damage(copy);
        var refused = Assert.Throws<FileFormatException>(() => CatalogueImport.Read(catalogue, copy));
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
        Assert.True(refused.Message.Length < 1500, refused.Message);
    }

    private static void Change(string path, Func<byte[], byte[]> change) => File.WriteAllBytes(path, change(File.ReadAllBytes(path)));

    private static void Replace(string path, string old, string changed)
    {
        string text = File.ReadAllText(path);
        int at = text.IndexOf(old, StringComparison.Ordinal);
        Assert.True(at >= 0, $"{old} is not in {text}");
        File.WriteAllText(path, string.Concat(text.AsSpan(0, at), changed, text.AsSpan(at + old.Length)));
    }

    private static void Signed(string copy, string file, Func<byte[], byte[]> change)
    {
        Change(Path.Combine(copy, file), change);
        Sign(copy);
    }

    /// <summary>Makes lengths and hashes right again, as whoever wants to do damage would.</summary>
    private static void Sign(string copy)
    {
        string path = Path.Combine(copy, "catalogue.json");
        JsonNode manifest = JsonNode.Parse(File.ReadAllText(path))!;
        foreach (JsonNode? part in manifest["parts"]!.AsArray())
        {
            byte[] bytes = File.ReadAllBytes(Path.Combine(copy, (string)part!["file"]!));
            part["bytes"] = bytes.Length;
            part["sha256"] = Convert.ToHexStringLower(SHA256.HashData(bytes));
        }

        File.WriteAllText(path, manifest.ToJsonString());
    }
}
