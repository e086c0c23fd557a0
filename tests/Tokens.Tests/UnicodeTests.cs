using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Euterpe.Testing;
using Euterpe.Tokens.Unicode;
using NormalizationForm = Euterpe.Tokens.Unicode.NormalizationForm;

namespace Euterpe.Tokens.Tests;

public sealed class UnicodeTests
{
    // Perl 5.36's own tables (Unicode 14.0.0), all code points but surrogates: category, White_Space, \w and P of each:
    // perl -e 'use feature "unicode_strings"; for $c (0..0x10FFFF) { ... $s .= category . (\p{White_Space} ? "s" : ".") . (\w ? "w" : ".") . (\p{P}
    // ? "p" : ".") } print sha256_hex($s)'
    private const string PerlProperties = "e6253edda0e1647b1c527479b700515a3089a8cb438cc1d87055d60cbcfcad88";

    [Theory]
    [Trait("Category", "Parity")]
    [InlineData("NFC")]
    [InlineData("NFD")]
    [InlineData("NFKC")]
    [InlineData("NFKD")]
    public void Normalization_of_all_code_points_matches_the_stored_hash(string form)
    {
        using JsonDocument stored = JsonDocument.Parse(File.ReadAllBytes(Fixture.MadeFile("sentencepiece/unicode.json")));
        Assert.Equal("SHA-256 over all code points but surrogates, in order: UTF-8 of the normalized character, then a zero byte",
            stored.RootElement.GetProperty("what").GetString());
        Assert.Equal(UnicodeTables.Version, stored.RootElement.GetProperty("unicode").GetString());
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> bytes = stackalloc byte[4];
        for (int rune = 0; rune < 0x110000; rune++)
        {
            if (rune is >= 0xD800 and < 0xE000)
            {
                continue;
            }
            foreach (int each in Normalization.Apply([rune], Enum.Parse<NormalizationForm>(form, ignoreCase: true)).Runes)
            {
                hash.AppendData(bytes[..Runes.Utf8(each, bytes)]);
            }
            hash.AppendData([0]);
        }
        Assert.Equal(stored.RootElement.GetProperty(form).GetString(), Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    [Fact]
    public void Properties_of_all_code_points_match_perl()
    {
        var text = new StringBuilder();
        for (int rune = 0; rune < 0x110000; rune++)
        {
            if (rune is not (>= 0xD800 and < 0xE000))
            {
                Category category = Runes.Category(rune);
                text.Append(category.ToString()).Append(Runes.IsWhiteSpace(rune) ? 's' : '.').Append(Runes.IsWord(rune) ? 'w' : '.')
                    .Append(category is >= Category.Pc and <= Category.Ps ? 'p' : '.');
            }
        }
        Assert.Equal(PerlProperties, Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(text.ToString()))));
    }

    [Fact]
    public void Marks_are_ordered_and_composed_across_characters()
    {
        // UAX 15: D-dot-below + dot-above; Hangul jamo; a mark that blocks; two marks out of order.
        Assert.Equal([0x1E0C, 0x307], Normalization.Apply([0x1E0A, 0x323], NormalizationForm.Nfc).Runes);
        Assert.Equal([0xD55C, 0xAC01], Normalization.Apply([0x1112, 0x1161, 0x11AB, 0xAC00, 0x11A8], NormalizationForm.Nfc).Runes);
        Assert.Equal([0xE0, 0x5AE, 0x315, 0x62], Normalization.Apply([0x61, 0x315, 0x300, 0x5AE, 0x62], NormalizationForm.Nfc).Runes);
        Assert.Equal([0x41, 0x30A], Normalization.Apply([0x212B], NormalizationForm.Nfkd).Runes);
    }

    [Fact]
    public void Case_mappings_know_the_odd_ones()
    {
        Assert.Equal('i', Runes.Lower(0x130));
        Assert.Equal(0x3C3, Runes.Lower(0x3A3));
        Assert.Equal('s', Runes.Fold(0x17F));
        Assert.Equal('k', Runes.Fold(0x212A));
        Assert.Equal(0xDF, Runes.Fold(0x1E9E));
        Assert.Equal(0x10428, Runes.Lower(0x10400));
        Assert.Contains(0x17F, Runes.SameFold('S'));
    }

    [Fact]
    public void Lone_surrogates_become_the_replacement_character()
    {
        Assert.Equal([0xFFFD, 'a', 0x1F3B5, 0xFFFD], Runes.Of("\udc00a\ud83c\udfb5\ud800"));
        Assert.Equal("a\ud83c\udfb5", Runes.Text(['a', 0x1F3B5]));
    }
}
