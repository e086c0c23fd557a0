using System.Text;
using System.Text.Json;
using Euterpe.Testing;
using FsCheck.Xunit;

namespace Euterpe.Tokens.Tests;

public sealed class SentencePieceModelTests
{
    private static readonly string s_fixtures = Path.Combine(Fixture.Repository, "tests", "Fixtures", "sentencepiece");
    private static readonly SentencePieceModel[] s_models = [.. SmallModels.All.Values.Select(bytes => SentencePieceModel.Read(bytes)),
        .. ((string[])["bpe_identity", "bpe_nfkc", "unigram_nfkc_cf_bytes", "unigram_nmt_nfkc"])
            .Select(name => SentencePieceModel.Load(Path.Combine(s_fixtures, name, "spiece.model")))];

    public static IEnumerable<object[]> Models => SmallModels.All.Keys.Select(name => new object[] { name });

    [Theory]
    [MemberData(nameof(Models))]
    public void Small_models_match_sentencepiece(string name)
    {
        SentencePieceModel model = SentencePieceModel.Read(SmallModels.All[name]);
        int count = 0;
        foreach (string line in File.ReadLines(Path.Combine(Fixture.Repository, "tests", "Tokens.Tests", "SmallModels.txt")))
        {
            if (line.Split('\t') is [string which, string text, string ids, string pieces, string decoded] && which == name)
            {
                Encoded encoded = model.Encode(JsonSerializer.Deserialize<string>(text)!);
                Assert.Equal((text, ids), (text, string.Join(' ', encoded.Ids)));
                Assert.Equal((text, JsonSerializer.Deserialize<string>(pieces)), (text, string.Join(' ', encoded.Tokens)));
                Assert.Equal((text, JsonSerializer.Deserialize<string>(decoded)), (text, model.Decode(encoded.Ids)));
                count++;
            }
        }
        Assert.Equal(SmallModels.Texts.Length, count);
    }

    [Fact]
    public void Roles_and_pieces_are_found_both_ways()
    {
        SentencePieceModel model = SentencePieceModel.Read(SmallModels.All["unigram"]);
        Assert.Equal((0, 1, 2, -1), (model.UnknownId, model.BeginId, model.EndId, model.PadId));
        Assert.Equal("▁a", model.Piece(model.Id("▁a")));
        Assert.Equal(0, model.Id("no piece"));
        Assert.Throws<ArgumentOutOfRangeException>(() => model.Piece(model.VocabularySize));
        Assert.Throws<ArgumentOutOfRangeException>(() => model.Decode([-1]));
    }

    [Fact]
    public void Offsets_are_those_of_sentencepiece()
    {
        // ▁ is in front of the text; the spaces taken away belong to the piece after them; only the last byte has the character.
        Encoded encoded = SentencePieceModel.Read(SmallModels.All["unigram"]).Encode("ab  c");
        Assert.Equal(["▁", "ab", "▁", "c"], encoded.Tokens);
        Assert.Equal([(0, 0), (0, 2), (2, 4), (4, 5)], encoded.Offsets);
        encoded = SentencePieceModel.Read(SmallModels.All["unigram bytes"]).Encode("zé");
        Assert.Equal(["▁", "<0x7A>", "<0x65>"], encoded.Tokens);
        Assert.Equal([(0, 0), (0, 1), (1, 2)], encoded.Offsets);
    }

    [Fact]
    public void Bytes_that_are_not_UTF8_become_replacement_characters()
    {
        SentencePieceModel model = SentencePieceModel.Load(Path.Combine(s_fixtures, "unigram_nmt_nfkc", "spiece.model"));
        // The charsmap makes a space of U+FFFD itself, and leaves alone what stands for a broken byte.
        Assert.Equal(["▁a", "\uFFFD\uFFFD"], model.Encode((ReadOnlySpan<byte>)[(byte)'a', 0xE2, 0x96]).Tokens);
        Assert.Equal(["▁a"], model.Encode("a\uFFFD").Tokens);
        Assert.Equal(["▁a"], model.Encode("a\ud800").Tokens);
        SentencePieceModel bytes = SentencePieceModel.Read(SmallModels.All["pairs bytes"]);
        Assert.Equal("a\uFFFD\uFFFDb日", bytes.DecodePieces(["▁a", "<0xE6>", "<0x97>", "b", "<0xE6>", "<0x97>", "<0xA5>"]));
    }

    [Fact]
    public async Task Four_callers_at_once_get_the_same()
    {
        string text = string.Join(' ', SmallModels.Texts);
        foreach (SentencePieceModel model in s_models)
        {
            IReadOnlyList<int>[] ids = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => model.Encode(text).Ids)));
            Assert.All(ids, each => Assert.Equal(ids[0], each));
        }
    }

    [Property(MaxTest = 300)]
    public void Any_string_is_encoded_and_decoded(string? text) => Check(text ?? "");

    [Fact]
    public void Hard_strings_are_encoded_and_decoded()
    {
        foreach (int[] runes in PatternTests.HardTexts(1500, 24))
        {
            Check(Unicode.Runes.Text(runes));
        }
    }

    private static void Check(string text)
    {
        foreach (SentencePieceModel model in s_models)
        {
            Encoded encoded = model.Encode(text);
            string normal = model.Normalize(text), pieces = string.Concat(encoded.Tokens), decoded = model.Decode(encoded.Ids);
            Assert.All(encoded.Ids, id => Assert.InRange(id, 0, model.VocabularySize - 1));
            Assert.Equal(encoded.Tokens.All(token => token.StartsWith("<0x", StringComparison.Ordinal)) ? pieces : normal,
                encoded.Tokens.Any(token => token.StartsWith("<0x", StringComparison.Ordinal)) ? normal : pieces);
            for (int i = 1; i < encoded.Length; i++)
            {
                Assert.True(encoded.Offsets[i - 1].Start <= encoded.Offsets[i].Start);
            }
            if (model == s_models[SmallModels.All.Keys.ToList().IndexOf("pairs bytes")])
            {
                // Identity, all bytes, spaces kept: nothing is lost but the difference between U+2581 and a space.
                Assert.Equal(Unicode.Runes.Text(Unicode.Runes.Of(text)).Replace('\u2581', ' '), decoded);
            }
            if (model == s_models[^2])
            {
                Assert.Equal(normal.Length == 0 ? "" : normal[1..].Replace('\u2581', ' '), decoded);
            }
        }
    }

    [Theory]
    [InlineData("a")]
    [InlineData(" ")]
    [InlineData("\u0301")]
    [InlineData("ab")]
    [InlineData("\u00e9\u0301")]
    [InlineData("xyz")]
    [InlineData("\u0928\u094d")]
    [InlineData("\ud83c\udde6")]
    public void A_megabyte_of_one_pattern_takes_one_pass(string unit)
    {
        string text = string.Concat(Enumerable.Repeat(unit, 1_000_000 / Encoding.UTF8.GetByteCount(unit)));
        foreach (SentencePieceModel model in (SentencePieceModel[])[s_models[7], s_models[^1]])
        {
            Encoded encoded = model.Encode(text);
            Assert.True(encoded.Length <= text.Length + 1);
            model.Decode(encoded.Ids);
        }
    }

    [Fact]
    public void Pieces_of_every_length_take_one_pass()
    {
        // Each place of the text ends a thousand pieces; both models prefer the short ones.
        (string, float, int)[] pieces = [("<unk>", 0, SentencePieceFiles.Unknown),
            .. Enumerable.Range(1, 1000).Select(length => (new string('a', length), -length * (1f + (length / 1e6f)), SentencePieceFiles.Normal))];
        foreach (int type in (int[])[SentencePieceFiles.Unigram, SentencePieceFiles.BytePair])
        {
            Encoded encoded = SentencePieceModel.Read(SentencePieceFiles.Of(type, pieces, normalizer: SentencePieceFiles.Normalizer(addSpace: false)))
                .Encode(new string('a', 20_000));
            Assert.Equal(20_000, encoded.Tokens.Sum(token => token.Length));
        }
    }
}
