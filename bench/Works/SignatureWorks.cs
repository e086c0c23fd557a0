using System.Globalization;
using Euterpe.Datasets;
using Euterpe.Models.Signature;
using Euterpe.Recipes;

namespace Euterpe.Bench.Works;

/// <summary>
/// Precision at 10 of <c>signature</c> beside the mean of 20 MFCC, on recordings of classes that the constants never saw: once with all recordings as
/// candidates, once with those of the second half only. The closing line has the first; both must be 0.05 better.
/// </summary>
internal sealed class SignaturePrecisionReport : IReport
{
    public string Name => "signature-quality";

    public (string Table, string Closing)? Run()
    {
        IReadOnlyList<SignatureQuality.Measured> all = SignatureSounds.Measure(Name);
        SignatureMap map = SignatureConstants.Map();
        SignaturePrecision whole = SignatureQuality.Judge(all, map, [.. SoundCollection.SecondHalf], amongAll: true);
        SignaturePrecision half = SignatureQuality.Judge(all, map, [.. SoundCollection.SecondHalf], amongAll: false);
        double gain = Math.Min(whole.Signature - whole.Baseline, half.Signature - half.Baseline);
        string Row(string label, SignaturePrecision p) => string.Create(CultureInfo.InvariantCulture,
            $"| {label} | {p.Queries} | {p.Recordings} | {p.Baseline:0.0000} | {p.Signature:0.0000} | {p.Signature - p.Baseline:+0.0000;-0.0000} |");
        string table = $"""
            Constants: {SignatureConstants.Origin}, SHA-256 {SignatureConstants.Sha256[..16]}

            | candidates | queries | recordings | mean of 20 MFCC | signature | gain |
            |---|---|---|---|---|---|
            {Row("all recordings", whole)}
            {Row("second half of the classes", half)}

            goal: 0.05 above in both rows: {(gain >= 0.05 ? "reached" : "MISSED")}
            """;
        return (table, string.Create(CultureInfo.InvariantCulture,
            $"{Name}: ours {whole.Signature:0.0000}, mean of 20 MFCC {whole.Baseline:0.0000}, ratio {whole.Signature / whole.Baseline:0.00} "
                + $"(precision at 10)"));
    }
}

/// <summary>Fits the constants of <c>signature</c> to the first half of the classes and writes them into the sources.</summary>
internal sealed class SignatureFitting : IReport
{
    public string Name => "signature-fit";

    public (string Table, string Closing)? Run()
    {
        IReadOnlyList<SignatureQuality.Measured> all = SignatureSounds.Measure(Name);
        var options = new SignatureFitOptions();
        foreach (double shrinkage in (double[])[0.2, 0.3, 0.4, 0.5, 0.7])
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"shrinkage {shrinkage}: three folds of the first half: precision at 10 "
                    + $"{Folds(all, options with { Shrinkage = shrinkage }):0.0000}"));
        }
        SignatureMap map = SignatureQuality.Fit(all, options);
        int recordings = all.Count(each => SoundCollection.FirstHalf.Contains(each.Sound.Class));
        string origin = string.Create(CultureInfo.InvariantCulture,
            $"{recordings} recordings of {SoundCollection.FirstHalf.Count} classes (first half) of Sonic Pi (CC0) and Berklee (CC BY 3.0), "
                + $"shrinkage {options.Shrinkage}");
        string path = Path.Combine(Environment.CurrentDirectory, "src", "Models", "Signature", "SignatureConstants.g.cs");
        File.WriteAllText(path, SignatureFit.Source(map, origin));
        Console.WriteLine($"{path}: {map.Dimension} numbers of {map.Mean.Length} statistics, SHA-256 {SignatureEmbedder.Hash(map)}");
        SignaturePrecision judged = SignatureQuality.Judge(all, map, [.. SoundCollection.SecondHalf], amongAll: true);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"second half among all recordings: precision at 10 {judged.Signature:0.0000}, mean of 20 MFCC {judged.Baseline:0.0000}"));
        return null;
    }

    /// <summary>Each third of the first half's classes judged by a map fitted to the other two.</summary>
    private static double Folds(IReadOnlyList<SignatureQuality.Measured> all, SignatureFitOptions options)
    {
        double sum = 0, queries = 0;
        for (int fold = 0; fold < 3; fold++)
        {
            string[] held = [.. SoundCollection.FirstHalf.Where((_, i) => i % 3 == fold)];
            SignatureQuality.Measured[] rest = [.. all.Where(each =>
                SoundCollection.FirstHalf.Contains(each.Sound.Class) && !held.Contains(each.Sound.Class))];
            SignatureMap map = SignatureFit.Fit([.. rest.Select(each => each.Statistics)], [.. rest.Select(each => each.Sound.Class)], options);
            SignaturePrecision precision = SignatureQuality.Judge(all, map, held, amongAll: true);
            sum += precision.Signature * precision.Queries;
            queries += precision.Queries;
        }
        return sum / queries;
    }
}

file static class SignatureSounds
{
    public static IReadOnlyList<SignatureQuality.Measured> Measure(string work)
    {
        string shared = Environment.GetEnvironmentVariable("EUTERPE_SHARED") is { Length: > 0 } given ? given : "../shared";
        IReadOnlyList<LabelledSound> sounds = SoundCollection.Read(Path.Combine(shared, "data", "audio"));
        if (sounds.Count == 0)
        {
            throw new BenchException($"no recordings below {shared}/data/audio. Hint: EUTERPE_SHARED names the folder that has data/audio.");
        }
        Console.WriteLine($"{work}: {sounds.Count} recordings");
        return SignatureQuality.Measure(sounds);
    }
}
