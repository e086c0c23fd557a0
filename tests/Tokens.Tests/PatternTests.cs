using Euterpe.Tokens.Patterns;
using Euterpe.Tokens.Unicode;

namespace Euterpe.Tokens.Tests;

public sealed class PatternTests
{
    private static readonly int[] s_alphabet =
    [
        .. "'sStTrReEvVmMlLdD aZ09.,!?-_\t\n\r\v  \u0085\u00a0\u3000\u2028\u200b²½٣é".EnumerateRunes().Select(rune => rune.Value),
        0x17F, 0x212A, 0x1D518, 0x1D7D9, 0x10348, 0x1F3B5, 0x301, 0xFFFD, 0x378, 0x65E5,
    ];

    /// <summary>Texts of an alphabet of hard characters, from a counter: the same ones every time.</summary>
    internal static IEnumerable<int[]> HardTexts(int count, int longest)
    {
        ulong state = 88172645463325252;
        ulong Next()
        {
            state ^= state << 13;
            state ^= state >> 7;
            return state ^= state << 17;
        }
        for (int i = 0; i < count; i++)
        {
            var text = new int[(int)(Next() % (ulong)(longest + 1))];
            for (int k = 0; k < text.Length; k++)
            {
                text[k] = s_alphabet[(int)(Next() % (ulong)s_alphabet.Length)];
            }
            yield return text;
        }
    }

    [Fact]
    public void The_hand_written_scan_equals_its_expression()
    {
        RegexPattern general = RegexPattern.General(Gpt2Pattern.Expression);
        var scan = new Gpt2Pattern();
        foreach (int[] text in HardTexts(20_000, 24))
        {
            Assert.Equal(general.Matches(text, 0, text.Length), scan.Matches(text, 0, text.Length));
        }
    }

    [Theory]
    [InlineData("a|ab", "abab", "a,a")]
    [InlineData("(?:a|ab)(?:c|bcd)", "abcd", "abcd")]
    [InlineData("a{2,3}", "aaaaaaa", "aaa,aaa")]
    [InlineData("a{2,3}?", "aaaaaaa", "aa,aa,aa")]
    [InlineData("a+?b", "aaab", "aaab")]
    [InlineData("a++a", "aaa", "")]
    [InlineData("(?>a|ab)c", "abc", "")]
    [InlineData("(?:ab)+", "ababa", "abab")]
    [InlineData("(?:ab)*?c", "ababc", "ababc")]
    [InlineData(@"(?<=a)b", "abcb", "b")]
    [InlineData(@"(?<!a)b", "abcb", "b")]
    [InlineData(@"\bfoo\b", "foo food foo", "foo,foo")]
    [InlineData(@"[^\s\p{L}]+", "ab1,2 c", "1,2")]
    [InlineData(@"[a-c&&[^b]]+", "abcca", "a,cca")]
    [InlineData(@"(?i:straße|k)", "STRAßE \u212A", "STRAßE,\u212A")]
    [InlineData(@"(?i)x|y", "XyY", "X,y,Y")]
    [InlineData(@"\p{Lu}\p{^Lu}", "AbAB1", "Ab,B1")]
    [InlineData(@"\x{1F3B5}|\u00e9|\x41", "A\u00e9\U0001F3B5", "A,\u00e9,\U0001F3B5")]
    [InlineData(@"^.", "ab\ncd", "a,c")]
    [InlineData(@".$", "ab\ncd", "b,d")]
    [InlineData(@"\A.|.\z", "abc", "a,c")]
    public void The_matcher_follows_oniguruma(string expression, string text, string expected)
    {
        int[] runes = Runes.Of(text);
        IEnumerable<string> found = RegexPattern.General(expression).Matches(runes, 0, runes.Length).Select(match
            => Runes.Text(runes.AsSpan(match.Start..match.End)));
        Assert.Equal(expected, string.Join(',', found));
    }

    [Theory]
    [InlineData("(")]
    [InlineData(")")]
    [InlineData("[a")]
    [InlineData("*")]
    [InlineData("(?:a*)*")]
    [InlineData("a{3,2}")]
    [InlineData(@"\1")]
    [InlineData(@"\p{Han}")]
    [InlineData("[[:alpha:]]")]
    [InlineData("(?<name>a)")]
    [InlineData("(?<=a*)b")]
    [InlineData("[z-a]")]
    [InlineData(@"\")]
    [InlineData("(?:(?:(?:a{1000}){1000}){1000})")]
    public void What_is_not_read_is_refused(string expression) =>
        Assert.Contains("[regex]", Assert.Throws<InvalidDataException>(() => RegexPattern.General(expression)).Message, StringComparison.Ordinal);

    [Fact]
    public void Backtracking_without_end_is_refused()
    {
        RegexPattern pattern = RegexPattern.General("(?:a|aa)+b");
        Assert.Contains("backtracks", Assert.Throws<InvalidDataException>(
            () => pattern.Matches([.. Enumerable.Repeat((int)'a', 200)], 0, 200)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Removed", "a,b,c")]
    [InlineData("Isolated", "a,-,-,b,-,c")]
    [InlineData("MergedWithPrevious", "a-,-,b-,c")]
    [InlineData("MergedWithNext", "a,-,-b,-c")]
    [InlineData("Contiguous", "a,--,b,-,c")]
    public void Splits_behave_as_upstream_documents(string behavior, string expected)
    {
        Tokenizer tokenizer = Tokenizers.With(pre: $$"""{"type":"Split","pattern":{"String":"-"},"behavior":"{{behavior}}","invert":false}""");
        Assert.Equal(expected, string.Join(',', tokenizer.PreTokenize("a--b-c")));
    }

    [Theory]
    [InlineData("""{"type":"Digits","individual_digits":true}""", "a12b3", "a,1,2,b,3")]
    [InlineData("""{"type":"Digits","individual_digits":false}""", "a12b3", "a,12,b,3")]
    [InlineData("""{"type":"Punctuation"}""", "a,b!!", "a,,,b,!,!")]
    [InlineData("""{"type":"Whitespace"}""", "Hey man!  ok", "Hey,man,!,ok")]
    [InlineData("""{"type":"WhitespaceSplit"}""", " Hey  man! ", "Hey,man!")]
    [InlineData("""{"type":"CharDelimiterSplit","delimiter":"x"}""", "axxb", "a,b")]
    [InlineData("""{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true}""", "a b", "Ġa,Ġb")]
    public void Pre_tokenizers_cut_as_upstream_documents(string json, string text, string expected) =>
        Assert.Equal(expected, string.Join(',', Tokenizers.With(pre: json).PreTokenize(text)));

    [Theory]
    [InlineData("""{"type":"Lowercase"}""", "AİΣ", "ai\u0307σ")]
    [InlineData("""{"type":"Strip","strip_left":true,"strip_right":false}""", "\u3000 a ", "a ")]
    [InlineData("""{"type":"Sequence","normalizers":[{"type":"NFD"},{"type":"StripAccents"}]}""", "Crème brûlée", "Creme brulee")]
    [InlineData("""{"type":"Replace","pattern":{"Regex":" {2,}"},"content":" "}""", "a  b   c d", "a b c d")]
    [InlineData("""{"type":"Prepend","prepend":"\u2581"}""", "ab", "\u2581ab")]
    [InlineData("""{"type":"Nmt"}""", "a\u0001b\u200bc\ufeffd", "ab c d")]
    [InlineData("""{"type":"NFKC"}""", "ﬁ①Å", "fi1Å")]
    public void Normalizers_do_as_upstream_documents(string json, string text, string expected) =>
        Assert.Equal(expected, string.Concat(Tokenizers.With(normalizer: json).PreTokenize(text)));
}
