using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Euterpe.Tokens.Unicode;

namespace Euterpe.Tokens.Tests;

/// <summary>
/// What tokenizers does to each code point alone, all that Unicode 14 assigns but private use: SHA-256 of the results in order, UTF-8, a zero
/// byte after each, as the npm package tokenizers 0.23.2 (the crate's own code) gives them. A pre-tokenizer's result is its number of pieces.
/// </summary>
public sealed class UpstreamUnicodeTests
{
    [Theory]
    [InlineData("""{"type":"NFC"}""", "7a512009f427e0102df30caa1b0c43e7737e2c3cc05567133c02edc1038a53e1")]
    [InlineData("""{"type":"NFD"}""", "ef2521f49b0d2288d1540e0179330544618a8619304717e5306642fe9b68a8d2")]
    [InlineData("""{"type":"NFKC"}""", "a4a0c1c682b46be2ecb7ac5c3680c0e92dec87539011a51db6b4923ee5b1b262")]
    [InlineData("""{"type":"NFKD"}""", "26270b870f203691a0627878079e0db31acb964120df4ab393f727208051b3de")]
    [InlineData("""{"type":"Lowercase"}""", "67a6aea502e40ba1ffc8a9691a5446b1ce3e9e63f4ad015388a88c43de88ef79")]
    [InlineData("""{"type":"StripAccents"}""", "f7a42f456fc8b3f0b79b81eb75cb3da887fd6fd6019ded568a178774063cc0e0")]
    [InlineData("""{"type":"Nmt"}""", "d86079dde8d0e052f27a08d24e09cb848bdb4fd0c6ab9371c146db532bfa1b47")]
    [InlineData("""{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":false,"lowercase":false}""",
        "66ce00eb3153900d74958489d6a6fa4be536aa3bfd64575c8914cf9763a3f1b1")]
    [InlineData("""{"type":"BertNormalizer","clean_text":false,"handle_chinese_chars":false,"strip_accents":true,"lowercase":false}""",
        "5dbd1df39b97928bd53cc88441483b938484f4453b8f4cdc6ef73ea5dba9b5c5")]
    public void Normalizers_match_tokenizers_at_every_code_point(string json, string hash)
    {
        Tokenizer tokenizer = Tokenizers.With(normalizer: json);
        Assert.Equal(hash, Hash(character => string.Concat(tokenizer.PreTokenize(character))));
    }

    [Theory]
    [InlineData("""{"type":"Punctuation","behavior":"Removed"}""", false, "8f111e0d34956884c4e43bc8c2293d6f4a9c7693c72379473a39453b9924d8a4")]
    [InlineData("""{"type":"Whitespace"}""", true, "08756db781d8b93b321a649437792cec295833a6de03f3105754dcebb9b84960")]
    [InlineData("""{"type":"WhitespaceSplit"}""", false, "50114f411bf02a978606bd48bc7311f42d83de8446fa4129d35a99419d1db24d")]
    [InlineData("""{"type":"Digits","individual_digits":true}""", true, "cadfdb766c672e07bd68b5bfd375bfb1e5520a756a28444ab23d37a922272c5f")]
    [InlineData(@"\w", false, "56b2000992b023f99be234cc0cec950b3b9dfc6e3279217416e31ebd734d73c2")]
    [InlineData(@"\d", false, "67c5d5d8e3e4c37735934911e363cc801a4abdc0b6c08f52fdd5d4d83af814c4")]
    [InlineData(@"\s", false, "50114f411bf02a978606bd48bc7311f42d83de8446fa4129d35a99419d1db24d")]
    [InlineData(@"\p{L}", false, "c225488f5aba22497d3cc1df403b484b4599d4719bef49e80607b5892a27b532")]
    [InlineData(@"\p{M}", false, "f90b1b0836e57a371cac604a5090c3787e88dfacbc55b2411ed847533e74c09e")]
    [InlineData(@"\p{N}", false, "7fa584cd00b916380692212be8598b0645174d483729c0dddc95ea625ca135b6")]
    [InlineData(@"\p{P}", false, "0a273e9c2c01e6fecef5933f59b2cb04b761a95add44fc659a2d070e021e0928")]
    public void Pre_tokenizers_match_tokenizers_at_every_code_point(string json, bool between, string hash)
    {
        string expression = json.Replace(@"\", @"\\", StringComparison.Ordinal);
        Tokenizer tokenizer = Tokenizers.With(pre: json[0] == '{' ? json
            : $$$"""{"type":"Split","pattern":{"Regex":"{{{expression}}}"},"behavior":"Removed","invert":false}""");
        Assert.Equal(hash, Hash(character => tokenizer.PreTokenize(between ? $"x{character}x" : character).Count.ToString(CultureInfo.InvariantCulture)));
    }

    private static string Hash(Func<string, string> of)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int rune = 0; rune < 0x110000; rune++)
        {
            if (Runes.Category(rune) is not (Category.Cn or Category.Co or Category.Cs))
            {
                hash.AppendData(Encoding.UTF8.GetBytes(of(Runes.Text([rune]))));
                hash.AppendData([0]);
            }
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
