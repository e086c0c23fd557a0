using Euterpe.Bench;
using Euterpe.Bench.Works;

// euterpe-bench WORK: one named musical work beside its peer, interleaved in one run. Exit codes: 0 measured, 1 failed, 2 wrong usage, 3 noisy.
IWork[] works = [new Gemm(), new Gemv(), new Mel(), new ClapAudio("base"), new ClapAudio("tiny"), new Start(), new Load(), new MertAudio(), new IndexRecordings(), new IndexClap(), new SearchFlat(), new SearchHnsw()];

IReport[] reports = [new SignaturePrecisionReport(), new SignatureFitting(), new ConformerSpeed(), new SearchQuality()];

IReport? report = args.Length == 1 ? Array.Find(reports, r => r.Name == args[0]) : null;
IWork? work = args.Length == 1 ? Array.Find(works, w => w.Name == args[0]) : null;
if (work is null && report is null)
{
    Console.Error.WriteLine($"usage: ./bench.sh WORK, where WORK is one of: {string.Join(", ", works.Select(w => w.Name).Concat(reports.Select(r => r.Name)))}");
    return 2;
}
try
{
    return report is null ? Harness.Run(work!) : Harness.Run(report);
}
catch (BenchException problem)
{
    Console.Error.WriteLine($"[{args[0]}] {problem.Message}");
    return 1;
}
