// dotnet run --project tools/ApiReference [FOLDER]: writes the reference of everything public, from the compiled rooms and their XML comments.
using Euterpe.ApiReference;

string folder = args.Length > 0 ? args[0] : "docs/api";
IReadOnlyDictionary<string, string> pages = new Reference(Reference.Rooms()).Pages();
Directory.CreateDirectory(folder);
foreach (string old in Directory.EnumerateFiles(folder, "*.md").Where(path => !pages.ContainsKey(Path.GetFileName(path))))
    File.Delete(old);
foreach ((string name, string text) in pages)
    File.WriteAllText(Path.Combine(folder, name), text);
Console.WriteLine($"{folder}: {pages.Count} pages, {pages.Values.Sum(text => text.Length) / 1024} KiB");
