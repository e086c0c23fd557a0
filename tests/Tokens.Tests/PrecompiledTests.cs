using Euterpe.Testing;
using Euterpe.Tokens.Normalizers;
using Euterpe.Tokens.Unicode;

namespace Euterpe.Tokens.Tests;

/// <summary>SentencePiece's charsmap by the rules of the crate tokenizers, where those differ from SentencePiece's own.</summary>
public sealed class PrecompiledTests
{
    private static readonly SentencePieceModel s_model =
        SentencePieceModel.Load(Path.Combine(Fixture.Repository, "tests", "Fixtures", "sentencepiece", "unigram_nmt_nfkc", "spiece.model"));

    private static readonly PrecompiledNormalizer s_normalizer = new(s_model.Normalizer.Spec.Map!);

    /// <summary>What spm_precompiled 0.1.4 over unicode-segmentation 1.12.0 makes of texts with the charsmap nmt_nfkc.</summary>
    [Theory]
    [InlineData("\u2460\u0301x", "1x")]
    [InlineData("\uff76\uff9e", "\u30ab\u3099")]
    [InlineData("a\u000d\u000ab", "a b")]
    [InlineData("\u2122\u001fg", "TMg")]
    [InlineData("A\u030a e\u0301", "\u00c5 \u00e9")]
    [InlineData("\u0001ab", "ab")]
    [InlineData("\ufb01\u200d\U0001f3bb", "fi\u200d\U0001f3bb")]
    [InlineData("\u0915\u094d\u0937\u093f\u2460", "\u0915\u094d\u0937\u093f1")]
    [InlineData("\U0001f1e6\U0001f1e7\u2460", "\U0001f1e6\U0001f1e71")]
    [InlineData("\u337f\u0301", "\u682a\u5f0f\u4f1a\u793e")]
    [InlineData("a\u0000b", "a\u0000b")]
    [InlineData("\ufdfa", "\u0635\u0644\u0649 \u0627\u0644\u0644\u0647 \u0639\u0644\u064a\u0647 \u0648\u0633\u0644\u0645")]
    public void Graphemes_are_replaced_as_spm_precompiled_does(string text, string expected) =>
        Assert.Equal(expected, Runes.Text(s_normalizer.Apply(Text.Of(Runes.Of(text))).Runes));

    [Fact]
    public void A_removed_character_moves_the_offsets_as_in_tokenizers()
    {
        // The crate's own test: the M that was inserted takes the place of the control character that goes.
        Text text = s_normalizer.Apply(Text.Of(Runes.Of("\u2122\u001eg")));
        Assert.Equal("TMg", Runes.Text(text.Runes));
        Assert.Equal([(0, 1), (1, 2), (2, 3)], Enumerable.Range(0, 3).Select(i => (text.From(i), text.To(i))));
    }

    [Theory]
    [InlineData("a\r\nb", "1 2 1")]
    [InlineData("e\u0301\u0301a", "3 1")]
    [InlineData("\U0001f469\U0001f3fd\u200d\U0001f3a4\U0001f3bb", "4 1")]
    [InlineData("\U0001f1e6\U0001f1e7\U0001f1e6a", "2 1 1")]
    [InlineData("\u0915\u094d\u0937\u093f\u0915\u0937", "4 1 1")]
    [InlineData("\u1100\u1161\u11a8\uac00\u11a8\uac01\u1161", "3 2 1 1")]
    [InlineData("\u0600a\u0903\u200db", "4 1")]
    public void Graphemes_end_where_Unicode_16_says(string text, string lengths)
    {
        int[] runes = Runes.Of(text);
        var graphemes = new Graphemes(runes);
        var found = new List<int>();
        for (int start = 0; start < runes.Length; start += found[^1])
        {
            found.Add(graphemes.End(start) - start);
        }
        Assert.Equal(lengths, string.Join(' ', found));
    }
}
