// What sounds like the first file of a folder, and what fits some words, where the model understands words.
using Euterpe.Integrations;
using Microsoft.Extensions.AI;

if (args.Length is < 1 or > 3)
{
    Console.Error.WriteLine("usage: Embeddings FOLDER [MODEL [WORDS]]");
    return 2;
}

using EuterpeModel euterpe = EuterpeModel.Open(new EuterpeOptions { Model = args.Length > 1 ? args[1] : "signature" });

var sounds = new List<DataContent>();
foreach (string path in Directory.GetFiles(args[0]).Order(StringComparer.Ordinal))
    sounds.Add(await DataContent.LoadFromAsync(path));

GeneratedEmbeddings<Embedding<float>> vectors = await euterpe.Sounds.GenerateAsync(sounds);
Console.WriteLine($"{vectors.Count} vectors of {euterpe.Dimension} numbers by {Path.GetFileName(euterpe.ModelId)}");

Print(sounds[0].Name!, vectors[0].Vector);
if (args.Length > 2)
    Print(args[2], await euterpe.Words.GenerateVectorAsync(args[2]));
return 0;

void Print(string wanted, ReadOnlyMemory<float> vector)
{
    Console.WriteLine($"Most like {wanted}:");
    foreach ((DataContent sound, Embedding<float> of) in sounds.Zip(vectors).OrderByDescending(each => Score(each.Second)).Take(3))
        Console.WriteLine($"  {Score(of),6:F3}  {sound.Name}");

    float Score(Embedding<float> of) => of.Vector.ToArray().Zip(vector.ToArray(), (x, y) => x * y).Sum();
}
