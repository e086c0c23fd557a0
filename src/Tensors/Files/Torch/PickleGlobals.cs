using System.Buffers;
using System.Collections.Frozen;
using System.Globalization;
using System.Numerics;
using Euterpe.Numerics.Files;

namespace Euterpe.Tensors.Files.Torch;

/// <summary>
/// The closed table of globals: what torch.save writes around tensors, and plain containers. Whatever is not here ends the reading.
/// </summary>
internal static class PickleGlobals
{
    /// <summary>What the key of a storage may be made of.</summary>
    public static readonly SearchValues<char> KeyLetters =
        SearchValues.Create("0123456789_-abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    private static readonly (string Storage, string[] Names, StoredType Type)[] Types =
    [
        ("Double", ["float64", "double"], StoredType.F64), ("Float", ["float32", "float"], StoredType.F32),
        ("Half", ["float16", "half"], StoredType.F16), ("BFloat16", ["bfloat16"], StoredType.BF16),
        ("Long", ["int64", "long"], StoredType.I64), ("Int", ["int32", "int"], StoredType.I32), ("Short", ["int16", "short"], StoredType.I16),
        ("Char", ["int8"], StoredType.I8), ("Byte", ["uint8"], StoredType.U8), ("Bool", ["bool"], StoredType.Bool),
        ("ComplexFloat", ["complex64", "cfloat"], StoredType.C64), ("ComplexDouble", ["complex128", "cdouble"], StoredType.C128),
        ("", ["float8_e4m3fn"], StoredType.F8E4M3), ("", ["float8_e5m2"], StoredType.F8E5M2),
        ("", ["uint16"], StoredType.U16), ("", ["uint32"], StoredType.U32), ("", ["uint64"], StoredType.U64),
    ];

    // Classes whose objects are kept as their attributes; they do nothing.
    private static readonly (string Module, string[] Names)[] Plain =
    [
        ("argparse", ["Namespace"]), ("types", ["SimpleNamespace"]),
        ("omegaconf.dictconfig", ["DictConfig"]), ("omegaconf.listconfig", ["ListConfig"]), ("omegaconf.base", ["ContainerMetadata", "Metadata"]),
        ("omegaconf.nodes", ["AnyNode", "BooleanNode", "FloatNode", "IntegerNode", "StringNode"]),
        ("fairseq.data.dictionary", ["Dictionary"]),
    ];

    // Names that stand as values in files of the field (a model's class, a type) and are never called.
    private static readonly (string Module, string[] Names)[] Mentioned =
    [
        ("typing", ["Any"]), ("demucs.demucs", ["Demucs"]), ("demucs.hdemucs", ["HDemucs"]), ("demucs.htdemucs", ["HTDemucs"]),
        ("builtins", ["int", "float", "str", "bool", "object"]),
    ];

    private static readonly FrozenDictionary<(string Module, string Name), PickledGlobal> Known = Table();

    public static PickledGlobal Find(PickleReader reader, string module, string name) =>
        Known.TryGetValue((module, name), out PickledGlobal? global) ? global
            : throw reader.Error($"the global {FileText.Shown($"{module}.{name}")} is none that tensors need; nothing of the file was run. "
                + "Hint: a file that needs it is not safe to load; look for the model as safetensors.");

    /// <summary>dict[key] = value; keys are texts and numbers, and each is there once.</summary>
    public static void Set(PickleReader reader, PickledDict dict, object key, object value)
    {
        string text = key switch
        {
            string each => each,
            long each => each.ToString(CultureInfo.InvariantCulture),
            BigInteger each => each.ToString(CultureInfo.InvariantCulture),
            double each => each.ToString("R", CultureInfo.InvariantCulture),
            bool each => each ? "True" : "False",
            PickledNone => "None",
            _ => throw reader.Error("the keys of a dict must be texts or numbers: found something else."),
        };
        reader.Allowance.Charge((dict.Items.Count == 0 ? 260 : 140) + (key is string ? 0 : 32 + (2 * text.Length)));
        if (!dict.TryAdd(text, value))
        {
            throw reader.Error($"the key {FileText.Shown(text)} must be in its dict once: found it twice.");
        }
    }

    /// <summary>What BUILD does to an object: its attributes, as plain values.</summary>
    public static void Build(PickleReader reader, object target, object state)
    {
        bool attributes = state is PickledDict || (state is object[] { Length: 2 } slots && slots.All(each => each is PickledDict or PickledNone));
        switch (target)
        {
            case PickledDict { TakesAttributes: true } when attributes:
                break;
            case PickledObject { State: null } made when attributes || state is object[] or PickledList:
                made.State = state;
                break;
            case NumpyType type when NumpyPickles.Build(type, state):
            case NumpyArray array when NumpyPickles.Build(reader, array, state):
                break;
            default:
                throw reader.Error("BUILD is given an object or a state that it does not fit.");
        }
    }

    private static FrozenDictionary<(string Module, string Name), PickledGlobal> Table()
    {
        var table = new Dictionary<(string, string), PickledGlobal>();
        foreach ((string storage, string[] names, StoredType type) in Types)
        {
            if (storage.Length > 0)
            {
                Add("torch", new($"torch.{storage}Storage") { Type = type, IsStorage = true });
            }
            foreach (string name in names)
            {
                Add("torch", new($"torch.{name}") { Type = type });
            }
        }
        Add("torch", new("torch.UntypedStorage") { IsStorage = true });
        Add("torch.storage", new("torch.storage.UntypedStorage") { IsStorage = true });
        Add("torch._utils", new("torch._utils._rebuild_tensor") { IsRebuild = true, Function = TorchTensors.Rebuild });
        Add("torch._utils", new("torch._utils._rebuild_tensor_v2") { IsRebuild = true, Function = TorchTensors.RebuildV2 });
        Add("torch._utils", new("torch._utils._rebuild_tensor_v3") { IsRebuild = true, Function = TorchTensors.RebuildV3 });
        Add("torch._utils", new("torch._utils._rebuild_parameter") { Function = TorchTensors.Parameter });
        Add("torch._utils", new("torch._utils._rebuild_parameter_with_state") { Function = TorchTensors.Parameter });
        Add("torch._tensor", new("torch._tensor._rebuild_from_type") { Function = TorchTensors.FromType });
        Add("torch._tensor", new("torch._tensor._rebuild_from_type_v2") { Function = TorchTensors.FromType });
        Add("torch", new("torch.Tensor") { IsTensor = true });
        Add("torch.nn.parameter", new("torch.nn.parameter.Parameter") { IsTensor = true });
        Add("torch.nn.parameter", new("torch.nn.parameter.Buffer") { IsTensor = true });
        Add("torch", new("torch.Size")
        {
            Function = (_, arguments) => arguments is [object[] sizes] && sizes.All(size => size is long) ? sizes : null,
        });
        Add("torch", new("torch.device") { Function = (reader, arguments) => Named(reader, "torch.device", arguments) });
        Add("torch.serialization", new("torch.serialization._get_layout") { Function = (reader, arguments) => Named(reader, "layout", arguments) });
        Add("fractions", new("fractions.Fraction") { Function = Fraction });
        foreach (string module in new[] { "numpy.core.multiarray", "numpy._core.multiarray" })
        {
            Add(module, new($"{module}._reconstruct") { Function = NumpyPickles.Reconstruct });
            Add(module, new($"{module}.scalar") { Function = NumpyPickles.Scalar });
        }
        foreach (string module in new[] { "numpy.core.numeric", "numpy._core.numeric" })
        {
            Add(module, new($"{module}._frombuffer") { Function = NumpyPickles.FromBuffer });
        }
        Add("numpy", new("numpy.dtype") { Function = NumpyPickles.DType });
        Add("numpy", new("numpy.ndarray"));
        // The hyperparameters of Lightning's checkpoints: a dict by another name.
        foreach (string module in new[]
        {
            "pytorch_lightning.utilities.parsing", "lightning.pytorch.utilities.parsing", "lightning_fabric.utilities.data", "lightning.fabric.utilities.data",
        })
        {
            Add(module, new($"{module}.AttributeDict") { Function = (reader, arguments) => Dict(reader, arguments, ordered: true) });
        }
        foreach (string module in new[] { "copyreg", "copy_reg" })
        {
            // How protocols 0 and 1 make an object of a plain class.
            Add(module, new($"{module}._reconstructor")
            {
                Function = (reader, arguments) =>
                    arguments is [PickledGlobal { IsPlain: true } made, PickledGlobal, PickledNone] ? made.Call(reader, []) : null,
            });
        }
        Add("_codecs", new("_codecs.encode") { Function = Encode });
        Add("collections", new("collections.OrderedDict") { Function = (reader, arguments) => Dict(reader, arguments, ordered: true) });
        Add("collections", new("collections.Counter") { Function = (reader, arguments) => Dict(reader, arguments, ordered: true) });
        Add("collections", new("collections.defaultdict")
        {
            Function = (reader, arguments) => arguments is [] or [PickledGlobal or PickledNone] ? Dict(reader, [], ordered: true) : null,
        });
        foreach (string module in new[] { "builtins", "__builtin__" })
        {
            Add(module, new($"{module}.set") { Function = Set });
            Add(module, new($"{module}.frozenset") { Function = Set });
            Add(module, new($"{module}.list") { Function = List });
            Add(module, new($"{module}.tuple") { Function = (reader, arguments) => arguments is [] ? arguments : null });
            Add(module, new($"{module}.dict") { Function = (reader, arguments) => Dict(reader, arguments, ordered: false) });
            Add(module, new($"{module}.bytes") { Function = Encode });
            Add(module, new($"{module}.bytearray") { Function = Encode });
        }
        foreach ((string module, string[] names) in Plain)
        {
            foreach (string name in names)
            {
                Add(module, new($"{module}.{name}") { IsPlain = true, Function = (reader, _) => Object(reader, $"{module}.{name}") });
            }
        }
        foreach ((string module, string[] names) in Mentioned)
        {
            foreach (string name in names)
            {
                Add(module, new($"{module}.{name}"));
            }
        }
        foreach (string name in new[] { "int", "float", "str", "bool", "object", "unicode", "long" })
        {
            Add("__builtin__", new($"__builtin__.{name}"));
        }
        return table.ToFrozenDictionary();

        void Add(string module, PickledGlobal global) => table.Add((module, global.Name[(module.Length + 1)..]), global);
    }

    private static PickledObject Object(PickleReader reader, string name)
    {
        reader.Allowance.Charge(160);
        return new PickledObject(name);
    }

    private static PickledName? Named(PickleReader reader, string what, object[] arguments)
    {
        reader.Allowance.Charge(600);
        return arguments is [string text, ..] && text.Length <= 200 && arguments.Length <= 2 ? new PickledName($"{what} {text}") : null;
    }

    /// <summary>Python's fraction, as its text: 39/5.</summary>
    private static string? Fraction(PickleReader reader, object[] arguments)
    {
        reader.Allowance.Charge(128);
        return arguments switch
        {
            [string text] => text,
            [long numerator, long denominator] => string.Create(CultureInfo.InvariantCulture, $"{numerator}/{denominator}"),
            _ => null,
        };
    }

    private static byte[]? Encode(PickleReader reader, object[] arguments)
    {
        switch (arguments)
        {
            case [string text, "latin1" or "latin-1"]:
                reader.Allowance.Charge(text.Length + 48);
                return text.AsSpan().ContainsAnyExceptInRange('\0', '\u00FF') ? null : System.Text.Encoding.Latin1.GetBytes(text);
            case []:
                return [];
            case [byte[] bytes]:
                return bytes;
            default:
                return null;
        }
    }

    private static PickledSet? Set(PickleReader reader, object[] arguments)
    {
        reader.Allowance.Charge(120);
        switch (arguments)
        {
            case []:
                return new PickledSet([]);
            case [PickledList list]:
                reader.Allowance.Charge(16L * list.Items.Count);
                return new PickledSet([.. list.Items]);
            default:
                return null;
        }
    }

    private static PickledList? List(PickleReader reader, object[] arguments)
    {
        reader.Allowance.Charge(120);
        return arguments is [] ? new PickledList() : null;
    }

    /// <summary>Of nothing, of a dict, or of a list of pairs, as Python 2 wrote.</summary>
    private static PickledDict? Dict(PickleReader reader, object[] arguments, bool ordered)
    {
        reader.Allowance.Charge(96);
        var dict = new PickledDict { TakesAttributes = ordered };
        switch (arguments)
        {
            case []:
                return dict;
            case [PickledDict other]:
                foreach ((string key, object value) in other.Items)
                {
                    Set(reader, dict, key, value);
                }
                return dict;
            case [PickledList list]:
                foreach (object item in list.Items)
                {
                    (object? key, object? value) = item switch
                    {
                        object[] { Length: 2 } pair => (pair[0], pair[1]),
                        PickledList { Items.Count: 2 } pair => (pair.Items[0], pair.Items[1]),
                        _ => (null, null),
                    };
                    if (key is null)
                    {
                        return null;
                    }
                    Set(reader, dict, key, value!);
                }
                return dict;
            default:
                return null;
        }
    }
}
