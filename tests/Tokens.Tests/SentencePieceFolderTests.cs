using System.Globalization;
using Euterpe.Testing;
using static Euterpe.Tokens.Tests.SentencePieceFiles;

namespace Euterpe.Tokens.Tests;

/// <summary>Folders that hold a SentencePiece model and no tokenizer.json, as the classes of transformers use them.</summary>
public sealed class SentencePieceFolderTests
{
    private static readonly (string, float, int)[] s_pieces =
    [
        ("▁", -2, Normal), ("a", -3, Normal), ("b", -3, Normal), ("▁a", -3, Normal), ("▁Hello", -1, Normal), (".", -4, Normal), ("▁.", -4, Normal),
    ];

    private static readonly (string, float, int)[] s_t5 = [("<pad>", 0, Control), ("</s>", 0, Control), ("<unk>", 0, Unknown), .. s_pieces];

    private static readonly (string, float, int)[] s_llama = [("<unk>", 0, Unknown), ("<s>", 0, Control), ("</s>", 0, Control), .. s_pieces];

    [Fact]
    public void T5_has_its_extra_ids_and_one_end()
    {
        using var folder = new TemporaryFolder();
        Tokenizer tokenizer = Load(folder, "spiece.model", Of(Unigram, s_t5), """{"tokenizer_class":"T5Tokenizer","extra_ids":5}""");
        Assert.Equal(15, tokenizer.VocabularySize);
        // The last of the extra ids is the first beyond the pieces; it takes the white space around it.
        Assert.Equal([6, 14, 6, 5, 10, 1], tokenizer.Encode("a <extra_id_0> ab<extra_id_4> ").Ids);
        Assert.Equal([6, 1], tokenizer.Encode("a").Ids);
        Assert.Equal([6, 1], tokenizer.Encode("a</s>").Ids);
        Assert.Equal([6, 1, 6, 5, 1], tokenizer.Encode("a", "ab").Ids);
        Assert.Equal([3, 2, 1], tokenizer.Encode("日本").Ids);
        Assert.Equal([6], tokenizer.Encode("a", options: new EncodeOptions { AddSpecialTokens = false }).Ids);
        Assert.Equal("a <extra_id_0> ab</s>", tokenizer.Decode([6, 14, 6, 5, 1]));
        Assert.Equal("aab", tokenizer.Decode([6, 14, 4, 5, 1], skipSpecialTokens: true));
        Assert.Equal("<pad>", tokenizer.Settings.Roles["pad_token"]);
        Assert.Equal(10, Load(folder, "spiece.model", Of(Unigram, s_t5), """{"tokenizer_class":"MT5Tokenizer","extra_ids":0}""").VocabularySize);
    }

    [Fact]
    public void T5_is_known_without_a_configuration()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(110, Load(folder, "spiece.model", Of(Unigram, s_t5), null).VocabularySize);
        var error = Assert.Throws<InvalidDataException>(() => Load(folder, "spiece.model", Of(Unigram, s_llama), null));
        Assert.Contains("special pieces are not T5's", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "a <s>.", "1 6 1 9")]
    [InlineData(false, "a <s>.", "1 6 3 1 8")]
    [InlineData(true, "<s>a", "1 1 6")]
    [InlineData(false, "<s>a", "1 1 4")]
    [InlineData(false, "<s> a", "1 1 6")]
    [InlineData(false, "a", "1 6")]
    [InlineData(false, " a", "1 3 6")]
    [InlineData(true, "", "1")]
    [InlineData(false, "", "1")]
    public void Llama_puts_a_space_before_each_part_or_the_text(bool legacy, string text, string expected)
    {
        // The parts of "legacy" each get a space in front (removed before the end); without it only the text, and spaces stay.
        using var folder = new TemporaryFolder();
        Tokenizer tokenizer = Load(folder, "tokenizer.model", Of(BytePair, s_llama, normalizer: Normalizer(removeSpaces: legacy)),
            $$"""{"tokenizer_class":"LlamaTokenizer","legacy":{{(legacy ? "true" : "false")}}}""");
        Assert.Equal(expected, string.Join(' ', tokenizer.Encode(text).Ids.Select(id => id.ToString(CultureInfo.InvariantCulture))));
    }

    [Fact]
    public void Llama_frames_as_its_configuration_says()
    {
        using var folder = new TemporaryFolder();
        byte[] model = Of(BytePair, s_llama);
        Assert.Equal([1, 6, 1, 6], Load(folder, "tokenizer.model", model, null).Encode("a", "a").Ids);
        Tokenizer tokenizer = Load(folder, "tokenizer.model", model,
            """{"add_bos_token":false,"add_eos_token":true,"tokenizer_class":"LlamaTokenizerFast"}""");
        Assert.Equal([6, 2, 6, 2], tokenizer.Encode("a", "a").Ids);
        Assert.Equal([0, 0, 1, 1], tokenizer.Encode("a", "a").TypeIds);
        Assert.Equal("a", tokenizer.Decode([6, 2], skipSpecialTokens: true));
        Assert.Equal([6, 2], Tokenizer.Load(Path.Combine(folder.Path, "tokenizer.model")).Encode("a").Ids);
    }

    [Fact]
    public void Xlm_roberta_has_fairseqs_ids()
    {
        using var folder = new TemporaryFolder();
        Tokenizer tokenizer = Load(folder, "sentencepiece.bpe.model", Of(Unigram, s_llama), """{"tokenizer_class":"XLMRobertaTokenizer"}""");
        Assert.Equal(12, tokenizer.VocabularySize);
        Assert.Equal([0, 7, 2, 2, 7, 6, 2], tokenizer.Encode("a", "ab").Ids);
        Assert.Equal([0, 7, 11, 7, 2], tokenizer.Encode("a <mask> a").Ids);
        Assert.Equal([0, 4, 3, 2], tokenizer.Encode("日本").Ids);
        Assert.Equal([0, 1, 2, 3, 11], ((string[])["<s>", "<pad>", "</s>", "<unk>", "<mask>"]).Select(token => tokenizer.Id(token)!.Value));
        Assert.Equal("a ab", tokenizer.Decode([0, 7, 7, 6, 2], skipSpecialTokens: true));
        Assert.Throws<InvalidDataException>(() => Load(folder, "sentencepiece.bpe.model", Of(Unigram, s_t5), null));
    }

    [Fact]
    public void Other_classes_and_files_are_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        byte[] model = Of(Unigram, s_t5);
        var error = Assert.Throws<InvalidDataException>(() => Load(folder, "spiece.model", model, """{"tokenizer_class":"AlbertTokenizer"}"""));
        Assert.Contains("\"AlbertTokenizer\" is not read", error.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => Load(folder, "spiece.model", "IQ== 0\nIg== 1\n"u8.ToArray(), null));
        Assert.Throws<InvalidDataException>(() => Load(folder, "spiece.model", model, """{"tokenizer_class":"T5Tokenizer","extra_ids":-1}"""));
    }

    private static Tokenizer Load(TemporaryFolder folder, string name, byte[] model, string? config)
    {
        File.WriteAllBytes(folder.File(name), model);
        File.Delete(folder.File("tokenizer_config.json"));
        if (config is not null)
        {
            File.WriteAllText(folder.File("tokenizer_config.json"), config);
        }
        return Tokenizer.Load(folder.Path);
    }
}
