using Euterpe.Testing;

namespace Euterpe.Packages.Tests;

/// <summary>
/// A console program in a fresh folder that has Euterpe from the feed, made by the commands of the README as they stand there, with warnings as errors.
/// It holds the code of docs/tour.md and of the two READMEs.
/// </summary>
public sealed class Consumer : IDisposable
{
    public Consumer()
    {
        Place.Run("", "bash", "-euc", Markdown.Block("README.md", "bash", "dotnet new console"));
        File.Copy(Path.Combine(Fixture.Repository, "tests/Packages.Tests/Consumer/Program.cs"), Place["listen/Program.cs"], overwrite: true);
        Tour = new Tour("docs/tour.md");
        File.WriteAllText(Place["listen/Tour.cs"], Tour.Source);
        File.WriteAllText(Place["listen/Readme.cs"], new Tour("README.md", "Readme").Source);
        File.WriteAllText(Place["listen/PackageReadme.cs"], new Tour("tools/Package/README.md", "PackageReadme").Source);
        File.WriteAllText(Place["listen/Directory.Build.props"],
            """
            <Project>
              <PropertyGroup>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <AnalysisLevel>latest</AnalysisLevel>
              </PropertyGroup>
            </Project>
            """);
        Place.Run("listen", "dotnet", "build", "-c", "Release", "-v", "q", "--nologo", "-o", "bin/out");
    }

    public Place Place { get; } = new();

    public Tour Tour { get; }

    public string Run(params string[] arguments) => Place.Run("", "dotnet", ["listen/bin/out/listen.dll", .. arguments]);

    public void Dispose() => Place.Dispose();
}
