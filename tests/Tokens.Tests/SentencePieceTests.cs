using System.Text.Json;
using Euterpe.Testing;

namespace Euterpe.Tokens.Tests;

/// <summary>Model files as sentencepiece's trainer wrote them, and what it made of texts: id by id, piece by piece, text by text.</summary>
[Trait("Category", "Parity")]
public sealed class SentencePieceTests
{
    [SkippableTheory]
    [Cases("sentencepiece", "file=spiece.model and file!=tokenizer.json")]
    public void Pieces_match_sentencepiece(string name)
    {
        Fixture fixture = Fixture.Open(name);
        Assert.Equal(0, fixture.Tolerance("exact", 0));
        SentencePieceModel model = SentencePieceModel.Load(fixture.File("spiece.model"));
        Assert.Equal(fixture.Case.GetProperty("vocabulary").GetInt32(), model.VocabularySize);
        Assert.Equal(fixture.Case.GetProperty("unk").GetInt32(), model.UnknownId);
        Assert.Equal(fixture.Case.GetProperty("bos").GetInt32(), model.BeginId);
        Assert.Equal(fixture.Case.GetProperty("eos").GetInt32(), model.EndId);
        Assert.Equal(fixture.Case.GetProperty("pad").GetInt32(), model.PadId);
        int count = 0;
        foreach (JsonElement row in fixture.List)
        {
            Check(row, model);
            count++;
        }
        Assert.True(count > 0, name);
    }

    /// <summary>The same texts by the folder's tokenizer.json ("fast") and, without it, by its spiece.model ("slow").</summary>
    [SkippableTheory]
    [Cases("sentencepiece", "file=spiece.model and file=tokenizer.json")]
    public void Ids_of_T5_match_transformers(string name)
    {
        Fixture fixture = Fixture.Open(name);
        Assert.Equal(0, fixture.Tolerance("exact", 0));
        Tokenizer fast = Tokenizer.Load(fixture.Folder), slow = CaseTests.FromVocabulary(fixture.Folder);
        int count = 0;
        foreach (JsonElement row in fixture.List)
        {
            string text = row.GetProperty("text").GetString()!;
            Encoded encoded = fast.Encode(text);
            CaseTests.Equal(CaseTests.Ints(row.GetProperty("fast")), encoded.Ids, text, "fast");
            CaseTests.Equal([row.GetProperty("decoded").GetString()!], [fast.Decode(encoded.Ids, skipSpecialTokens: true)], text, "decoded");
            CaseTests.Equal(CaseTests.Ints(row.GetProperty("slow")), slow.Encode(text).Ids, text, "slow");
            Assert.Equal(4, row.EnumerateObject().Count());
            count++;
        }
        Assert.True(count > 0, name);
    }

    private static void Check(JsonElement row, SentencePieceModel model)
    {
        string text = row.GetProperty("text").GetString()!;
        Encoded encoded = model.Encode(text);
        foreach (JsonProperty property in row.EnumerateObject())
        {
            switch (property.Name)
            {
                case "text":
                    break;
                case "ids":
                    CaseTests.Equal(CaseTests.Ints(property.Value), encoded.Ids, text, "ids");
                    break;
                case "pieces":
                    CaseTests.Equal(property.Value.EnumerateArray().Select(each => each.GetString()!), encoded.Tokens, text, "pieces");
                    break;
                case "decoded":
                    CaseTests.Equal([property.Value.GetString()!], [model.Decode(encoded.Ids)], text, "decoded");
                    break;
                case "normalized":
                    CaseTests.Equal([property.Value.GetString()!], [model.Normalize(text)], text, "normalized");
                    break;
                default:
                    Assert.Fail($"A case holds \"{property.Name}\", which no test claims.");
                    break;
            }
        }
    }
}
