using Euterpe.MicroKernels;

namespace Euterpe.Numerics.Tests;

public sealed class GeneratedKernelsTests
{
    [Fact]
    public void Generated_kernels_are_what_the_generator_writes()
    {
        DirectoryInfo? root = new(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "Euterpe.slnx")))
            root = root.Parent;
        Assert.NotNull(root);
        string folder = Path.Combine(root.FullName, "src", "Numerics", "Products", "Generated");
        string[] names = [.. Directory.GetFiles(folder).Select(p => Path.GetFileName(p)).Order(StringComparer.Ordinal)];
        Assert.Equal(Generator.Files().Select(f => f.Name).Order(StringComparer.Ordinal), names);
        foreach ((string name, string text) in Generator.Files())
            Assert.True(text == File.ReadAllText(Path.Combine(folder, name)), $"{name} differs: run dotnet run --project tools/MicroKernels");
    }
}
