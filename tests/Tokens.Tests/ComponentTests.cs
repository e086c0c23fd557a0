using System.Globalization;
using System.Text.Json;
using Euterpe.Testing;

namespace Euterpe.Tokens.Tests;

/// <summary>Components one by one, with what the crate tokenizers 0.22.2 states for them in its own tests and documentation.</summary>
public sealed class ComponentTests
{
    private const string Always = """{"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":true}""";

    [Theory]
    [InlineData(Always, "Hey friend!", "▁Hey,▁friend!")]
    [InlineData(Always, "Hey   friend!", "▁Hey,▁,▁,▁friend!")]
    [InlineData(Always, "▁Hey ", "▁Hey,▁")]
    [InlineData("""{"type":"Metaspace","replacement":"_","add_prefix_space":true}""", "a b", "_a,_b")]
    [InlineData("""{"type":"Metaspace","str_rep":"_","replacement":"_","add_prefix_space":true,"prepend_scheme":"always"}""", "a b", "_a,_b")]
    [InlineData("""{"type":"Metaspace","replacement":"_","add_prefix_space":false}""", "a b", "a,_b")]
    [InlineData("""{"type":"Metaspace","replacement":"_","prepend_scheme":"never","split":false}""", "a b", "a_b")]
    [InlineData("""{"type":"Sequence","pretokenizers":[{"type":"WhitespaceSplit"},{"type":"Metaspace","replacement":"▁","add_prefix_space":true}]}""",
        " Hey  friend!\n", "▁Hey,▁friend!")]
    [InlineData("""
        {"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"String":"<s>"},"behavior":"Isolated","invert":false},
         {"type":"Metaspace","replacement":"▁","prepend_scheme":"first","split":false}]}
        """, "Hey my friend <s>how▁are you", "▁Hey▁my▁friend▁,<s>,how▁are▁you")]
    [InlineData("""{"type":"BertPreTokenizer"}""", "Hey friend!     How are you?!?", "Hey,friend,!,How,are,you,?,!,?")]
    [InlineData("""{"type":"BertPreTokenizer"}""", "野口里佳 Noguchi Rika", "野口里佳,Noguchi,Rika")]
    [InlineData("""{"type":"FixedLength","length":5}""", "Hello world", "Hello, worl,d")]
    [InlineData("""{"type":"Punctuation","behavior":"Contiguous"}""", "a?!b", "a,?!,b")]
    [InlineData("""{"type":"Punctuation","behavior":"MergedWithPrevious"}""", "a?!b", "a?,!,b")]
    [InlineData("""{"type":"Punctuation","behavior":"MergedWithNext"}""", "a?!b", "a,?,!b")]
    [InlineData("""{"type":"Punctuation","behavior":"Removed"}""", "a?!b", "a,b")]
    public void Pre_tokenizers_cut_as_upstream(string json, string text, string expected) =>
        Assert.Equal(expected, string.Join(',', Tokenizers.With(pre: json).PreTokenize(text)));

    [Theory]
    [InlineData("""{"type":"BertNormalizer"}""", "Crème\tBRÛLÉE\u0000\u200b", "creme brulee")]
    [InlineData("""{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":false,"lowercase":true}""",
        "É日本", "é 日  本 ")]
    [InlineData("""{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":false,"strip_accents":null,"lowercase":false}""",
        "É日\u2028本", "É日 本")]
    [InlineData("""{"type":"BertNormalizer","clean_text":false,"handle_chinese_chars":false,"strip_accents":true,"lowercase":false}""",
        "É\u0007\t", "E\u0007\t")]
    public void Normalizers_do_as_upstream(string json, string text, string expected) =>
        Assert.Equal(expected, string.Concat(Tokenizers.With(normalizer: json).PreTokenize(text)));

    [Theory]
    [InlineData("""{"type":"WordPiece","prefix":"##","cleanup":true}""", "My na ##me is Jo ##hn", "My name is John")]
    [InlineData("""{"type":"WordPiece","prefix":"##","cleanup":true}""", "I 'm Jo ##hn", "I'm John")]
    [InlineData("""{"type":"WordPiece","prefix":"__","cleanup":false}""", "I 'm Jo __hn", "I 'm John")]
    [InlineData("""{"type":"WordPiece","prefix":"##","cleanup":false}""", "##uelo Ara ##új ##o", "##uelo Araújo")]
    [InlineData("""{"type":"ByteFallback"}""", "<0x61>", "a")]
    [InlineData("""{"type":"ByteFallback"}""", "<0xE5> <0x8f>", "\ufffd\ufffd")]
    [InlineData("""{"type":"ByteFallback"}""", "<0xE5> <0x8f> <0xab> a", "叫a")]
    [InlineData("""{"type":"Strip","content":"_","start":1,"stop":0}""", "_My na me __-", "Myname_-")]
    [InlineData("""{"type":"Strip","content":"y","start":0,"stop":1}""", "Hey friend", "Hefriend")]
    [InlineData(Always, "▁My ▁name ▁is", "My name is")]
    [InlineData("""{"type":"Metaspace","replacement":"-","prepend_scheme":"never"}""", "-My -name", " My name")]
    [InlineData("""{"type":"Metaspace","replacement":"▁","add_prefix_space":true}""", "▁▁My▁ ▁name", "My name")]
    [InlineData("""{"type":"BPEDecoder","suffix":"</w>"}""", "My</w> na me</w> is</w> Jo hn</w>", "My name is John")]
    [InlineData("""{"type":"CTC","pad_token":"<pad>","word_delimiter_token":"|","cleanup":true}""",
        "<pad> <pad> h e e l l <pad> l o o | w <pad> o", "hello wo")]
    [InlineData("""
        {"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},
         {"type":"Strip","content":" ","start":1,"stop":0}]}
        """, "▁My <0xC3> <0xA9> ▁a", "My\u00e9 a")]
    public void Decoders_do_as_upstream(string json, string tokens, string expected)
    {
        string[] list = tokens.Split(' ');
        string[] distinct = [.. list.Append("?").Distinct()];
        string vocabulary = string.Join(',', distinct.Select((token, i) => $"{JsonSerializer.Serialize(token)}:{i}"));
        Tokenizer tokenizer = Tokenizers.With(decoder: json, model: $$"""{"type":"WordLevel","unk_token":"?","vocab":{ {{vocabulary}} } }""");
        Assert.Equal(expected, tokenizer.Decode(list.Select(token => Array.IndexOf(distinct, token))));
    }

    [Theory]
    [InlineData("abc", "abc")]
    [InlineData("AB", "AB")]
    [InlineData("abcd", "ab cd")]
    [InlineData("abcc", "abc c")]
    [InlineData("xabcabaabcdd", "x abc ab a ab cd d")]
    [InlineData("xyz東京", "xyz東京")]
    [InlineData("ABC", "ABC")]
    [InlineData("abABCcd", "ab ABC cd")]
    [InlineData("ababcdabcdcd", "ab abcdabcd cd")]
    [InlineData("abqrcd", "ab q r cd")]
    public void Unigram_cuts_as_upstream(string text, string expected)
    {
        const string model = """
            {"type":"Unigram","unk_id":0,"byte_fallback":false,"vocab":[["<unk>",0.0],["ab",0.0],["cd",-0.1],["abc",-0.2],["a",-0.3],
             ["b",-0.4],["c",-0.5],["ABC",-0.5],["abcdabcd",20.0],["q",20.5],["r",20.5],["qr",-0.5]]}
            """;
        Assert.Equal(expected, string.Join(' ', Tokenizers.With(model: model).Encode(text).Offsets.Select(at => text[at.Start..at.End])));
    }

    [Fact]
    public void Unigram_falls_back_to_bytes_where_it_has_them_all()
    {
        const string model = """{"type":"Unigram","unk_id":0,"byte_fallback":true,"vocab":[["<unk>",0.0],["<0xC3>",-0.01],["<0xA9>",-0.03]]}""";
        Encoded encoded = Tokenizers.With(model: model).Encode("é");
        Assert.Equal([1, 2], encoded.Ids);
        Assert.Equal([(0, 1), (0, 1)], encoded.Offsets);
        Assert.Equal([0], Tokenizers.With(model: model).Encode("?é").Ids);
    }

    [Fact]
    public void Unigram_without_an_unknown_token_says_what_it_cannot_cover()
    {
        Tokenizer tokenizer = Tokenizers.With(model: """{"type":"Unigram","unk_id":null,"vocab":[["a",-1]]}""");
        Assert.Equal([0, 0], tokenizer.Encode("aa").Ids);
        Assert.Contains("U+0062", Assert.Throws<InvalidDataException>(() => tokenizer.Encode("ab")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("unwanted", "un ##want ##ed")]
    [InlineData("unwantedX", "[UNK]")]
    [InlineData("runn", "[UNK]")]
    [InlineData("want", "[UNK]")]
    [InlineData("unununununun", "[UNK]")]
    public void WordPiece_takes_the_longest_piece(string text, string expected)
    {
        string[] tokens = ["[UNK]", "un", "##want", "##ed", "##e", "##d", "##wa", "runni", "##n"];
        string vocabulary = string.Join(',', tokens.Select((token, i) => string.Create(CultureInfo.InvariantCulture, $"\"{token}\":{i}")));
        Tokenizer tokenizer = Tokenizers.With(model: $$"""
            {"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":11,"vocab":{ {{vocabulary}} } }
            """);
        Assert.Equal(expected, string.Join(' ', tokenizer.Encode(text).Tokens));
    }

    /// <summary>Encoding.truncate of the crate: windows of 2 of [1, 2, 3], and the combinations of a pair's windows.</summary>
    [Fact]
    public void Windows_that_overflow_are_upstreams()
    {
        Tokenizer tokenizer = Tokenizers.With(pre: """{"type":"WhitespaceSplit"}""",
            model: """{"type":"WordLevel","unk_token":"?","vocab":{"?":0,"a":1,"b":2,"c":3,"d":4,"e":5}}""");
        string Windows(string text, string? pair, Truncation truncation)
        {
            Encoded encoded = tokenizer.Encode(text, pair, new EncodeOptions { Truncation = truncation with { KeepOverflow = true } });
            return string.Join('|', encoded.Overflow.Prepend(encoded).Select(window => string.Concat(window.Ids)));
        }
        Assert.Equal("12|3", Windows("a b c", null, new Truncation(2)));
        Assert.Equal("12|23|34|45", Windows("a b c d e", null, new Truncation(2, Stride: 1)));
        Assert.Equal("345|234|123", Windows("a b c d e", null, new Truncation(3, Side: Side.Left, Stride: 2)));
        Assert.Equal("345|123", Windows("a b c d e", null, new Truncation(3, Side: Side.Left, Stride: 1)));
        Assert.Equal("45|23|1", Windows("a b c d e", null, new Truncation(2, Side: Side.Left)));
        Assert.Equal("1245|345|33|123", Windows("a b c", "d e c", new Truncation(4)));
        Assert.Equal("|1", Windows("a", null, new Truncation(0)));
        Assert.Throws<ArgumentException>(() => Windows("a b c", null, new Truncation(2, Stride: 2)));
        Encoded padded = tokenizer.Encode("a b c",
            options: new EncodeOptions { Truncation = new Truncation(2, KeepOverflow: true), Padding = new Padding(0, "?") });
        Assert.Equal([3, 0], padded.Overflow[0].Ids);
        Assert.Equal([1, 0], padded.Overflow[0].AttentionMask);
        Assert.Empty(tokenizer.Encode("a b c", options: new EncodeOptions { Truncation = new Truncation(2) }).Overflow);
        var second = new EncodeOptions { Truncation = new Truncation(2, TruncationStrategy.OnlySecond) };
        Assert.Throws<ArgumentException>(() => tokenizer.Encode("a b c", "d", second));
        Assert.Equal("34|35", Windows("c", "d e", new Truncation(2, TruncationStrategy.OnlySecond)));
        const string swapped = """
            {"type":"TemplateProcessing","single":[{"Sequence":{"id":"A","type_id":0}}],"pair":[{"Sequence":{"id":"B","type_id":0}},
             {"Sequence":{"id":"A","type_id":1}}],"special_tokens":{}}
            """;
        tokenizer = Tokenizers.With(post: swapped, pre: """{"type":"WhitespaceSplit"}""",
            model: """{"type":"WordLevel","unk_token":"?","vocab":{"?":0,"a":1,"b":2,"c":3,"d":4,"e":5}}""");
        Assert.Equal("4512|312|33|453", Windows("a b c", "d e c", new Truncation(4)));
    }

    [Fact]
    public void Berts_own_layout_is_its_tokenizer_json()
    {
        string source = Path.Combine(Fixture.Repository, "tests", "Fixtures", "language", "tokenizers", "wordpiece");
        using var folder = new TemporaryFolder();
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(source, "tokenizer.json")));
        var tokens = json.RootElement.GetProperty("model").GetProperty("vocab").EnumerateObject().OrderBy(each => each.Value.GetInt32());
        string vocabulary = Path.Combine(folder.Path, "vocab.txt"), config = Path.Combine(folder.Path, "tokenizer_config.json");
        File.WriteAllLines(vocabulary, tokens.Select(each => each.Name));
        Tokenizer expected = Tokenizer.Load(source), plain = Tokenizer.Load(folder.Path);
        foreach (string text in (string[])["Crème brûlée, 120 BPM!", "日本 [MASK] piano", ""])
        {
            Assert.Equal(expected.Encode(text, text).Ids, plain.Encode(text, text).Ids);
            Assert.Equal(expected.Encode(text, text).TypeIds, plain.Encode(text, text).TypeIds);
            Assert.Equal(expected.Decode(expected.Encode(text).Ids), plain.Decode(plain.Encode(text).Ids));
        }
        File.WriteAllText(config, """{"tokenizer_class":"BertTokenizer","do_lower_case":false,"strip_accents":true}""");
        Assert.Equal(Tokenizer.Load(folder.Path).Encode("creme").Ids, Tokenizer.Load(folder.Path).Encode("crème").Ids);
        // The class follows its configuration, whatever tokenizer.json says.
        File.Copy(Path.Combine(source, "tokenizer.json"), Path.Combine(folder.Path, "tokenizer.json"));
        Assert.NotEqual(expected.Encode("PIANO").Ids, Tokenizer.Load(folder.Path).Encode("PIANO").Ids);
        File.Delete(Path.Combine(folder.Path, "tokenizer.json"));
        File.WriteAllText(config, """{"tokenizer_class":"OddTokenizer"}""");
        Assert.Contains("OddTokenizer", Assert.Throws<InvalidDataException>(() => Tokenizer.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"type":"Metaspace","replacement":"_","add_prefix_space":false,"prepend_scheme":"always"}""", "add_prefix_space")]
    [InlineData("""{"type":"Metaspace","replacement":"__"}""", "one character")]
    [InlineData("""{"type":"Metaspace","replacement":"_","prepend_scheme":"sometimes"}""", "none of")]
    [InlineData("""{"type":"FixedLength","length":0}""", "a whole number")]
    [InlineData("""{"type":"CharDelimiterSplit","delimiter":""}""", "one character")]
    [InlineData("""{"type":"UnicodeScripts"}""", "\"UnicodeScripts\" is not read")]
    public void Broken_pre_tokenizers_are_refused_by_name(string json, string expected) =>
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => Tokenizers.With(pre: json)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"type":"Precompiled","precompiled_charsmap":"?"}""", "not base 64")]
    [InlineData("""{"type":"Precompiled","precompiled_charsmap":"AAAA"}""", "precompiled_charsmap")]
    [InlineData("""{"type":"Precompiled","precompiled_charsmap":null}""", "missing")]
    [InlineData("""{"type":"BertNormalizer","lowercase":1}""", "true or false")]
    public void Broken_normalizers_are_refused_by_name(string json, string expected) =>
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => Tokenizers.With(normalizer: json)).Message, StringComparison.Ordinal);
}
