using System.Text.Json;
using Euterpe.Testing;

namespace Euterpe.Tokens.Tests;

/// <summary>Tokenizers as upstream saved them, and what it made of texts: id by id.</summary>
[Trait("Category", "Parity")]
public sealed class CaseTests
{
    [SkippableTheory]
    [Cases("transformers/tokenizers")]
    [Cases("language/tokenizers")]
    public void Ids_match_transformers(string name)
    {
        Fixture fixture = Fixture.Open(name);
        if (fixture.Case.TryGetProperty("tolerance", out JsonElement tolerance))
        {
            Assert.Equal("0: ids and strings are exact", tolerance.GetString());
        }
        CheckAll(fixture, Tokenizer.Load(fixture.Folder));
        if (fixture.HasFile("vocab.json") && fixture.HasFile("merges.txt"))
        {
            CheckAll(fixture, FromVocabulary(fixture.Folder));
        }
    }

    /// <summary>The tokenizer inside a model's folder, truncated to its own length and padded to the longest, against the ids that the model got.</summary>
    [SkippableTheory]
    [Cases("transformers", "config.model_type=clap and tensor=input_ids")]
    public void Ids_of_models_match_transformers(string name)
    {
        Fixture fixture = Fixture.Open(name);
        foreach (Tokenizer tokenizer in (Tokenizer[])[Tokenizer.Load(fixture.Checkpoint), FromVocabulary(fixture.Checkpoint)])
        {
            string[] texts = [.. fixture.Case.GetProperty("texts").EnumerateArray().Select(each => each.GetString()!)];
            string pad = tokenizer.Settings.Roles["pad_token"];
            IReadOnlyList<Encoded> rows = tokenizer.EncodeBatch(texts, new EncodeOptions
            {
                Truncation = new Truncation(tokenizer.Settings.ModelMaxLength!.Value),
                Padding = new Padding(tokenizer.Id(pad)!.Value, pad, tokenizer.Settings.PaddingSide),
            });
            Equal(fixture.Ints("input_ids"), rows.SelectMany(row => row.Ids), name, "input_ids");
            Equal(fixture.Ints("attention_mask"), rows.SelectMany(row => row.AttentionMask), name, "attention_mask");
        }
    }

    /// <summary>The tokenizer.json that transformers makes of a SentencePiece file, with its precompiled normalizer.</summary>
    [SkippableTheory]
    [Cases("sentencepiece", "file=tokenizer.json")]
    public void Ids_of_converted_files_match_transformers(string name)
    {
        Fixture fixture = Fixture.Open(name);
        Assert.Equal(0, fixture.Tolerance("exact", 0));
        Tokenizer tokenizer = Tokenizer.Load(fixture.Folder);
        foreach (JsonElement row in fixture.List)
        {
            string text = row.GetProperty("text").GetString()!;
            Encoded encoded = tokenizer.Encode(text);
            Equal(Ints(row.GetProperty("fast")), encoded.Ids, text, "fast");
            Equal([row.GetProperty("decoded").GetString()!], [tokenizer.Decode(encoded.Ids, skipSpecialTokens: true)], text, "decoded");
        }
    }

    /// <summary>Without tokenizer.json: the same tokenizer from vocab.json, merges.txt and the configuration.</summary>
    internal static Tokenizer FromVocabulary(string folder)
    {
        DirectoryInfo copy = Directory.CreateTempSubdirectory("euterpe-tokens-");
        try
        {
            foreach (string file in Directory.EnumerateFiles(folder).Where(file => Path.GetFileName(file) != "tokenizer.json"))
            {
                File.Copy(file, Path.Combine(copy.FullName, Path.GetFileName(file)));
            }
            return Tokenizer.Load(copy.FullName);
        }
        finally
        {
            copy.Delete(recursive: true);
        }
    }

    private static void CheckAll(Fixture fixture, Tokenizer tokenizer)
    {
        int count = 0;
        foreach (JsonElement row in fixture.List)
        {
            Check(row, tokenizer);
            count++;
        }
        Assert.True(count > 0, fixture.Name);
        CheckBatch(fixture.Case.GetProperty("batch"), tokenizer);
        if (fixture.Case.TryGetProperty("pair", out JsonElement pair) && pair.ValueKind == JsonValueKind.Object)
        {
            CheckPair(pair, tokenizer);
        }
    }

    private static void Check(JsonElement row, Tokenizer tokenizer)
    {
        string text = row.GetProperty("text").GetString()!;
        Encoded encoded = tokenizer.Encode(text);
        Equal(Ints(row.GetProperty("ids")), encoded.Ids, text, "ids");
        foreach (JsonProperty property in row.EnumerateObject())
        {
            switch (property.Name)
            {
                case "text" or "ids":
                    break;
                case "tokens":
                    Equal(property.Value.EnumerateArray().Select(each => each.GetString()), encoded.Ids.Select(tokenizer.Token), text, "tokens");
                    break;
                case "without_special":
                    Equal(Ints(property.Value), tokenizer.Encode(text, options: new EncodeOptions { AddSpecialTokens = false }).Ids, text,
                        "without_special");
                    break;
                case "offsets":
                    Equal(property.Value.EnumerateArray().Select(each => (each[0].GetInt32(), each[1].GetInt32())), encoded.Offsets, text, "offsets");
                    break;
                case "decoded" when row.TryGetProperty("decoded_without_special", out _):
                    Equal([property.Value.GetString()!], [tokenizer.Decode(encoded.Ids)], text, "decoded");
                    break;
                case "decoded" or "decoded_without_special":
                    Equal([property.Value.GetString()!], [tokenizer.Decode(encoded.Ids, skipSpecialTokens: true)], text, property.Name);
                    break;
                case "pre_tokens":
                    Equal(property.Value.EnumerateArray().Select(each => each.GetString()!), tokenizer.PreTokenize(text), text, "pre_tokens");
                    break;
                default:
                    Assert.Fail($"A case holds \"{property.Name}\", which no test claims.");
                    break;
            }
        }
    }

    private static void CheckBatch(JsonElement batch, Tokenizer tokenizer)
    {
        string[] texts = [.. batch.GetProperty("texts").EnumerateArray().Select(each => each.GetString()!)];
        if (!batch.TryGetProperty("left", out JsonElement left))
        {
            CheckRows(batch, texts, batch, tokenizer, tokenizer.Settings.PaddingSide);
            return;
        }
        CheckRows(batch, texts, left, tokenizer, Side.Left);
        CheckRows(batch, texts, batch.GetProperty("right"), tokenizer, Side.Right);
    }

    private static void CheckRows(JsonElement batch, string[] texts, JsonElement expected, Tokenizer tokenizer, Side side)
    {
        string pad = tokenizer.Settings.Roles["pad_token"];
        IReadOnlyList<Encoded> rows = tokenizer.EncodeBatch(texts, new EncodeOptions
        {
            Truncation = new Truncation(batch.GetProperty("max_length").GetInt32(), Side: tokenizer.Settings.TruncationSide),
            Padding = new Padding(tokenizer.Id(pad)!.Value, pad, side),
        });
        for (int i = 0; i < texts.Length; i++)
        {
            Equal(Ints(expected.GetProperty("input_ids")[i]), rows[i].Ids, texts[i], $"batch ids, {side}");
            Equal(Ints(expected.GetProperty("attention_mask")[i]), rows[i].AttentionMask, texts[i], $"attention mask, {side}");
        }
    }

    private static void CheckPair(JsonElement pair, Tokenizer tokenizer)
    {
        Assert.Equal("longest_first", pair.GetProperty("truncation").GetString());
        string first = pair.GetProperty("texts")[0].GetString()!, second = pair.GetProperty("texts")[1].GetString()!;
        var truncation = new Truncation(pair.GetProperty("max_length").GetInt32());
        Encoded encoded = tokenizer.Encode(first, second, new EncodeOptions { Truncation = truncation });
        Equal(Ints(pair.GetProperty("input_ids")), encoded.Ids, first, "pair");
        Equal(Ints(pair.GetProperty("attention_mask")), encoded.AttentionMask, first, "pair's mask");
        if (pair.TryGetProperty("token_type_ids", out JsonElement types))
        {
            Equal(Ints(types), encoded.TypeIds, first, "pair's types");
        }
    }

    internal static IEnumerable<int> Ints(JsonElement list) => list.EnumerateArray().Select(each => each.GetInt32());

    internal static void Equal<T>(IEnumerable<T> expected, IEnumerable<T> actual, string text, string what) =>
        Assert.True(expected.SequenceEqual(actual), $"{what} of \"{text}\": expected {string.Join(' ', expected)}, found {string.Join(' ', actual)}");
}
