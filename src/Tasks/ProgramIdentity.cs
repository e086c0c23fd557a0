using System.Reflection;
using System.Runtime.InteropServices;
using Euterpe.Search;

namespace Euterpe.Tasks;

/// <summary>Which program this is and where it runs: the provenance of what it makes.</summary>
public static class ProgramIdentity
{
    /// <summary>Of Euterpe, such as <c>0.1.0</c>.</summary>
    public static string Version { get; } =
        typeof(ProgramIdentity).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";

    /// <summary>Name and version.</summary>
    public static string Program => "euterpe " + Version;

    /// <summary>Operating system, processor architecture and runtime.</summary>
    public static string Machine { get; } =
        $"{RuntimeInformation.RuntimeIdentifier} {RuntimeInformation.FrameworkDescription}";

    internal static Provenance With(string decoder) => new(Program, decoder, Machine);
}
