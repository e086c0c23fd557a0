using Euterpe.MicroKernels;

// dotnet run --project tools/MicroKernels: writes the generated kernels; a test compares them with what this would write.
string folder = args.Length > 0 ? args[0] : Path.Combine("src", "Numerics", "Products", "Generated");
Directory.CreateDirectory(folder);
foreach ((string name, string text) in Generator.Files())
{
    File.WriteAllText(Path.Combine(folder, name), text);
    Console.WriteLine(name);
}
