using System.Text;
using Euterpe.Testing;

namespace Euterpe.Tokens.Tests;

public sealed class TokenizerTests
{
    private static readonly string s_fixture = Path.Combine(Fixture.Repository, "tests", "Fixtures", "transformers", "tokenizers", "byte_bpe");
    private static readonly string s_language = Path.Combine(Fixture.Repository, "tests", "Fixtures", "language", "tokenizers") + "/";

    [Theory]
    [InlineData("[]", "x<s>y", "xxx")]
    [InlineData("""{"id":9,"content":"<s>","lstrip":true,"rstrip":true}""", "a  <s>  b", "a|  <s>  |b")]
    [InlineData("""{"id":9,"content":"ab","single_word":true}""", "ab cab ab", "ab| cab |ab")]
    [InlineData("""{"id":9,"content":"ab"},{"id":10,"content":"abc"}""", "abcab", "abc|ab")]
    [InlineData("""{"id":9,"content":"AB","normalized":true}""", "xABy", "x|AB|y")]
    [InlineData("""{"id":9,"content":"AB","normalized":false}""", "xaby", "xaby")]
    public void Added_tokens_are_cut_out_as_upstream_does(string added, string text, string expected)
    {
        added = added == "[]" ? added : $"[{added}]";
        var model = """{"type":"BPE","unk_token":"?","fuse_unk":true,"vocab":{"?":0},"merges":[]}""";
        Encoded encoded = Tokenizers.With(normalizer: """{"type":"Lowercase"}""", added: added, model: model).Encode(text);
        Assert.Equal(expected == "xxx" ? text : expected, string.Join('|', encoded.Offsets.Select(offset => text[offset.Start..offset.End])));
    }

    [Fact]
    public void Unknown_characters_follow_the_options()
    {
        static string Ids(string options, string text) => string.Join(' ', Tokenizers.With(
            model: $$"""{"type":"BPE",{{options}}"vocab":{"?":0,"a":1,"<0xC3>":2,"<0xA9>":3,"aa":4,"aaa":5},"merges":["a a"]}""").Encode(text).Ids);
        Assert.Equal("1", Ids("", "xay"));
        Assert.Equal("0 0 4 0", Ids("\"unk_token\":\"?\",", "xyaaz"));
        Assert.Equal("0 4 0", Ids("\"unk_token\":\"?\",\"fuse_unk\":true,", "xyaaz"));
        Assert.Equal("1 2 3 0", Ids("\"unk_token\":\"?\",\"byte_fallback\":true,", "aéx"));
        Assert.Equal("4 1", Ids("", "aaa"));
        Assert.Equal("5", Ids("\"ignore_merges\":true,", "aaa"));
        Assert.Equal("4", Ids("\"ignore_merges\":false,\"dropout\":0.0,", "aa"));
    }

    [Fact]
    public void Prefixes_and_suffixes_mark_the_parts_of_a_word()
    {
        Tokenizer tokenizer = Tokenizers.With(pre: """{"type":"WhitespaceSplit"}""", decoder: """{"type":"BPEDecoder","suffix":"</w>"}""",
            model: """{"type":"BPE","end_of_word_suffix":"</w>","vocab":{"a":0,"b":1,"b</w>":2,"ab</w>":3,"a</w>":4},"merges":["a b</w>"]}""");
        Encoded encoded = tokenizer.Encode("ab a bab");
        Assert.Equal([3, 4, 1, 3], encoded.Ids);
        Assert.Equal("ab a bab", tokenizer.Decode(encoded.Ids));
    }

    [Fact]
    public void Templates_and_truncation_share_the_room()
    {
        const string post = """
            {"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],
             "pair":[{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"<s>","type_id":1}},{"Sequence":{"id":"B","type_id":1}}],
             "special_tokens":{"<s>":{"id":"<s>","ids":[7,8],"tokens":["<s>","<t>"]}}}
            """;
        Tokenizer tokenizer = Tokenizers.With(post: post);
        Assert.Equal([7, 8, 2], tokenizer.Encode("c").Ids);
        Assert.Equal([2], tokenizer.Encode("c", options: new EncodeOptions { AddSpecialTokens = false }).Ids);
        Encoded pair = tokenizer.Encode("ccccc", "bb", new EncodeOptions { Truncation = new Truncation(6) });
        Assert.Equal([2, 2, 7, 8, 1, 1], pair.Ids);
        Assert.Equal([0, 0, 1, 1, 1, 1], pair.TypeIds);
        Assert.Equal([false, false, true, true, false, false], pair.SpecialMask);
        Encoded left = tokenizer.Encode("ccb", options: new EncodeOptions
        {
            Truncation = new Truncation(3, Side: Side.Left),
            Padding = new Padding(99, "<pad>", Side.Left, MultipleOf: 4),
        });
        Assert.Equal([99, 7, 8, 1], left.Ids);
        Assert.Equal([0, 1, 1, 1], left.AttentionMask);
        Assert.Throws<ArgumentException>(() => tokenizer.Encode("c", options: new EncodeOptions { Truncation = new Truncation(1) }));
        Assert.Throws<ArgumentException>(() => tokenizer.Encode("c",
            options: new EncodeOptions { Padding = new Padding(0, "p", FixedLength: int.MaxValue) }));
    }

    [Fact]
    public void Both_spellings_of_the_files_are_one_tokenizer()
    {
        Tokenizer json = Tokenizer.Load(s_fixture), plain = CaseTests.FromVocabulary(s_fixture);
        Assert.Equal(json.VocabularySize, plain.VocabularySize);
        Assert.Equal(77, json.Settings.ModelMaxLength);
        Assert.Equal("<pad>", plain.Settings.Roles["pad_token"]);
        foreach (int[] text in PatternTests.HardTexts(300, 40))
        {
            string hard = Unicode.Runes.Text(text);
            Assert.Equal(json.Encode(hard).Ids, plain.Encode(hard).Ids);
            Assert.Equal(hard, json.Decode(json.Encode(hard).Ids, skipSpecialTokens: true));
        }
    }

    [Fact]
    public void Four_threads_get_the_same_ids()
    {
        Tokenizer tokenizer = Tokenizer.Load(s_fixture);
        string[] texts = [.. PatternTests.HardTexts(500, 60).Select(text => Unicode.Runes.Text(text))];
        Tokenizer alone = Tokenizer.Load(s_fixture);
        int[][] expected = [.. texts.Select(text => alone.Encode(text).Ids.ToArray())];
        var wrong = new int[4];
        Thread[] threads = [.. Enumerable.Range(0, 4).Select(k => new Thread(() =>
        {
            for (int i = 0; i < texts.Length; i++)
            {
                int at = (i + (k * 100)) % texts.Length;
                wrong[k] += tokenizer.Encode(texts[at]).Ids.SequenceEqual(expected[at]) ? 0 : 1;
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.Equal([0, 0, 0, 0], wrong);
    }

    [Theory]
    [InlineData("word ")]
    [InlineData("a")]
    [InlineData(" ")]
    [InlineData("\n")]
    [InlineData("'")]
    [InlineData("e\u0301")]
    [InlineData("<mask> ")]
    public void A_million_characters_are_no_trouble(string unit)
    {
        // A shorter one through the general matcher and through NFC; unoptimized test builds are slow.
        foreach ((string folder, int length) in ((string, int)[])[(s_fixture, 1_000_000), (s_language + "llama3", 150_000),
            (s_language + "qwen2", 150_000)])
        {
            string text = string.Concat(Enumerable.Repeat(unit, length / unit.Length));
            Assert.True(Tokenizer.Load(folder).Encode(text).Length > 1000);
        }
    }

    [Theory]
    [InlineData("""{"type":"BPE","dropout":0.1,"vocab":{},"merges":[]}""", "dropout")]
    [InlineData("""{"type":"BPE","vocab":{"a":0},"merges":["a b"]}""", "\"b\" is not in the vocabulary")]
    [InlineData("""{"type":"BPE","vocab":{"a":0,"b":0},"merges":[]}""", "another one has")]
    [InlineData("""{"type":"BPE","vocab":{"a":0},"merges":[],"extra":1}""", "unknown key \"extra\"")]
    [InlineData("""{"type":"BPE","vocab":{"a":-1},"merges":[]}""", "a whole number")]
    [InlineData("""{"type":"BPE","vocab":{"a":0,"\ud800":1},"merges":[]}""", "surrogate")]
    [InlineData("""{"type":"WordLevel","vocab":{},"unk_token":"?"}""", "the unknown token \"?\" is not in the vocabulary")]
    [InlineData("""{"type":"Unigram","unk_id":1,"vocab":[["a",0]]}""", "unk_id is 1, and there are 1 pieces")]
    [InlineData("""{"type":"Unigram","unk_id":0,"vocab":[["a",1e999]]}""", "a finite number")]
    [InlineData("""{"type":"Unigram","unk_id":0,"vocab":[["a"]]}""", "a piece and its score")]
    [InlineData("""{"type":"WordPiece","vocab":{"a":0}}""", "[UNK]")]
    [InlineData("""{"type":"Oddity","vocab":{}}""", "\"Oddity\" is not read")]
    public void Broken_models_are_refused_by_name(string model, string expected) =>
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => Tokenizers.With(model: model)).Message, StringComparison.Ordinal);

    [Fact]
    public void Unknown_components_are_refused_by_name()
    {
        foreach (string which in (string[])["normalizer", "pre", "post", "decoder"])
        {
            const string odd = """{"type":"Oddity"}""";
            var error = Assert.Throws<InvalidDataException>(() => which switch
            {
                "normalizer" => Tokenizers.With(normalizer: odd),
                "pre" => Tokenizers.With(pre: odd),
                "post" => Tokenizers.With(post: odd),
                _ => Tokenizers.With(decoder: odd),
            });
            Assert.Contains("\"Oddity\" is not read", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Growth_without_bound_is_refused()
    {
        string doubling = string.Join(',', Enumerable.Repeat("""{"type":"Replace","pattern":{"String":"a"},"content":"aaaaaaaa"}""", 20));
        Tokenizer tokenizer = Tokenizers.With(normalizer: $$"""{"type":"Sequence","normalizers":[{{doubling}}]}""");
        Assert.Throws<InvalidDataException>(() => tokenizer.Encode(new string('a', 1000)));
    }

    [Fact]
    public void Mutated_files_are_read_or_refused()
    {
        int refused = Mutate(500);
        Assert.InRange(refused, 100, 499);
    }

    [Fact]
    [Trait("Category", "Long")]
    public void Many_mutated_files_are_read_or_refused() => Mutate(5000);

    private static int Mutate(int count)
    {
        byte[][] sources = [.. Directory.EnumerateFiles(Path.Combine(s_fixture, "../.."), "tokenizer.json", SearchOption.AllDirectories)
            .Concat(Directory.EnumerateFiles(Path.Combine(s_fixture, "../../../language/tokenizers"), "tokenizer.json", SearchOption.AllDirectories))
            .Order(StringComparer.Ordinal).Select(File.ReadAllBytes), Encoding.UTF8.GetBytes(Tokenizers.Json())];
        ulong state = 0x9E3779B97F4A7C15;
        int Next(int below)
        {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            return (int)(state % (ulong)below);
        }
        byte[][] tokens = [.. ((string[])["null", "0", "-1", "1e99", "\"\"", "[]", "{}", "true", "99999999999", "\"\\ud800\"", "{\"type\":", "]",
            "}", ","]).Select(Encoding.UTF8.GetBytes)];
        int refused = 0;
        for (int i = 0; i < count; i++)
        {
            List<byte> bytes = [.. sources[Next(sources.Length)]];
            // The components stand at the front and the vocabulary takes the rest, so half of the changes go to the front.
            int span = Next(2) == 0 ? Math.Min(bytes.Count, 3000) : bytes.Count;
            for (int change = 1 + Next(3); change > 0; change--)
            {
                int at = Next(Math.Min(span, bytes.Count));
                switch (Next(4))
                {
                    case 0:
                        bytes[at] = (byte)Next(256);
                        break;
                    case 1:
                        bytes.RemoveRange(at, Math.Min(1 + Next(20), bytes.Count - at));
                        break;
                    case 2:
                        bytes.InsertRange(at, tokens[Next(tokens.Length)]);
                        break;
                    default:
                        bytes.InsertRange(at, bytes.GetRange(at, Math.Min(1 + Next(200), bytes.Count - at)));
                        break;
                }
            }
            try
            {
                Tokenizer tokenizer = Tokenizer.Read(bytes.ToArray());
                tokenizer.Decode(tokenizer.Encode("Hello, it's  naïve <mask> 123 日本\n", "b").Ids);
            }
            catch (InvalidDataException)
            {
                refused++;
            }
        }
        return refused;
    }
}
