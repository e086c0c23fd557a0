using System.Diagnostics;
using System.Reflection;
using System.Text;
using Euterpe.Testing;

namespace Euterpe.Packages.Tests;

/// <summary>
/// A fresh folder with the packages in <c>dist</c>, <c>samples</c> and <c>tests</c> as in a clone, and NuGet, tools and templates of its own:
/// nothing of the user's is read or changed. The packages are made once for all tests.
/// </summary>
public sealed class Place : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public Place()
    {
        foreach (string linked in (string[])["samples", "tests"])
            Directory.CreateSymbolicLink(this[linked], Path.Combine(Fixture.Repository, linked));
        Run(Fixture.Repository, "bash", "tools/shell/packages.sh", this["dist"], Metadata("Configuration"));
        File.WriteAllText(this["feed.config"],
            $"""
            <configuration>
              <packageSources>
                <clear />
                <add key="euterpe" value="{this["dist"]}" />
                <add key="nuget.org" value="https://api.nuget.org/v3/index.json" protocolVersion="3" />
              </packageSources>
            </configuration>
            """);
    }

    public string Root => folder.Path;

    public string this[string name] => folder.File(name);

    /// <summary>The version of the packages.</summary>
    public static string Version => Metadata("Version");

    /// <summary>Runs a program in a folder of this place and returns what it printed; another exit code than 0 fails the test.</summary>
    public string Run(string where, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Path.Combine(Root, where),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
        };
        // What the test run tells its own build must not reach another one.
        foreach (string name in start.Environment.Keys.Where(name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)
            || name.StartsWith("VSTEST", StringComparison.OrdinalIgnoreCase) || name is "Configuration" or "Platform").ToArray())
            start.Environment.Remove(name);
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        start.Environment["DOTNET_NOLOGO"] = "1";
        if (where != Fixture.Repository)
        {
            start.Environment["NUGET_PACKAGES"] = this["nuget/packages"];
            start.Environment["NUGET_HTTP_CACHE_PATH"] = this["nuget/http"];
            start.Environment["NUGET_SCRATCH"] = this["nuget/scratch"];
            start.Environment["DOTNET_CLI_HOME"] = this["home"];
            start.Environment["HOME"] = this["home"];
            start.Environment["XDG_DATA_HOME"] = this["home/data"];
            start.Environment["PATH"] = $"{this["home/.dotnet/tools"]}:{Environment.GetEnvironmentVariable("PATH")}";
            Directory.CreateDirectory(this["home"]);
        }

        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromMinutes(5)))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{program} {string.Join(' ', arguments)}: five minutes were not enough.");
        }

        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: exit code {process.ExitCode}\n{output.Result}\n{error.Result}");
        return output.Result;
    }

    public void Dispose() => folder.Dispose();

    private static string Metadata(string key) =>
        typeof(Place).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(each => each.Key == key).Value!;
}

[CollectionDefinition("packages")]
public sealed class PackagesCollection : ICollectionFixture<Consumer>
{
}
