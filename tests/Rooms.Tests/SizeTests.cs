using System.Security.Cryptography;
using Xunit.Abstractions;

namespace Euterpe.Rooms.Tests;

/// <summary>Files stay short, fixtures stay single, the repository stays small.</summary>
public class SizeTests(ITestOutputHelper output)
{
    private const int LongestSource = 600;

    /// <summary>Fixtures that are the same bytes on purpose, by a path that ends so, with the reason.</summary>
    private static readonly Dictionary<string, string> SameOnPurpose = new()
    {
        ["checkpoints/good/sharded_bin/expected.safetensors"] = "two cases hold the same weights in two formats, and each brings them along",
        ["sentencepiece/t5/spiece.model"] = "a folder as it is published; its slow ids come from the same model as those of unigram_nmt_nfkc",
        ["transformers/clap_fusion/checkpoint/tokenizer.json"] = "a checkpoint is whole, as upstream saves it; the two CLAP cases share a tokenizer",
    };

    [Fact]
    public void Sources_are_short()
    {
        (string Path, int Lines)[] lengths = [.. Sources.CSharp.Where(path => !IsGenerated(path))
            .Select(path => (path, File.ReadLines(Sources.Full(path)).Count())).OrderByDescending(each => each.Item2)];
        foreach ((string path, int lines) in lengths.Take(10))
        {
            output.WriteLine($"{lines,5} {path}");
        }
        string[] tooLong = [.. lengths.Where(each => each.Lines > LongestSource).Select(each => $"{each.Path} ({each.Lines})")];
        Assert.True(tooLong.Length == 0, $"No source file may have more than {LongestSource} lines: {string.Join(", ", tooLong)}.");
    }

    [Fact]
    public void Fixtures_are_stored_once()
    {
        string[][] same = [.. Sources.All.Where(path => path.StartsWith("tests/Fixtures/", StringComparison.Ordinal) && Sources.Size(path) > 4096)
            .Where(path => !SameOnPurpose.Keys.Any(ending => path.EndsWith(ending, StringComparison.Ordinal)))
            .GroupBy(path => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(Sources.Full(path)))))
            .Where(group => group.Count() > 1).Select(group => group.ToArray())];
        Assert.True(same.Length == 0,
            $"The same bytes are stored more than once: {string.Join("; ", same.Select(group => string.Join(" = ", group)))}.");
    }

    [Fact]
    public void The_repository_is_small()
    {
        long all = Sources.All.Sum(Sources.Size);
        long samples = Sources.All.Where(path => path.StartsWith("samples/", StringComparison.Ordinal)).Sum(Sources.Size);
        var folders = Sources.All.GroupBy(path => path.Split('/')[0]).OrderByDescending(group => group.Sum(Sources.Size));
        foreach (IGrouping<string, string> folder in folders.Take(6))
        {
            output.WriteLine($"{folder.Sum(Sources.Size) / 1e6,8:F2} MB {folder.Key}");
        }
        Assert.True(all < 120_000_000, $"A checkout must stay below 120 MB: it has {all / 1e6:F1}.");
        Assert.True(samples <= 8_000_000, $"samples/ must stay below 8 MB: it has {samples / 1e6:F2}.");
    }

    [Fact]
    public void Lines_end_as_the_house_says()
    {
        string[] wrong = [.. Sources.CSharp.Where(path => !IsGenerated(path)
            &&  File.ReadAllBytes(Sources.Full(path)).Contains((byte)'\r'))];
        Assert.True(wrong.Length == 0, $"Lines end with LF: {string.Join(", ", wrong)}.");
    }

    private static bool IsGenerated(string path) =>
        path.EndsWith(".g.cs", StringComparison.Ordinal) || path.Contains("/Generated/", StringComparison.Ordinal);
}
