using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Euterpe.Numerics;
using Euterpe.Signals.Files;

namespace Euterpe.Tasks;

/// <summary>One thing that was looked at.</summary>
/// <param name="Name">What was looked at, in a word or two.</param>
/// <param name="Good">False: something will not work until it is mended.</param>
/// <param name="Value">What was found.</param>
/// <param name="Hint">What to do; null where nothing is to be done.</param>
public sealed record DoctorCheck(string Name, bool Good, string Value, string? Hint);

/// <summary>What the doctor found.</summary>
/// <param name="Program">Name and version of this program.</param>
/// <param name="Good">Whether nothing has to be mended.</param>
/// <param name="Checks">One by one.</param>
public sealed record DoctorResult(string Program, bool Good, IReadOnlyList<DoctorCheck> Checks);

/// <summary>Looks at the machine: what Euterpe runs on, and whether everything is there that it may need.</summary>
public static class DoctorTask
{
    /// <summary>Makes all checks. What is missing is said in the result.</summary>
    /// <param name="context">How sound is decoded; null for the defaults.</param>
    /// <param name="catalogue">A catalogue to look at; null for none.</param>
    public static DoctorResult Run(TaskContext? context = null, string? catalogue = null)
    {
        context ??= new TaskContext();
        context.Begin();
        var checks = new List<DoctorCheck>
        {
            new("program", true, ProgramIdentity.Program, null),
            new("runtime", true, RuntimeInformation.FrameworkDescription, null),
            new("system", true, $"{RuntimeInformation.OSDescription} ({RuntimeInformation.RuntimeIdentifier})", null),
            new("processor", true, Processor(), null),
            Vectors(),
            new("threads", true, $"{ComputePool.Shared.Threads} of {Environment.ProcessorCount}", null),
            new("memory", true, $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1024 * 1024):N0} MiB", null),
            Ffmpeg(context),
            Cache(),
        };
        if (catalogue is not null)
            checks.Add(Catalogue(catalogue));
        return new DoctorResult(ProgramIdentity.Program, checks.All(c => c.Good), checks);
    }

    private static string Processor()
    {
        string name = RuntimeInformation.ProcessArchitecture.ToString();
        if (!File.Exists("/proc/cpuinfo"))
            return name;
        string? model = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim();
        return model is null ? name : $"{model} ({name})";
    }

    private static DoctorCheck Vectors()
    {
        int bits = Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : Vector128.IsHardwareAccelerated ? 128 : 0;
        bool fma = Fma.IsSupported || System.Runtime.Intrinsics.Arm.AdvSimd.IsSupported;
        string value = bits == 0 ? "none" : $"{bits} bits{(fma ? ", with fused multiply-add" : "")}";
        return new DoctorCheck("vectors", true, value, fma ? null : "Results are the same, and come slowly: this processor, or a DOTNET_ variable, offers no fused multiply-add.");
    }

    private static DoctorCheck Ffmpeg(TaskContext context) => AudioFile.FfmpegBuild(context.Audio) is { } build
        ? new DoctorCheck("FFmpeg", true, build, null)
        : new DoctorCheck("FFmpeg", false, "not found", "Only WAV can be read without it: apt-get install ffmpeg (Linux), brew install ffmpeg (macOS).");

    private static DoctorCheck Cache()
    {
        string folder = Environment.GetEnvironmentVariable("HF_HUB_CACHE") is { Length: > 0 } hub ? hub
            : Environment.GetEnvironmentVariable("HF_HOME") is { Length: > 0 } home ? Path.Combine(home, "hub")
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "huggingface", "hub");
        string[] models = Directory.Exists(folder)
            ? [.. Directory.EnumerateDirectories(folder, "models--*").Select(f => Path.GetFileName(f)["models--".Length..].Replace("--", "/")).Order(StringComparer.Ordinal)]
            : [];
        return new DoctorCheck("model cache", true, $"{folder}: {(models.Length == 0 ? "no models" : string.Join(", ", models))}", null);
    }

    private static DoctorCheck Catalogue(string path)
    {
        try
        {
            if (!Search.Catalogue.IsAddress(path) && !File.Exists(path))
                return new DoctorCheck("catalogue", true, $"{path}: not made yet", null);
            using Search.ICatalogue catalogue = Search.Catalogue.OpenExisting(path);
            Search.CatalogueCount count = catalogue.Count(catalogue.Embedder?.Key);
            return new DoctorCheck("catalogue", true,
                $"{catalogue.Place}: {count.Tracks:N0} tracks, {count.Vectors:N0} with a vector of {catalogue.Embedder?.Model ?? "no embedder"}, "
                + $"{count.Failures:N0} bad files, {count.Absent:N0} absent", null);
        }
        catch (Exception e) when (e is FileFormatException or IOException)
        {
            return new DoctorCheck("catalogue", false, e.Message, null);
        }
    }
}
