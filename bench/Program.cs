using Euterpe.Bench;
using Euterpe.Bench.Works;

// euterpe-bench WORK: one named musical work beside its peer, interleaved in one run. Exit codes: 0 measured, 1 failed, 2 wrong usage, 3 noisy.
IWork[] works = [new Gemm(), new Gemv(), new Mel(), new ClapAudio("base"), new ClapAudio("tiny")];

IWork? work = args.Length == 1 ? Array.Find(works, w => w.Name == args[0]) : null;
if (work is null)
{
    Console.Error.WriteLine($"usage: ./bench.sh WORK, where WORK is one of: {string.Join(", ", works.Select(w => w.Name))}");
    return 2;
}
try
{
    return Harness.Run(work);
}
catch (BenchException problem)
{
    Console.Error.WriteLine($"[{work.Name}] {problem.Message}");
    return 1;
}
