using System.Reflection;
using System.Runtime.InteropServices;
using Euterpe.Search;

namespace Euterpe.Tasks;

/// <summary>Which program this is and where it runs: the provenance of what it makes.</summary>
public static class ProgramIdentity
{
    public static string Version { get; } =
        typeof(ProgramIdentity).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";

    public static string Program => "euterpe " + Version;

    public static string Machine { get; } =
        $"{RuntimeInformation.RuntimeIdentifier} {RuntimeInformation.FrameworkDescription}";

    internal static Provenance With(string decoder) => new(Program, decoder, Machine);
}
