using System.Text.Json;
using Euterpe.Testing;

namespace Euterpe.Tokens.Tests;

/// <summary>
/// The tokenizers inside the model folders of a set, wherever they lie: each loads, and gives the ids that its model got. The cases belong
/// to the models' own tests, so nothing is claimed here.
/// </summary>
[Trait("Category", "Parity")]
public sealed class ModelFolderTests
{
    [Fact]
    public void Ids_of_all_model_folders_match_upstream()
    {
        string[] folders = [.. Directory.EnumerateFiles(Fixture.Root, "tokenizer.json", SearchOption.AllDirectories)
            .Select(file => Path.GetDirectoryName(file)!).Where(folder => !IsMidi(Path.Combine(folder, "tokenizer.json")))
            .Order(StringComparer.Ordinal)];
        int compared = 0;
        foreach (string folder in folders)
        {
            Tokenizer tokenizer = Tokenizer.Load(folder);
            string? kind = tokenizer.Settings.Class?.Replace("Fast", "", StringComparison.Ordinal);
            bool isPlain = File.Exists(Path.Combine(folder, "vocab.txt"))
                || (File.Exists(Path.Combine(folder, "vocab.json"))
                    && kind is "RobertaTokenizer" or "BartTokenizer" or "ClapTokenizer" or "GPT2Tokenizer" or "Qwen2Tokenizer");
            foreach (Tokenizer each in (Tokenizer[])[tokenizer, .. isPlain ? [CaseTests.FromVocabulary(folder)] : Array.Empty<Tokenizer>()])
            {
                Assert.NotEqual(0, each.Encode("lo-fi hip hop", "with a mellow piano").Length);
                if (Case(folder) is Fixture fixture && fixture.HasFile("io.safetensors"))
                {
                    compared += Check(fixture, Path.GetFileName(folder), each);
                }
            }
        }
        Assert.True(compared > 0, $"None of {folders.Length} tokenizers has ids to compare with.");
    }

    /// <summary>MidiTok's files have the same name.</summary>
    private static bool IsMidi(string file)
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(file));
        return !json.RootElement.TryGetProperty("model", out _);
    }

    private static Fixture? Case(string folder)
    {
        for (string? at = folder; at is not null && at.StartsWith(Fixture.Root, StringComparison.Ordinal); at = Path.GetDirectoryName(at))
        {
            if (File.Exists(Path.Combine(at, "case.json")))
            {
                return Fixture.Open(Path.GetRelativePath(Fixture.Root, at));
            }
        }
        return null;
    }

    private static int Check(Fixture fixture, string folder, Tokenizer tokenizer)
    {
        string second = folder.EndsWith("_2", StringComparison.Ordinal) ? "_2" : "";
        int compared = 0;
        foreach ((string key, string prefix) in ((string, string)[])[("texts", ""), ("prompts", ""), ("negative_prompts", "negative_")])
        {
            if (fixture.Case.TryGetProperty(key, out JsonElement list) && list.ValueKind == JsonValueKind.Array
                && fixture.Has($"{prefix}input_ids{second}") && fixture.Shape($"{prefix}input_ids{second}")[0] == list.GetArrayLength())
            {
                string[] masks = [$"{prefix}attention_mask{second}", "clap_attention_mask", "text_attention_mask"];
                (string, string?)[] texts = [.. list.EnumerateArray().Select(each => (each.GetString()!, (string?)null))];
                compared += Rows(fixture, texts, $"{prefix}input_ids{second}", masks, tokenizer);
            }
        }
        if (fixture.Case.TryGetProperty("pairs", out JsonElement pairs) && pairs.ValueKind == JsonValueKind.Array)
        {
            (string, string?)[] texts = [.. pairs.EnumerateArray().Select(each => (each[0].GetString()!, each[1].GetString()))];
            compared += Rows(fixture, texts, "pair.input_ids", ["pair.attention_mask"], tokenizer);
        }
        if (fixture.Case.TryGetProperty("cases", out JsonElement cases) && cases.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty each in cases.EnumerateObject().Where(each => each.Value.TryGetProperty("expanded", out _)))
            {
                JsonElement expanded = each.Value.GetProperty("expanded");
                (string, string?)[] texts = [.. expanded.EnumerateArray().Select(text => (text.GetString()!, (string?)null))];
                compared += Rows(fixture, texts, $"{each.Name}.input_ids", [$"{each.Name}.attention_mask"], tokenizer);
            }
        }
        return compared;
    }

    private static int Rows(Fixture fixture, (string First, string? Second)[] texts, string ids, string[] masks, Tokenizer tokenizer)
    {
        int width = fixture.Shape(ids)[1];
        string pad = tokenizer.Settings.Roles["pad_token"];
        var options = new EncodeOptions
        {
            Truncation = new Truncation(width, Side: tokenizer.Settings.TruncationSide),
            Padding = new Padding(tokenizer.Id(pad)!.Value, pad, tokenizer.Settings.PaddingSide, FixedLength: width),
        };
        Encoded[] rows = [.. texts.Select(text => tokenizer.Encode(text.First, text.Second, options))];
        CaseTests.Equal(fixture.Ints(ids), rows.SelectMany(row => row.Ids), fixture.Name, ids);
        string? mask = masks.FirstOrDefault(name => fixture.Has(name) && fixture.Shape(name).SequenceEqual(fixture.Shape(ids)));
        Assert.True(mask is not null, $"{fixture.Name}: no attention mask for {ids}.");
        CaseTests.Equal(fixture.Ints(mask), rows.SelectMany(row => row.AttentionMask), fixture.Name, mask);
        string types = ids.Replace("input_ids", "token_type_ids", StringComparison.Ordinal);
        if (fixture.Has(types))
        {
            CaseTests.Equal(fixture.Ints(types), rows.SelectMany(row => row.TypeIds), fixture.Name, types);
        }
        return rows.Length;
    }
}
