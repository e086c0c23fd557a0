using static Euterpe.Tokens.Tests.SentencePieceFiles;

namespace Euterpe.Tokens.Tests;

/// <summary>Small models of every kind and option, for what the stored cases do not hold.</summary>
internal static class SmallModels
{
    private static readonly (string, float, int)[] s_special = [("<unk>", 0, Unknown), ("<s>", 0, Control), ("</s>", 0, Control)];

    private static readonly (string, float, int)[] s_bytes =
        [.. Enumerable.Range(0, 256).Select(value => ($"<0x{value:X2}>", 0f, SingleByte))];

    private static readonly (string, float, int)[] s_pieces =
    [
        ("▁", -2, Normal), ("a", -3, Normal), ("b", -3, Normal), ("c", -4, Normal), ("ab", -3.5f, Normal),
        ("▁a", -3.5f, Normal), ("bc", -3.5f, Normal),
        ("abc", -5, Unused), ("▁ab", -4.5f, Unused), ("xyz", 0, UserDefined), ("x", -6, Normal), ("é", -5, Normal), ("<s>x", -1, Normal),
        ("q r", 0, UserDefined), ("▁▁", -1, Normal), ("aab", -4, Unused), ("aa", -3.75f, Normal), ("xy", 0, UserDefined),
    ];

    private static readonly byte[] s_map = Map(
        ("A", "a"), ("é", "e"), ("e\u0301", "é"), ("①", "1 "), ("\t", " "), ("x", "y"), ("☃", "snow man"), ("\u200b", ""));

    public static IReadOnlyDictionary<string, byte[]> All { get; } = new Dictionary<string, byte[]>
    {
        ["unigram"] = Of(Unigram, [.. s_special, .. s_pieces]),
        ["unigram map"] = Of(Unigram, [.. s_special, .. s_pieces], normalizer: Normalizer(s_map)),
        ["unigram bytes"] = Of(Unigram, [.. s_special, .. s_bytes, .. s_pieces], byteFallback: true,
            normalizer: Normalizer(s_map, removeSpaces: false)),
        ["unigram suffix"] = Of(Unigram, [.. s_special, .. s_pieces], normalizer: Normalizer(s_map), spaceAsSuffix: true),
        ["unigram plain space"] = Of(Unigram, [.. s_special, .. s_pieces, (" ", -2, Normal)], normalizer: Normalizer(s_map, escape: false)),
        ["unigram back"] = Of(Unigram, [.. s_special, .. s_pieces], denormalizer: Normalizer(Map(("a", "AA"), ("b c", "-")), false, false, false)),
        ["pairs"] = Of(BytePair, [.. s_special, .. s_pieces]),
        ["pairs map"] = Of(BytePair, [.. s_special, .. s_pieces], normalizer: Normalizer(s_map, addSpace: false)),
        ["pairs bytes"] = Of(BytePair, [.. s_special, .. s_bytes, .. s_pieces], byteFallback: true, normalizer: Normalizer(removeSpaces: false)),
        ["words"] = Of(Word, [.. s_special, .. s_pieces], normalizer: Normalizer(s_map)),
        ["characters"] = Of(Character, [.. s_special, .. s_pieces], normalizer: Normalizer(s_map)),
    };

    /// <summary>Texts that meet every piece and rule above.</summary>
    public static string[] Texts { get; } =
    [
        "", " ", "a", "abc abc", "  ab  abc ", "aab aabc aaab", "xyz xy x axyzb", "q r q  r", "éabé e\u0301", "A①B☃\u200b", "zz z <s>x",
        "ab\tab", "▁ab▁▁ab", "\u200b",
        "☃ ☃", "bcbcbc aaaaa", "🎻a日", "<s> </s> <unk>", "ab ①", "a\0b",
    ];
}
