using System.Globalization;
using System.Numerics;
using Euterpe.Numerics;
using Euterpe.Numerics.Files;

namespace Euterpe.Tensors.Files.Torch;

/// <summary>
/// What a pickle left, as a tree of plain values and a list of named tensors. A tensor's name is the path of keys from the root, joined by "/".
/// Without
/// recursion; a value that the file reaches by many ways is walked once for each, and every step is paid for, so lists of lists of lists end early.
/// </summary>
internal sealed class TorchTree
{
    private const int MostArrayValues = 65_536;

    private readonly string file;
    private readonly Allowance allowance;
    private readonly Stack<Level> levels = [];
    private readonly Dictionary<string, int> viewIndices = new(StringComparer.Ordinal);
    private readonly HashSet<string> names = new(StringComparer.Ordinal);

    private TorchTree(string file, Allowance allowance) => (this.file, this.allowance) = (file, allowance);

    public List<CheckpointEntry> Entries { get; } = [];

    /// <summary>The different views that entries have; an entry's Start is its index here.</summary>
    public List<TorchTensor> Views { get; } = [];

    public CheckpointValue Root { get; private set; } = new CheckpointValue.Nothing();

    public static TorchTree Of(object root, string file, Allowance allowance)
    {
        var tree = new TorchTree(file, allowance);
        tree.Walk(root);
        return tree;
    }

    private void Walk(object root)
    {
        CheckpointValue? done = Begin(root, null);
        while (levels.TryPeek(out Level? top))
        {
            if (done is not null)
            {
                top.Add(done);
            }
            if (top.IsComplete)
            {
                levels.Pop();
                done = top.Made;
                continue;
            }
            done = Begin(top.Current, top);
        }
        Root = done!;
    }

    /// <summary>A plain value, or null where a level was opened; what is begun is the current item of the level around it.</summary>
    private CheckpointValue? Begin(object value, Level? around)
    {
        allowance.Charge(96);
        switch (value)
        {
            case string text:
                return new CheckpointValue.Text(text);
            case bool flag:
                return new CheckpointValue.Flag(flag);
            case long whole:
                return new CheckpointValue.Integer(whole);
            case BigInteger large:
                return new CheckpointValue.Integer(large);
            case double real:
                return new CheckpointValue.Real(real);
            case byte[] bytes:
                return new CheckpointValue.Bytes(bytes);
            case PickledNone:
                return new CheckpointValue.Nothing();
            case TorchTensor tensor:
                return new CheckpointValue.TensorName(Enter(tensor, around?.PathOfCurrent(allowance) ?? ""));
            case PickledName name:
                return new CheckpointValue.Opaque(name.Text);
            case PickledGlobal global:
                return new CheckpointValue.Opaque(global.Name);
            case NumpyArray { Type: NumpyType } array:
                return Numbers(array);
            case PickledDict dict:
                return Open(new Level(around, dict.Items));
            case PickledObject { State: PickledDict state } made:
                // omegaconf's objects point back to what holds them.
                return Open(new Level(around, made.Name.StartsWith("omegaconf.", StringComparison.Ordinal)
                    ? state.Items.FindAll(item => item.Key != "_parent") : state.Items));
            case PickledObject { State: null } made:
                return new CheckpointValue.Opaque(made.Name);
            case PickledObject made:
                return Open(new Level(around, made.State is PickledList held ? held.Items : (object[])made.State));
            case PickledList list:
                return Open(new Level(around, list.Items));
            case PickledSet set:
                return Open(new Level(around, set.Items));
            case object[] tuple:
                return Open(new Level(around, tuple));
            default:
                return new CheckpointValue.Opaque(value is TorchStorage ? "storage" : "numpy");
        }
    }

    private CheckpointValue? Open(Level level)
    {
        if (levels.Count == CheckpointValue.DeepestLevel)
        {
            throw new FileFormatException(
                $"[torch] {file}: its values are nested more than {CheckpointValue.DeepestLevel} deep, or one holds itself.");
        }
        allowance.Charge(300 + (24L * level.Count));
        levels.Push(level);
        return null;
    }

    private string Enter(TorchTensor tensor, string name)
    {
        if (!names.Add(name))
        {
            throw new FileFormatException($"[torch] {file}: two tensors have the path {FileText.Shown(name)}.");
        }
        TorchStorage storage = tensor.Storage;
        long start = storage.Offset + (tensor.Offset * tensor.Type.Size());
        string key = string.Create(CultureInfo.InvariantCulture,
            $"{storage.Key} {start} {tensor.Type} {string.Join(',', tensor.Shape)} {string.Join(',', tensor.Strides)}");
        allowance.Charge(640 + (2L * key.Length) + (2L * name.Length));
        if (!viewIndices.TryGetValue(key, out int index))
        {
            viewIndices.Add(key, index = Views.Count);
            Views.Add(tensor);
        }
        Entries.Add(new CheckpointEntry(name, tensor.Type, tensor.Shape, tensor.Length, file)
        {
            Start = index,
            Storage = storage.Key,
            StorageOffset = start,
        });
        return name;
    }

    private CheckpointValue Numbers(NumpyArray array)
    {
        int size = array.Type!.Type.Size(), count = array.Bytes.Length / size;
        if (count > MostArrayValues || array.Shape.Length > 8 || array.Shape.Contains(0))
        {
            return new CheckpointValue.Opaque($"numpy {array.Type.Type} {FileText.Shape(array.Shape)}");
        }
        allowance.Charge(200L * count);
        var values = new List<CheckpointValue>(count);
        for (int i = 0; i < count; i++)
        {
            values.Add(NumpyPickles.Number(array.Type, array.Bytes, array.FortranOrder ? Fortran(i, array.Shape) : i) switch
            {
                bool flag => new CheckpointValue.Flag(flag),
                double real => new CheckpointValue.Real(real),
                long whole => new CheckpointValue.Integer(whole),
                object large => new CheckpointValue.Integer((BigInteger)large),
            });
        }
        for (int dim = array.Shape.Length - 1; dim > 0; dim--)
        {
            values = [.. values.Chunk((int)array.Shape[dim]).Select(row => new CheckpointValue.List([.. row]))];
        }
        return array.Shape.Length == 0 ? values[0] : new CheckpointValue.List(values);
    }

    private static int Fortran(int index, long[] shape)
    {
        long at = 0, stride = shape.Aggregate(1L, (product, size) => product * size);
        for (int dim = shape.Length - 1; dim >= 0; dim--)
        {
            stride /= shape[dim];
            at += index % shape[dim] * stride;
            index = (int)(index / shape[dim]);
        }
        return (int)at;
    }

    /// <summary>A dict or list whose items are being turned into values, and the one around it.</summary>
    private sealed class Level
    {
        private readonly Level? around;
        private readonly IReadOnlyList<object>? items;
        private readonly List<KeyValuePair<string, object>>? pairs;
        private readonly List<CheckpointValue> values;
        private readonly List<KeyValuePair<string, CheckpointValue>> named;
        private int next;
        private string? path;

        public Level(Level? around, IReadOnlyList<object> items) =>
            (this.around, this.items, Count, values, named) = (around, items, items.Count, new(items.Count), []);

        public Level(Level? around, List<KeyValuePair<string, object>> pairs) =>
            (this.around, this.pairs, Count, values, named) = (around, pairs, pairs.Count, [], new(pairs.Count));

        public int Count { get; }

        public bool IsComplete => next == Count;

        public object Current => pairs is null ? items![next] : pairs[next].Value;

        public CheckpointValue Made => pairs is null ? new CheckpointValue.List(values) : new CheckpointValue.Map(named);

        /// <summary>The value of the current item; the next one is current then.</summary>
        public void Add(CheckpointValue value)
        {
            if (pairs is null)
            {
                values.Add(value);
            }
            else
            {
                named.Add(new(pairs[next].Key, value));
            }
            next++;
        }

        /// <summary>The keys from the root to the current item; only tensors need it.</summary>
        public string PathOfCurrent(Allowance allowance)
        {
            path ??= around?.PathOfCurrent(allowance) ?? "";
            string key = pairs is null ? next.ToString(CultureInfo.InvariantCulture) : pairs[next].Key;
            allowance.Charge(64 + (2L * (path.Length + key.Length)));
            return around is null ? key : $"{path}/{key}";
        }
    }
}
