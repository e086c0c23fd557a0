using System.Security.Cryptography;
using System.Text;
using Euterpe.Numerics;
using Euterpe.Numerics.Files;
using Euterpe.Tensors;
using Euterpe.Tensors.Files;

namespace Euterpe.Layers;

/// <summary>
/// Values of one checkpoint, or of several that make one model, under the model's own names. What a layout does not know keeps its file's name, so
/// that <see cref="Weights.Finish"/> reports it as unexpected.
/// </summary>
public sealed class CheckpointWeights : IWeightSource, IDisposable
{
    private readonly List<Checkpoint> checkpoints = [];
    private readonly Dictionary<string, DerivedTensor> tensors = new(StringComparer.Ordinal);
    private readonly List<string> names = [];
    private readonly List<string> unknown = [];
    private readonly List<KeyValuePair<string, string>> left = [];

    /// <param name="checkpoint">Disposed with the weights.</param>
    /// <param name="rename">The file's name in, the model's name out, null for what is left out; null: the names are the model's.</param>
    public CheckpointWeights(Checkpoint checkpoint, Func<string, string?>? rename = null)
        : this((checkpoint, rename is null ? Layout.Same : new Layout("renamed", entry =>
            rename(entry.Name) is string name ? Placement.As(name) : Placement.Left("not of the model"))))
    {
    }

    /// <param name="parts">Files of one model, each with its layout; the checkpoints are disposed with the weights.</param>
    public CheckpointWeights(params ReadOnlySpan<(Checkpoint Checkpoint, Layout Layout)> parts)
    {
        foreach ((Checkpoint checkpoint, _) in parts)
            checkpoints.Add(checkpoint);
        foreach ((Checkpoint checkpoint, Layout layout) in parts)
            Place(checkpoint, layout);
        Names = [.. names, .. unknown];
    }

    public static CheckpointWeights Open(string path, Func<string, string?>? rename = null) => new(Checkpoint.Open(path), rename);

    public static CheckpointWeights Open(string path, Layout layout)
    {
        var checkpoint = Checkpoint.Open(path);
        try
        {
            return new CheckpointWeights((checkpoint, layout));
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    /// <summary>The files that the tensors come from.</summary>
    public IReadOnlyList<Checkpoint> Checkpoints => checkpoints;

    /// <summary>The model's names, and then those of the file that the layout does not know.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>All tensors under the model's names, in the order of the files.</summary>
    public IEnumerable<DerivedTensor> Tensors => names.Select(name => tensors[name]);

    /// <summary>Names of the files that are left out on purpose, each with the reason.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Left => left;

    /// <summary>Names of the files that their layout does not know.</summary>
    public IReadOnlyList<string> Unknown => unknown;

    public bool Has(string name) => tensors.ContainsKey(name);

    public DerivedTensor Tensor(string name) => tensors.TryGetValue(name, out DerivedTensor? tensor) ? tensor
        : throw new ModelFileException($"[weights] There is no tensor {FileText.Shown(name)}.");

    public bool TryGetShape(string name, Shape expected, out Shape found)
    {
        if (tensors.TryGetValue(name, out DerivedTensor? tensor))
        {
            found = tensor.TensorShape();
            return true;
        }

        found = default;
        return false;
    }

    public Tensor Load(string name, Shape shape, Initial initial) => tensors[name].Load();

    /// <summary>SHA-256 of the weights, lower-case hexadecimal; of several files, that over their hashes.</summary>
    public string Hash() => checkpoints.Count == 1 ? checkpoints[0].Hash()
        : Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(string.Concat(checkpoints.Select(checkpoint => checkpoint.Hash())))));

    public void Dispose() => checkpoints.ForEach(checkpoint => checkpoint.Dispose());

    private void Place(Checkpoint checkpoint, Layout layout)
    {
        var joined = new Dictionary<string, DerivedTensor.Piece?[]>(StringComparer.Ordinal);
        foreach (CheckpointEntry entry in checkpoint.Entries)
        {
            var whole = new DerivedTensor.Piece(checkpoint, entry, 0, entry.Shape.Length == 0 ? 1 : entry.Shape[0]);
            switch (layout.Place(entry))
            {
                case null:
                    unknown.Add(entry.Name);
                    break;
                case Placement.LeftOut why:
                    left.Add(new(entry.Name, why.Reason));
                    break;
                case Placement.Renamed renamed:
                    Add(new DerivedTensor(renamed.Name, entry.Shape, false, whole));
                    break;
                case Placement.Turned turned:
                    Require(entry.Shape.Length == 2, layout, entry, "a matrix, to be turned");
                    Add(new DerivedTensor(turned.Name, [entry.Shape[1], entry.Shape[0]], true, whole));
                    break;
                case Placement.Parts parts:
                    int count = parts.Names.Length;
                    Require(entry.Shape.Length > 0 && entry.Shape[0] % count == 0, layout, entry, $"a first size that {count} divides");
                    long rows = entry.Shape[0] / count;
                    for (int i = 0; i < count; i++)
                    {
                        DerivedTensor.Piece part = whole with { First = i * rows, Rows = rows };
                        Add(new DerivedTensor(parts.Names[i], [rows, .. entry.Shape.AsSpan(1)], false, part));
                    }

                    break;
                case Placement.Joined join:
                    Require(entry.Shape.Length > 0, layout, entry, "rows, to be laid below others");
                    if (!joined.TryGetValue(join.Name, out DerivedTensor.Piece?[]? pieces))
                        joined.Add(join.Name, pieces = new DerivedTensor.Piece?[join.Count]);
                    Require(pieces[join.Index] is null, layout, entry, $"one tensor for part {join.Index} of {FileText.Shown(join.Name)}");
                    pieces[join.Index] = whole;
                    break;
            }
        }

        foreach ((string name, DerivedTensor.Piece?[] pieces) in joined)
            Add(Join(name, pieces, layout));
    }

    private static DerivedTensor Join(string name, DerivedTensor.Piece?[] pieces, Layout layout)
    {
        if (pieces.Any(piece => piece is null))
        {
            throw new ModelFileException(
                $"[layout] {layout.Name}: {FileText.Shown(name)} is made of {pieces.Length} tensors: found {pieces.Count(piece => piece is not null)}.");
        }

        DerivedTensor.Piece[] all = [.. pieces.Select(piece => piece!.Value)];
        CheckpointEntry first = all[0].Entry;
        foreach (DerivedTensor.Piece piece in all)
        {
            Require(piece.Entry.Type == first.Type && piece.Entry.Shape.AsSpan(1).SequenceEqual(first.Shape.AsSpan(1)), layout, piece.Entry,
                $"the type and the row of {first}");
        }

        return new DerivedTensor(name, [all.Sum(piece => piece.Rows), .. first.Shape.AsSpan(1)], false, all);
    }

    private void Add(DerivedTensor tensor)
    {
        if (!tensors.TryAdd(tensor.Name, tensor))
        {
            string first = tensors[tensor.Name].Sources.First(), second = tensor.Sources.First();
            throw new ModelFileException(
                $"[layout] {FileText.Shown(tensor.Name)} must be one tensor: {FileText.Shown(first)} and {FileText.Shown(second)} both are it.");
        }

        names.Add(tensor.Name);
    }

    private static void Require(bool condition, Layout layout, CheckpointEntry entry, string expected)
    {
        if (!condition)
            throw new ModelFileException($"[layout] {layout.Name}: {entry} in {entry.File}: {expected} was expected.");
    }
}
