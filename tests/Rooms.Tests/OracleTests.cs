using System.Text.RegularExpressions;
using Euterpe.Testing;
using Xunit.Abstractions;

namespace Euterpe.Rooms.Tests;

/// <summary>Every stored case has a test: claims are read from the sources' [Cases(...)], the rest is in tests/Testing/OraclesToCome.txt.</summary>
public partial class OracleTests(ITestOutputHelper output)
{
    /// <summary>Stored files of the house's own that are no oracle of the reference sets.</summary>
    private static readonly string[] NoOracle = ["numpy"];

    private sealed record Claim(string Oracle, string? Where, string By)
    {
        public bool Takes(string name) =>
            (name == Oracle || name.StartsWith(Oracle + "/", StringComparison.Ordinal)) && CasesAttribute.Matches(name, Where);
    }

    private static IEnumerable<string> Oracles => Directory.EnumerateDirectories(Fixture.Root).Select(folder => Path.GetFileName(folder))
        .Where(oracle => !NoOracle.Contains(oracle) && oracle[0] is not ('.' or '_')).Order(StringComparer.Ordinal);

    [Fact]
    [Trait("Category", "Parity")]
    public void Every_case_is_claimed()
    {
        Claim[] claims = [.. Claims()];
        Claim[] toCome = [.. ToCome().Where(claim => claim.Oracle != "checkpoints")];
        var unclaimed = new List<string>();
        foreach (string oracle in Oracles)
        {
            if (oracle == "checkpoints")
            {
                output.WriteLine($"checkpoints: {CheckpointIndex.All().Count} entries, all tried by CheckpointTests");
                continue;
            }
            string[] names = CaseNames(oracle);
            if (names.Length == 0)
            {
                // An oracle of lists or hashes alone (sentencepiece/unicode.json) must at least be known.
                Assert.True(toCome.Any(claim => claim.Oracle == oracle), $"The oracle {oracle} has no readable case in {Fixture.Root}.");
            }
            string[] mine = [.. names.Where(name => claims.Any(claim => claim.Takes(name)))];
            string[] left = [.. names.Except(mine).Where(name => !toCome.Any(claim => claim.Takes(name)))];
            output.WriteLine($"{oracle}: {names.Length} cases, {mine.Length} with a test, {names.Length - mine.Length - left.Length} to come");
            unclaimed.AddRange(left);
        }
        Assert.True(unclaimed.Count == 0, $"No test claims these cases, and OraclesToCome.txt does not name them: {string.Join(", ", unclaimed)}.");
    }

    [Fact]
    public void What_is_to_come_has_not_come()
    {
        Claim[] claims = [.. Claims()];
        string[] names = [.. Oracles.Where(oracle => oracle != "checkpoints").SelectMany(CaseNames)];
        string[] done = [.. ToCome().Where(come => come.Oracle != "checkpoints")
            .Where(come => names.Any(come.Takes) && names.Where(come.Takes).All(name => claims.Any(claim => claim.Takes(name))))
            .Select(come => $"{come.Oracle} {come.Where}".Trim())];
        Assert.True(done.Length == 0, $"Take these lines out of tests/Testing/OraclesToCome.txt, their cases have tests: {string.Join("; ", done)}.");
    }

    [Fact]
    public void Claims_are_found_in_the_sources()
    {
        Claim[] claims = [.. Claims()];
        foreach (Claim claim in claims)
        {
            output.WriteLine($"{claim.Oracle} {claim.Where} <- {claim.By}");
        }
        Assert.Contains(claims, claim => claim.Oracle == "torch/ops");
    }

    /// <summary>The whole file may be read by its path: MadeFile("sentencepiece/unicode.json") claims nothing but that it is there.</summary>
    private static string[] CaseNames(string oracle)
    {
        try
        {
            return [.. Fixture.Names(oracle)];
        }
        catch (Xunit.Sdk.XunitException)
        {
            return [];
        }
    }

    private static IEnumerable<Claim> Claims()
    {
        foreach (string path in Sources.CSharp.Where(path => path.StartsWith("tests/", StringComparison.Ordinal)
            && !path.StartsWith("tests/Testing/", StringComparison.Ordinal) && !path.StartsWith("tests/Rooms.Tests/", StringComparison.Ordinal)))
        {
            string text = File.ReadAllText(Sources.Full(path));
            foreach (Match match in CasesAttributes().Matches(text))
            {
                string? where = match.Groups[2].Success ? match.Groups[2].Value : null;
                if (match.Groups[3].Success)
                {
                    Match constant = Regex.Match(text, $@"\bconst string {match.Groups[3].Value} = ""([^""]*)""");
                    Assert.True(constant.Success, $"{path}: the kind {match.Groups[3].Value} of {match.Value} must be a constant of the same file.");
                    where = constant.Groups[1].Value;
                }
                yield return new Claim(match.Groups[1].Value, where, path);
            }
            foreach (Match match in OtherClaims().Matches(text))
            {
                yield return new Claim(match.Groups[1].Value, null, path);
            }
        }
    }

    private static IEnumerable<Claim> ToCome() => File.ReadLines(Sources.Full("tests/Testing/OraclesToCome.txt"))
        .Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split(' ', 2, StringSplitOptions.TrimEntries))
        .Select(parts => new Claim(parts[0], parts.Length > 1 ? parts[1] : null, "OraclesToCome.txt"));

    [GeneratedRegex("""\bCases\("([^"]+)"(?:,\s*(?:where:\s*)?(?:"([^"]+)"|(\w+)))?\)""")]
    private static partial Regex CasesAttributes();

    [GeneratedRegex("""(?:nameof\(Fixture\.Cases\),\s*|Fixture\.Names\()"([^"]+)"[,)]""")]
    private static partial Regex OtherClaims();
}
