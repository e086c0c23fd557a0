using Euterpe.Testing;
using static Euterpe.Tokens.Tests.SentencePieceFiles;

namespace Euterpe.Tokens.Tests;

/// <summary>Model files that are broken: each is one error that says what is wrong.</summary>
public sealed class SentencePieceHostileTests
{
    private static readonly (string, float, int)[] s_good = [("<unk>", 0, Unknown), ("a", -1, Normal), ("▁", -2, Normal)];
    private static readonly byte[] s_file = Of(Unigram, s_good);

    private static readonly (string, float, int)[] s_bytes = [.. Enumerable.Range(0, 256).Select(value => ($"<0x{value:X2}>", 0f, SingleByte))];

    public static TheoryData<string, byte[]> Broken
    {
        get
        {
            byte[] Map(uint[] units, byte[]? texts = null) =>
                Of(Unigram, s_good, normalizer: Normalizer(SentencePieceFiles.Map(units, texts ?? [(byte)'b', 0])));
            uint[] Units(params (int At, uint Value)[] values)
            {
                var units = new uint[1024];
                units.AsSpan().Fill(0x80000000);
                units[0] = Unit(0, 256);
                foreach ((int at, uint value) in values)
                {
                    units[at] = value;
                }
                return units;
            }
            // The root's children are at 256; 'a' is 256 ^ 0x61.
            const int a = 256 ^ 0x61;
            uint[] chain = Enumerable.Repeat(0x80000000, 400 * 256).ToArray();
            chain[0] = Unit(0, 256);
            for (int i = 1; i < 398; i++)
            {
                chain[(i * 256) ^ 0x61] = Unit(0x61, ((i * 256) ^ 0x61) ^ ((i + 1) * 256), isKey: i == 397);
            }
            byte[] endless = [.. Enumerable.Repeat((byte)'b', 1025)];
            byte[] wide = [0x0A, 4, 0x0A, 2, 0xFF, 0xFE];
            return new()
            {
                { "no pieces", [] },
                { "in the middle of a field", s_file[..1] },
                { "is said to have", s_file[..10] },
                { "is said to have 34359738367 bytes", [.. s_file, 0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F] },
                { "is said to have 18446744073709551615 bytes", [.. s_file, 0x4A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1] },
                { "more than 10 bytes", [.. s_file, 0x48, .. Enumerable.Repeat((byte)0xFF, 11)] },
                { "more than 64 bits", [.. s_file, 0x48, .. Enumerable.Repeat((byte)0xFF, 9), 2] },
                { "groups are not read", [.. s_file, .. Enumerable.Repeat((byte)0x4B, 100_000)] },
                { "groups are not read", [.. s_file, 0x4C] },
                { "wire type 3, expected 2", [.. s_file, .. Enumerable.Repeat((byte)0x0B, 100_000)] },
                { "wire type 7", [.. s_file, 0x4F] },
                { "the number 0", [.. s_file, 0x02, 0] },
                { "field 2 stands twice", [.. s_file, .. Message(2, [])] },
                { "field 3 stands twice", [.. s_file, .. Message(3, [])] },
                { "piece 3: not a SentencePiece model: field 2 stands", [.. s_file, .. Message(1, [.. Piece("b", 0, Normal), .. Float(2, 1)])] },
                { "field 3 stands twice", [.. s_file[..^2], .. Message(3, [.. Number(3, 1), .. Number(3, 0)])] },
                { "field 2 has the wire type 2, expected 5", [.. s_file, .. Message(1, [.. Message(1, "b"u8.ToArray()), .. Message(2, [1])])] },
                { "piece 3: not a SentencePiece model: field 1 is not UTF-8", [.. s_file, .. wide] },
                { "its text has 0 characters", [.. s_file, .. Message(1, [])] },
                { "its text has 1025 characters", [.. s_file, .. Message(1, Piece(new string('b', 1025), 0, Normal))] },
                { "its type is 7", [.. s_file, .. Message(1, Piece("b", 0, 7))] },
                { "too large a number", [.. s_file, .. Message(1, Piece("b", 0, 1)[..^2]), .. Message(1, [.. Number(3, 1L << 40)])] },
                { "not finite", Of(Unigram, [.. s_good, ("b", float.NaN, Normal)]) },
                { "not finite", Of(Unigram, [.. s_good, ("b", float.NegativeInfinity, Control)]) },
                { "no piece is the unknown one", Of(Unigram, s_good[1..]) },
                { "pieces 0 and 3 are both the unknown one", Of(Unigram, [.. s_good, ("b", 0, Unknown)]) },
                { "piece 3, \"a\", is there already", Of(Unigram, [.. s_good, ("a", 0, UserDefined)]) },
                { "piece 4, \"c\", is there already", Of(Unigram, [.. s_good, ("c", 0, Control), ("c", 0, SingleByte)]) },
                { "byte_fallback is off", Of(Unigram, [.. s_good, ("<0x00>", 0, SingleByte)]) },
                { "none of <0x00> to <0xFF>", Of(Unigram, [.. s_good, ("<0xg0>", 0, SingleByte)], byteFallback: true) },
                { "255 of 256 bytes", Of(Unigram, [.. s_good, .. s_bytes[1..]], byteFallback: true) },
                { "model_type is 5", Of(5, s_good) },
                { "3 bytes, and the length", Of(Unigram, s_good, normalizer: Normalizer([1, 2, 3])) },
                { "said to have 100 bytes", Of(Unigram, s_good, normalizer: Normalizer([100, 0, 0, 0, 1])) },
                { "said to have 4294967292 bytes", Of(Unigram, s_good, normalizer: Normalizer([0xFC, 0xFF, 0xFF, 0xFF, 1])) },
                { "said to have 2 bytes", Of(Unigram, s_good, normalizer: Normalizer([2, 0, 0, 0, 1, 1, 1])) },
                { "said to have 0 bytes", Of(Unigram, s_good, normalizer: Normalizer([0, 0, 0, 0, 1])) },
                { "unit 0 of its trie points to 4096", Map(Units((0, Unit(0, 4096)))) },
                { $"unit {a} of its trie points to", Map(Units((a, Unit(0x61, 2048)))) },
                { $"unit {a} of its trie leads back", Map(Units((a, Unit(0x61, 0x61)))) },
                { "leads back", Map(Units((a, Unit(0x61, a ^ 512)), (512 ^ 0x62, Unit(0x62, 512 ^ 0x62 ^ 256)))) },
                { "a value of its trie, 3,", Map(Units((a, Unit(0x61, a ^ 512, isKey: true)), (512, 0x80000003))) },
                { "is not the beginning of a character", Map(Units((a, Unit(0x61, a ^ 512, isKey: true)), (512, 0x80000001)), "é\0"u8.ToArray()) },
                { "its replacements are not UTF-8", Map(Units(), [0xFF, 0]) },
                { "a replacement is longer than", Map(Units((a, Unit(0x61, a ^ 512, isKey: true)), (512, 0x80000000)), endless) },
                { "a key of its trie is longer", Map(chain) },
                { "denormalizer_spec: the precompiled_charsmap is broken", Of(Unigram, s_good, denormalizer: Normalizer([1])) },
            };
        }
    }

    [Theory]
    [MemberData(nameof(Broken))]
    public void Broken_files_are_refused_by_name(string expected, byte[] file)
    {
        string message = Assert.Throws<InvalidDataException>(() => SentencePieceModel.Read(file)).Message;
        Assert.StartsWith("[sentencepiece] spiece.model", message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void Good_files_beside_them_are_read()
    {
        SentencePieceModel.Read(s_file);
        SentencePieceModel.Read(Of(Unigram, [.. s_good, .. s_bytes], byteFallback: true));
        // Fields that are not known are passed over, of every wire type.
        SentencePieceModel.Read((byte[])[.. s_file, .. Message(1000, [1, 2]), .. Number(1001, -1), .. Float(1002, 1), 0xD1, 0x3E, .. new byte[8]]);
    }

    [Fact]
    public void Files_that_are_cut_are_read_or_refused()
    {
        for (int length = 0; length < s_file.Length; length++)
        {
            Try(s_file[..length]);
        }
    }

    [Fact]
    public void Mutated_files_are_read_or_refused() => Assert.InRange(Mutate(400, 20), 100, 400);

    [Fact]
    [Trait("Category", "Long")]
    public void Many_mutated_files_are_read_or_refused() => Mutate(5000, 1000);

    private static int Mutate(int small, int large)
    {
        byte[][] files = [.. SmallModels.All.Values.Where(file => file.Length < 60_000)];
        string folder = Path.Combine(Fixture.Repository, "tests", "Fixtures", "sentencepiece");
        byte[][] whole = [.. ((string[])["bpe_nfkc", "unigram_nfkc_cf_bytes"])
            .Select(name => File.ReadAllBytes(Path.Combine(folder, name, "spiece.model")))];
        ulong state = 0x9E3779B97F4A7C15;
        int Next(int below)
        {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            return (int)(state % (ulong)below);
        }
        int refused = 0;
        for (int i = 0; i < small + large; i++)
        {
            byte[][] from = i < small ? files : whole;
            List<byte> bytes = [.. from[Next(from.Length)]];
            for (int change = 1 + Next(3); change > 0; change--)
            {
                int at = Next(bytes.Count);
                switch (Next(4))
                {
                    case 0:
                        bytes[at] = (byte)Next(256);
                        break;
                    case 1:
                        bytes[at] ^= (byte)(1 << Next(8));
                        break;
                    case 2:
                        bytes.RemoveRange(at, Math.Min(1 + Next(20), bytes.Count - at));
                        break;
                    default:
                        bytes.InsertRange(at, bytes.GetRange(at, Math.Min(1 + Next(200), bytes.Count - at)));
                        break;
                }
            }
            refused += Try([.. bytes]) ? 0 : 1;
        }
        return refused;
    }

    private static bool Try(byte[] file)
    {
        SentencePieceModel model;
        try
        {
            model = SentencePieceModel.Read(file);
        }
        catch (InvalidDataException)
        {
            return false;
        }
        foreach (string text in SmallModels.Texts)
        {
            model.Decode(model.Encode(text).Ids);
        }
        return true;
    }
}
