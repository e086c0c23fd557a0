using System.Text;
using Euterpe.Testing;

namespace Euterpe.Tokens.Tests;

/// <summary>Any string is encoded, and in one pass: what would be quadratic would not end here.</summary>
public sealed class HostileTextTests
{
    private static readonly string s_root = Path.Combine(Fixture.Repository, "tests", "Fixtures");

    public static IEnumerable<object[]> Folders() => new[] { "language/tokenizers", "transformers/tokenizers", "sentencepiece" }
        .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(s_root, folder), "tokenizer.json", SearchOption.AllDirectories))
        .Select(file => Path.GetRelativePath(s_root, Path.GetDirectoryName(file)!).Replace('\\', '/')).Order(StringComparer.Ordinal)
        .Select(name => new object[] { name });

    [Theory]
    [MemberData(nameof(Folders))]
    public void Any_string_is_encoded_with_offsets_in_order(string name)
    {
        Tokenizer tokenizer = Tokenizer.Load(Path.Combine(s_root, name));
        foreach (string text in Strings(1500))
        {
            int count = Unicode.Runes.Of(text).Length;
            Encoded encoded = tokenizer.Encode(text);
            (int Start, int End) last = (0, 0);
            for (int i = 0; i < encoded.Length; i++)
            {
                (int start, int end) = encoded.Offsets[i];
                Assert.NotNull(tokenizer.Token(encoded.Ids[i]));
                if (!encoded.SpecialMask[i])
                {
                    Assert.True(start >= last.Start && end >= start && end <= count, $"{name}: ({start}, {end}) after {last} in \"{text}\"");
                    last = (start, end);
                }
            }
            Encoded plain = tokenizer.Encode(text, options: new EncodeOptions { AddSpecialTokens = false });
            Assert.Equal(encoded.Ids.Where((_, i) => !encoded.SpecialMask[i]), plain.Ids);
            tokenizer.Decode(encoded.Ids, skipSpecialTokens: true);
        }
    }

    /// <summary>Byte-level models keep every text that needs no normalizing; Unigram ones every text of their own characters with one space
    /// between words.</summary>
    [Theory]
    [MemberData(nameof(Folders))]
    public void Decoding_gives_the_text_back_as_far_as_the_model_keeps_it(string name)
    {
        Tokenizer tokenizer = Tokenizer.Load(Path.Combine(s_root, name));
        string json = File.ReadAllText(Path.Combine(s_root, name, "tokenizer.json"));
        bool isByteLevel = json.Contains("\"ByteLevel\"", StringComparison.Ordinal);
        bool isUnigram = json.Contains("\"Unigram\"", StringComparison.Ordinal);
        string[] added = [.. tokenizer.AddedTokens.Select(token => token.Content)];
        int kept = 0;
        foreach (string text in Strings(1500))
        {
            string expected = isByteLevel ? Unicode.Runes.Text(Unicode.Runes.Of(text))
                : string.Join(' ', text.Split(default(char[]), StringSplitOptions.RemoveEmptyEntries)
                    .Select(word => string.Concat(word.Where(char.IsAsciiLetter)))).Trim();
            if (!isByteLevel && (!isUnigram || expected.Contains("  ", StringComparison.Ordinal)
                || tokenizer.Encode(expected).Ids.Contains(tokenizer.Id("<unk>")!.Value)))
            {
                continue;
            }
            if (Array.TrueForAll(added, token => !text.Contains(token, StringComparison.Ordinal)) && (!isByteLevel || !json.Contains("\"NFC\"",
                StringComparison.Ordinal) || Array.TrueForAll(Unicode.Runes.Of(text), rune => rune < 0x300)))
            {
                Assert.Equal(expected, tokenizer.Decode(tokenizer.Encode(expected).Ids, skipSpecialTokens: true));
                kept++;
            }
        }
        Assert.True(kept > 50 || (!isByteLevel && !isUnigram), $"{name}: {kept} texts.");
    }

    [Theory]
    [InlineData("a")]
    [InlineData(" ")]
    [InlineData("\u0301")]
    [InlineData("\u2581")]
    [InlineData("\ud83d")]
    [InlineData("\u65e5")]
    [InlineData("a\u0323\u0301")]
    [InlineData("<mask> ")]
    [InlineData("[MASK]")]
    public void A_long_line_is_no_trouble(string unit)
    {
        foreach (string name in (string[])["transformers/tokenizers/unigram", "language/tokenizers/unigram_xlmr", "language/tokenizers/wordpiece",
            "sentencepiece/t5"])
        {
            string text = string.Concat(Enumerable.Repeat(unit, 200_000 / unit.Length));
            Assert.True(Tokenizer.Load(Path.Combine(s_root, name)).Encode(text).Length > 0);
        }
    }

    /// <summary>Pieces as long as the text: a walk from every position would take 10^10 steps.</summary>
    [Fact]
    public void Long_pieces_are_no_trouble()
    {
        const int length = 100_000;
        string run = new('a', length), text = new('a', 2 * length);
        string Pieces(string prefix) => $"\"{prefix}a\":1,\"{prefix}{run}b\":2,\"a\":3,\"?\":0";
        Tokenizer unigram = Tokenizers.With(model: $$"""{"type":"Unigram","unk_id":0,"vocab":[["?",0],["a",-1],["{{run}}b",-2],["aa",-1.5]]}""");
        Assert.Equal(length, unigram.Encode(text).Length);
        Tokenizer wordPiece = Tokenizers.With(model: $$"""
            {"type":"WordPiece","unk_token":"?","max_input_chars_per_word":1000000,"continuing_subword_prefix":"##","vocab":{ {{Pieces("##")}} } }
            """);
        Assert.Equal(2 * length, wordPiece.Encode(text).Length);
        Tokenizer added = Tokenizers.With(added: $$"""[{"id":9,"content":"{{run}}b"},{"id":10,"content":"aaaa"}]""");
        Assert.Equal(length / 2, added.Encode(text).Length);
        Tokenizer replaced = Tokenizers.With(normalizer: $$"""{"type":"Replace","pattern":{"String":"{{run}}b"},"content":"c"}""");
        Assert.Equal(2 * length, replaced.Encode(text).Length);
        // A space that takes the spaces after it: upstream's tokens overlap, and would hold the square of the text.
        Tokenizer spaced = Tokenizers.With(added: """[{"id":9,"content":" ","rstrip":true}]""");
        Encoded spaces = spaced.Encode(new string(' ', 2 * length));
        Assert.Equal(2 * length, spaces.Length);
        Assert.Equal((5, 2 * length), spaces.Offsets[5]);
        Assert.Equal(1, Tokenizers.With(added: """[{"id":9,"content":" ","rstrip":true,"lstrip":true}]""").Encode(new string(' ', length)).Length);
    }

    /// <summary>Components that double a text, many of them: refused before the memory is asked for.</summary>
    [Fact]
    public void Growth_in_many_steps_is_refused()
    {
        static string Many(string part, int count) => string.Join(',', Enumerable.Repeat(part, count));
        string nested = """{"type":"ByteLevel"}""";
        for (int i = 0; i < 12; i++)
        {
            nested = $$"""{"type":"Sequence","normalizers":[{"type":"ByteLevel"},{"type":"ByteLevel"},{{nested}}]}""";
        }
        string text = new('\u00e9', 50_000), content = new('c', 50_000);
        const string bytes = """{"type":"ByteLevel","add_prefix_space":false,"use_regex":false}""";
        const string doubling = """{"type":"Replace","pattern":{"String":"a"},"content":"aa"}""";
        Tokenizer[] tokenizers =
        [
            Tokenizers.With(normalizer: nested),
            Tokenizers.With(pre: $$"""{"type":"Sequence","pretokenizers":[{{Many(bytes, 60)}}]}"""),
            Tokenizers.With(normalizer: $$"""{"type":"Prepend","prepend":"{{content}}"}""", added: """[{"id":9,"content":"x"}]"""),
        ];
        foreach (Tokenizer tokenizer in tokenizers)
        {
            var error = Assert.Throws<InvalidDataException>(() => tokenizer.Encode(text + string.Concat(Enumerable.Repeat("xy", 50_000))));
            Assert.Contains("have become", error.Message, StringComparison.Ordinal);
        }
        foreach (string decoder in (string[])[$$"""{"type":"Sequence","decoders":[{{Many(doubling, 60)}}]}""",
            $$"""{"type":"Replace","pattern":{"String":"a"},"content":"{{content}}"}"""])
        {
            Tokenizer tokenizer = Tokenizers.With(decoder: decoder);
            var error = Assert.Throws<InvalidDataException>(() => tokenizer.Decode(Enumerable.Repeat(0, 10_000)));
            Assert.Contains("has made", error.Message, StringComparison.Ordinal);
        }
        string ids = Many("0", 1000), names = Many("\"a\"", 1000), places = Many("""{"SpecialToken":{"id":"a","type_id":0}}""", 1000);
        var refused = Assert.Throws<InvalidDataException>(() => Tokenizers.With(post: $$"""
            {"type":"TemplateProcessing","single":[],"pair":[{{places}}],"special_tokens":{"a":{"id":"a","ids":[{{ids}}],"tokens":[{{names}}]} } }
            """));
        Assert.Contains("adds 1000000 tokens", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pieces_of_all_lengths_are_no_trouble()
    {
        var pieces = new StringBuilder("[\"?\",0]");
        for (int i = 1; i <= 300; i++)
        {
            pieces.Append(System.Globalization.CultureInfo.InvariantCulture, $",[\"{new string('a', i)}\",-{i}.5]");
        }
        Tokenizer tokenizer = Tokenizers.With(model: $$"""{"type":"Unigram","unk_id":0,"vocab":[{{pieces}}]}""");
        Encoded encoded = tokenizer.Encode(new string('a', 60_000));
        Assert.Equal(200, encoded.Length);
    }

    /// <summary>Strings of any UTF-16 units, halves of surrogate pairs among them, and of characters that tokenizers treat in their own
    /// ways.</summary>
    private static IEnumerable<string> Strings(int count)
    {
        ulong state = 0x2545F4914F6CDD1D;
        int Next(int below)
        {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            return (int)(state % (ulong)below);
        }
        string[] odd =
        [
            "<mask>", "</s>", "[MASK]", "<unk>", "\u2581", "\u0301", "e\u0301", "\u1100\u1161", "\ufdfa", "\u200b", "\u00a0", "\u3000", "\r\n",
            "\ud83d", "\udfb5", "\ud83c\udfb5", "\u30ab\u3099", "\uff76\uff9e", "##", "<0xE2>", "\u65e5\u672c", "\u0130", "\ufeff", "\0",
            "the ", "music ", " a", "it's",
        ];
        for (int i = 0; i < count; i++)
        {
            var text = new StringBuilder();
            for (int length = Next(12); length > 0; length--)
            {
                switch (Next(5))
                {
                    case 0:
                        text.Append((char)Next(0x10000));
                        break;
                    case 1:
                        text.Append(odd[Next(odd.Length)]);
                        break;
                    case 2:
                        text.Append((char)Next(0x250));
                        break;
                    default:
                        text.Append((char)(' ' + Next(95)));
                        break;
                }
            }
            yield return text.ToString();
        }
    }
}
