using Euterpe.Tensors.Files;
using Euterpe.Testing;
using static Euterpe.Tensors.Tests.Files.TorchBuilder;

namespace Euterpe.Tensors.Tests.Files;

/// <summary>
/// Files of torch that somebody meant ill with: refused with one clear error that says what and where, or read whole within their bounds.
/// </summary>
public class HostileTorchTests
{
    private static readonly byte[] Good = State(Tensor([4], [1]));
    private static readonly Lazy<Dictionary<string, byte[]>> Zips = new(MakeZips), Pickles = new(MakePickles), Tensors = new(MakeTensors);

    [Theory]
    [Trait("Category", "Parity")]
    [MemberData(nameof(CheckpointIndex.Names), "torch", "hostile/", MemberType = typeof(CheckpointIndex))]
    public void Hostile_torch_files_do_what_the_index_says(string name)
    {
        CheckpointIndex entry = CheckpointIndex.Open(name);
        Exception? error = CheckpointTests.Survive(entry.Path);
        Assert.False(entry.MustRefuse && error is null, $"{name} must be refused ({entry.What}), and was loaded.");
        Assert.False(entry.MustLoad && error is not null, $"{name} must be loaded, and was refused: {error?.Message}");
        if (error is not null)
        {
            Assert.Contains(Path.GetFileName(entry.Path), error.Message);
        }
    }

    [Theory]
    [MemberData(nameof(ZipNames))]
    public void Zips_that_lie_are_refused(string name) => Refused(Zips.Value[name], name);

    [Theory]
    [MemberData(nameof(PickleNames))]
    public void Pickles_that_mean_ill_are_refused(string name) => Refused(Torch(Pickles.Value[name]), name);

    [Theory]
    [MemberData(nameof(TensorNames))]
    public void Tensors_that_cannot_be_are_refused(string name) => Refused(Torch(State(Tensors.Value[name])), name);

    [Fact]
    public void What_is_built_here_is_read_where_it_is_right()
    {
        Assert.Null(Tried(Torch(Good)));
        byte[] four = new byte[16];
        Assert.Null(Tried(Zip(new BuiltRecord("a/data.pkl", Good) { Deflated = true }, new BuiltRecord("a/data/0", four) { Deflated = true })));
        Assert.Null(Tried(Zip(new BuiltRecord("a/", []), new BuiltRecord("a/data.pkl", Good), new BuiltRecord("a/data/0", four) { LocalExtra = new byte[3] })));
        Assert.Null(Tried(Zip(new BuiltRecord("a/data.pkl", Good), new BuiltRecord("a/byteorder", "big"u8.ToArray()), new BuiltRecord("a/data/0", four))));
        Assert.Null(Tried(Zip(new BuiltRecord("a/data.pkl", Good),
            new BuiltRecord("a/data/0", four) { Flags = 8, LocalCrc = 0, LocalLength = 0, LocalPackedLength = 0 })));
        // The size in 64 bits where the 32-bit one says so.
        byte[] wide = [1, 0, 16, 0, 16, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0];
        Assert.Null(Tried(Zip(new BuiltRecord("a/data.pkl", Good),
            new BuiltRecord("a/data/0", four) { Length = uint.MaxValue, PackedLength = uint.MaxValue, Extra = wide, LocalExtra = wide })));
        Assert.Null(Tried(Torch(State(Tensor([2, 1, 3], [1, 99, 1])))));
        Assert.Null(Tried(Torch(State(Tensor([0, 5], [5, 1], 77)))));
        Assert.Null(Tried(Torch(State(Tensor([1000], [0])))));
        Assert.Null(Tried(Torch(State(Tensor([16], [1], 0, Storage("BoolStorage", count: 16))))));
        Assert.Null(Tried(Torch(State(Call(Global("torch._utils", "_rebuild_tensor_v3"), Storage("UntypedStorage", count: 16), Number(0), Numbers(8),
            Numbers(1), [0x89], [(byte)'N'], Global("torch", "uint16"))))));
        Assert.Null(Tried(Torch([.. Proto, .. Repeat(90, (byte)']'), .. Repeat(89, (byte)'a'), (byte)'.'])));
    }

    public static IEnumerable<object[]> ZipNames() => Zips.Value.Keys.Select(name => new object[] { name });

    public static IEnumerable<object[]> PickleNames() => Pickles.Value.Keys.Select(name => new object[] { name });

    public static IEnumerable<object[]> TensorNames() => Tensors.Value.Keys.Select(name => new object[] { name });

    private static Dictionary<string, byte[]> MakeZips()
    {
        byte[] four = new byte[16], plain = Torch(Good);
        BuiltRecord pickle = new("a/data.pkl", Good), data = new("a/data/0", four);
        BuiltRecord[] both = [pickle, data];
        byte[] Wide(ulong value) => [1, 0, 8, 0, .. BitConverter.GetBytes(value)];
        byte[] End64(ulong count, ulong size, ulong start, ulong at)
        {
            using var end = new MemoryStream();
            Put(end, 0x0606_4B50u, 44ul, (ushort)45, (ushort)45, 0u, 0u, count, count, size, start);
            Put(end, 0x0706_4B50u, 0u, at, 1u, 0x0605_4B50u, (ushort)0, (ushort)0, (ushort)0xFFFF, (ushort)0xFFFF, uint.MaxValue, uint.MaxValue, (ushort)0);
            return end.ToArray();
        }
        var zips = new Dictionary<string, byte[]>
        {
            ["two records in the same bytes"] = Zip(pickle, data, new("a/data/1", Good) { Offset = 0, CentralName = "a/data.pkl"u8.ToArray() }),
            ["a record within another"] = Zip(pickle, data with { Offset = 10 }),
            ["other name in the local header"] = Zip(pickle, data with { LocalName = "a/data/1"u8.ToArray() }),
            ["other name in the directory"] = Zip(pickle, data with { CentralName = "a/data/9"u8.ToArray() }),
            ["other length in the local header"] = Zip(pickle, data with { LocalLength = 4 }),
            ["other sum in the local header"] = Zip(pickle, data with { LocalCrc = 4 }),
            ["encrypted"] = Zip(pickle, data with { Flags = 1 }),
            ["strongly encrypted"] = Zip(pickle, data with { Flags = 0x41 }),
            ["masked headers"] = Zip(pickle, data with { Flags = 0x2000 }),
            ["another method"] = Zip(pickle, data with { Method = 12 }),
            ["stored with two lengths"] = Zip(pickle, data with { PackedLength = 15 }),
            ["longer than the file"] = Zip(pickle, data with { PackedLength = 0x7000_0000, Length = 0x7000_0000 }),
            ["a length of 2^63"] = Zip(pickle, data with { Length = uint.MaxValue, PackedLength = uint.MaxValue, Extra = [.. Wide(1ul << 63), .. Wide(1ul << 63)] }),
            ["a length of 2^62"] = Zip(pickle, data with { Length = uint.MaxValue, Extra = Wide(1ul << 62), Deflated = true }),
            ["an offset of 2^62"] = Zip(pickle, data with { Offset = uint.MaxValue, Extra = Wide(1ul << 62) }),
            ["64-bit sizes without a field"] = Zip(pickle, data with { Length = uint.MaxValue, PackedLength = uint.MaxValue }),
            ["an extra field that does not end"] = Zip(pickle, data with { Extra = [1, 0, 0xFF, 0xFF] }),
            ["end records of 2^64"] = Zip(both, End64(ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, 100)),
            ["a 64-bit end record far away"] = Zip(both, End64(2, 100, 0, 1ul << 63)),
            ["a 64-bit end record in front"] = Zip(both, End64(2, 100, 0, 0)),
            ["bytes in front"] = [.. new byte[3], .. plain],
            ["a zip in front"] = [.. plain, .. plain],
            ["bytes behind"] = [.. plain, 0],
            ["only an end"] = plain[^22..],
            ["a name out of the folder"] = Zip(pickle, data, new("a/../../../PWNED", four)),
            ["a name with a dot folder"] = Zip(pickle, data, new("./PWNED", four)),
            ["a name with a zero"] = Zip(pickle, data, new("a/data/1\0.txt", four)),
            ["a name that is no UTF-8"] = Zip(pickle, data with { LocalName = [0xFF], CentralName = [0xFF] }),
            ["an empty name"] = Zip(pickle, data, new("", four)),
            ["a name of 60,000 letters"] = Zip(pickle, data, new(new string('n', 60_000), four)),
            ["two pickles"] = Zip(pickle, data, new("b/data.pkl", Good)),
            ["a pickle deeper"] = Zip(new BuiltRecord("a/b/data.pkl", Good), data),
            ["a damaged pickle"] = Zip(pickle with { Crc = 1, LocalCrc = 1 }, data),
            ["a damaged record that nothing uses"] = Zip(pickle, data, new("a/data/1", four) { Crc = 1, LocalCrc = 1 }),
            ["deflated rubbish"] = Zip(pickle, data with { Deflated = true, Packed = Repeat(16, 0xFE) }),
            ["deflated to less"] = Zip(pickle, data with { Deflated = true, Length = 17 }),
            ["deflated to more"] = Zip(pickle, data with { Deflated = true, Length = 15 }),
            ["deflated with another sum"] = Zip(pickle, data with { Deflated = true, Crc = 5, LocalCrc = 5 }),
            ["a bomb that nothing uses"] = Zip(pickle, data, new("a/data/1", new byte[60 << 20]) { Deflated = true }),
            ["a bomb of many"] = Zip([pickle, data, .. Enumerable.Range(1, 50).Select(i => new BuiltRecord($"a/data/{i}", new byte[1 << 20]) { Deflated = true })]),
            ["a deflated pickle of lists"] = Zip(new("a/data.pkl", [.. Proto, .. Repeat(30 << 20, (byte)']'), (byte)'.']) { Deflated = true }, data),
            ["version 99"] = Zip(pickle, data, new("a/version", "99"u8.ToArray())),
            ["a version in words"] = Zip(pickle, data, new("a/version", "three"u8.ToArray())),
            ["a byte order with a blank"] = Zip(pickle, data, new("a/byteorder", "little "u8.ToArray())),
            ["code beside"] = Zip(pickle, data, new("a/code/__torch__.py", "x"u8.ToArray())),
            ["bytes after the pickle"] = Torch([.. Good, .. Good]),
            ["nothing that we know"] = Zip(new BuiltRecord("readme.txt", four)),
            ["no record at all"] = Zip(),
        };
        return zips;
    }

    private static Dictionary<string, byte[]> MakePickles()
    {
        byte[] get = [(byte)'h', 0], self = [.. get, (byte)'a'];
        byte[] Body(params byte[][] parts) => [.. Proto, .. parts.SelectMany(part => part), (byte)'.'];
        byte[] Pid(params byte[][] parts) => State([.. parts.SelectMany(part => part), (byte)'Q']);
        byte[] Long4(int length) => [0x8B, .. BitConverter.GetBytes(length), 1];
        var pickles = new Dictionary<string, byte[]>
        {
            ["a billion lists"] = Body([(byte)']', (byte)'q', 0, (byte)'0'],
                [.. Enumerable.Range(1, 60).SelectMany(i => (byte[])[(byte)']', (byte)'q', (byte)i, (byte)'h', (byte)(i - 1), (byte)'a', (byte)'h', (byte)(i - 1), (byte)'a', (byte)'0'])],
                [(byte)'h', 60]),
            ["a billion dicts"] = Body([(byte)'}', (byte)'q', 0, (byte)'0'],
                [.. Enumerable.Range(1, 60).SelectMany(i => (byte[])[(byte)'}', (byte)'q', (byte)i, .. Text("a"), (byte)'h', (byte)(i - 1), (byte)'s', .. Text("b"), (byte)'h', (byte)(i - 1), (byte)'s', (byte)'0'])],
                [(byte)'h', 60]),
            ["a billion tuples"] = Body([(byte)')'], [.. Enumerable.Range(0, 60).SelectMany(_ => (byte[])[(byte)'2', 0x86])]),
            ["a million lists in lists"] = Body(Repeat(1_000_000, (byte)']'), Repeat(999_999, (byte)'a')),
            ["a million tuples in tuples"] = Body([(byte)')'], Repeat(1_000_000, 0x85)),
            ["three million lists on the stack"] = Body(Repeat(3_000_000, (byte)']')),
            ["three million references"] = Body([(byte)']', (byte)'q', 0, (byte)'('], Repeat(3_000_000, get), [(byte)'t']),
            ["three million copies"] = Body([(byte)']', (byte)'('], Repeat(3_000_000, (byte)'2'), [(byte)'t']),
            ["three million marks"] = Body(Repeat(3_000_000, (byte)'(')),
            ["a list that holds itself a million times"] = Body([(byte)']', (byte)'q', 0], Repeat(1_000_000, self)),
            ["tuples of the whole stack"] = Body(Repeat(1_000_000, (byte)'(', (byte)'t')),
            ["memo far away"] = Body([(byte)'}', (byte)'r', 0, 0, 0, 1]),
            ["memo in words"] = Body([(byte)'}', (byte)'p'], "99999999999999999999\n"u8.ToArray()),
            ["memo below zero"] = Body([(byte)'}', (byte)'p'], "-1\n"u8.ToArray()),
            ["memo of nothing"] = Body([(byte)'j', 9, 0, 0, 0]),
            ["memo of an empty stack"] = Body([(byte)'q', 0]),
            ["an integer of 2 GB"] = Body(Long4(int.MaxValue)),
            ["an integer of 2 kB"] = Body([0x8B, 0, 8, 0, 0], new byte[2048]),
            ["an integer in words"] = Body([(byte)'L'], "twelve\n"u8.ToArray()),
            ["an integer of 5,000 digits"] = Body([(byte)'L'], Repeat(5_000, (byte)'9'), "\n"u8.ToArray()),
            ["a line without end"] = Body([(byte)'V'], Repeat(10_000, (byte)'x')),
            ["a float in words"] = Body([(byte)'F'], "1.0e\n"u8.ToArray()),
            ["a quoted text without quotes"] = Body([(byte)'S'], "abc\n"u8.ToArray()),
            ["a quoted text with half an escape"] = Body([(byte)'S'], "'a\\x4'\n"u8.ToArray()),
            ["an escape of half a pair"] = Body([(byte)'V'], "\\ud800\n"u8.ToArray()),
            ["a text that is no UTF-8"] = Body([(byte)'X', 2, 0, 0, 0, 0xC3, 0x28]),
            ["a text with half a pair"] = Body([(byte)'X', 3, 0, 0, 0, 0xED, 0xA0, 0x80]),
            ["a text of -1 bytes"] = Body([(byte)'T', 0xFF, 0xFF, 0xFF, 0xFF]),
            ["bytes of 2^63"] = Body([0x96, 0, 0, 0, 0, 0, 0, 0, 0x80]),
            ["a frame beyond the end"] = Body([0x95, 100, 0, 0, 0, 0, 0, 0, 0, (byte)'}']),
            ["STOP on nothing"] = [.. Proto, (byte)'.'],
            ["nothing"] = [],
            ["APPEND to a dict"] = Body([(byte)'}', (byte)'N', (byte)'a']),
            ["APPENDS to a number"] = Body([(byte)'K', 1, (byte)'(', (byte)'N', (byte)'e']),
            ["SETITEM on a list"] = Body([(byte)']', .. Text("k"), (byte)'N', (byte)'s']),
            ["SETITEMS of three"] = Body([(byte)'}', (byte)'(', .. Text("k"), (byte)'N', .. Text("l"), (byte)'u']),
            ["ADDITEMS to a list"] = Body([(byte)']', (byte)'(', (byte)'N', 0x90]),
            ["a tuple as key"] = Body([(byte)'}', (byte)')', (byte)'N', (byte)'s']),
            ["a dict as key"] = Body([(byte)'}', (byte)'}', (byte)'N', (byte)'s']),
            ["a tensor as key"] = Body([(byte)'}'], Tensor([4], [1]), [(byte)'N', (byte)'s']),
            ["a key twice"] = Body([(byte)'}', .. Text("k"), (byte)'N', (byte)'s', .. Text("k"), (byte)'N', (byte)'s']),
            ["a number and its text as keys"] = Body([(byte)'}', .. Text("3"), (byte)'N', (byte)'s', (byte)'K', 3, (byte)'N', (byte)'s']),
            ["two ways to one name"] = Body([(byte)'}'], Text("a/b"), Tensor([4], [1]), [(byte)'s'], Text("a"), [(byte)'}'], Text("b"), Tensor([4], [1]), "ss"u8.ToArray()),
            ["BUILD on a list"] = Body([(byte)']', (byte)'}', (byte)'b']),
            ["BUILD on a dict"] = Body([(byte)'}', (byte)'}', (byte)'b']),
            ["BUILD on a tensor"] = State([.. Tensor([4], [1]), (byte)'}', (byte)'b']),
            ["BUILD on a global"] = Body(Global("collections", "OrderedDict"), [(byte)'}', (byte)'b']),
            ["BUILD with a number"] = Body(Call(Global("argparse", "Namespace")), [(byte)'K', 1, (byte)'b']),
            ["BUILD twice"] = Body(Call(Global("argparse", "Namespace")), [(byte)'}', (byte)'b', (byte)'}', (byte)'b']),
            ["an object that holds itself"] = Body(Call(Global("argparse", "Namespace")), [(byte)'q', 0, (byte)'}'], Text("x"), get, "sb"u8.ToArray()),
            ["REDUCE of a text"] = Body(Text("os.system"), [(byte)')', (byte)'R']),
            ["REDUCE with a list"] = Body(Global("collections", "OrderedDict"), [(byte)']', (byte)'R']),
            ["REDUCE of a result"] = Body(Call(Global("collections", "OrderedDict")), [(byte)')', (byte)'R']),
            ["NEWOBJ of a text"] = Body(Text("x"), [(byte)')', 0x81]),
            ["a dtype called"] = Body(Call(Global("torch", "float32"))),
            ["a class called"] = Body(Call(Global("torch", "Tensor"), Number(4))),
            ["a storage class called"] = Body(Call(Global("torch", "FloatStorage"), Number(1L << 40))),
            ["STACK_GLOBAL of numbers"] = Body([(byte)'K', 1, (byte)'K', 2, 0x93]),
            ["STACK_GLOBAL of a mark"] = Body([(byte)'(', .. Text("os"), 0x93]),
            ["a global with a blank"] = Body(Global("torch _utils", "x")),
            ["a global of 5,000 letters"] = Body(Global(new string('m', 5_000), "x")),
            ["a global with another line"] = Body(Global("collections\rOrderedDict\u001b[31m", "\u202Ex")),
            ["EXT4"] = Body([0x84, 1, 0, 0, 0]),
            ["NEXT_BUFFER"] = Body([0x97]),
            ["a pid of nothing"] = Pid([(byte)'N']),
            ["a pid of one"] = Pid(Tuple(Text("storage"))),
            ["a pid of a module"] = Pid(Tuple(Text("module"), Text("os"), Text("os.py"), Text("import os"), Number(0))),
            ["a pid of a dtype"] = Pid(Tuple(Text("storage"), Global("torch", "float32"), Text("0"), Text("cpu"), Number(4))),
            ["a pid of a function"] = Pid(Tuple(Text("storage"), Global("torch._utils", "_rebuild_tensor_v2"), Text("0"), Text("cpu"), Number(4))),
            ["a pid with a number as key"] = Pid(Tuple(Text("storage"), Global("torch", "FloatStorage"), Number(0), Text("cpu"), Number(4))),
            ["a pid with a true size"] = Pid(Tuple(Text("storage"), Global("torch", "FloatStorage"), Text("0"), Text("cpu"), [0x88])),
            ["a pid with a huge size"] = Pid(Tuple(Text("storage"), Global("torch", "FloatStorage"), Text("0"), Text("cpu"), [0x8A, 12, .. new byte[11], 1])),
            ["a pid with a part"] = Pid(Tuple(Text("storage"), Global("torch", "FloatStorage"), Text("0"), Text("cpu"), Number(4), Numbers(0, 0, 4))),
            ["a pid with a list"] = Pid([(byte)']']),
            ["a pid of an empty key"] = Pid(Tuple(Text("storage"), Global("torch", "FloatStorage"), Text(""), Text("cpu"), Number(4))),
            ["a pid of a long key"] = Pid(Tuple(Text("storage"), Global("torch", "FloatStorage"), Text(new string('0', 70)), Text("cpu"), Number(4))),
            ["numpy's text array"] = State(Call(Global("numpy", "dtype"), Text("U8"), [0x89], [0x88])),
            ["numpy's scalar of too many bytes"] = State(Call(Global("numpy.core.multiarray", "scalar"), Call(Global("numpy", "dtype"), Text("f8"), [0x89], [0x88]),
                [(byte)'C', 9, .. new byte[9]])),
            ["numpy's array below zero"] = State([.. Call(Global("numpy.core.multiarray", "_reconstruct"), Global("numpy", "ndarray"), Numbers(0), [(byte)'C', 1, (byte)'b']),
                .. Tuple(Number(1), Numbers(-1, -2), Call(Global("numpy", "dtype"), Text("f8"), [0x89], [0x88]), [0x89], [(byte)'C', 16, .. new byte[16]]), (byte)'b']),
            ["numpy's array of no dtype"] = State([.. Call(Global("numpy.core.multiarray", "_reconstruct"), Global("numpy", "ndarray"), Numbers(0), [(byte)'C', 1, (byte)'b']),
                .. Tuple(Number(1), Numbers(1), Text("f8"), [0x89], [(byte)'C', 8, .. new byte[8]]), (byte)'b']),
            ["a nested dict of long names"] = LongNames(),
        };
        return pickles;
    }

    /// <summary>Ninety levels of keys of 60,000 letters, with tensors at the bottom: their names together would be gigabytes.</summary>
    private static byte[] LongNames()
    {
        using var pickle = new MemoryStream();
        pickle.Write(Proto);
        byte[] key = [.. Text(new string('k', 60_000)), (byte)'q', 0, (byte)'0'], again = [(byte)'h', 0];
        pickle.Write(key);
        pickle.Write([(byte)'}']);
        for (int i = 0; i < 90; i++)
        {
            pickle.Write([.. again, (byte)'}']);
        }
        pickle.Write([.. Tensor([4], [1]), (byte)'q', 1, (byte)'0']);
        for (int i = 0; i < 2_000; i++)
        {
            pickle.Write([.. Text($"t{i}"), (byte)'h', 1, (byte)'s']);
        }
        pickle.Write([.. Repeat(90, (byte)'s'), (byte)'.']);
        return pickle.ToArray();
    }

    private static Dictionary<string, byte[]> MakeTensors()
    {
        byte[] Rebuild(string function, params byte[][] arguments) => Call(Global("torch._utils", function), arguments);
        byte[] four = Numbers(4), one = Numbers(1), none = [(byte)'N'], no = [0x89];
        byte[] inner = Tuple(Storage(), Number(0), four, one, no, none);
        byte[] FromType(byte[] function, byte[] type, byte[] arguments) => Call(Global("torch._tensor", "_rebuild_from_type_v2"), function, type, arguments, none);
        byte[] v2 = Global("torch._utils", "_rebuild_tensor_v2"), fromType = Global("torch._tensor", "_rebuild_from_type_v2"), tensor = Global("torch", "Tensor");
        return new()
        {
            ["a tensor of 2^40 by nothing"] = Tensor([1L << 40, 1L << 40, 0, 1L << 40], [1, 1, 1, 1]),
            ["2^62 elements"] = Tensor([1L << 31, 1L << 31], [0, 0]),
            ["strides that wrap"] = Tensor([3, 3], [long.MaxValue, long.MaxValue]),
            ["an offset at the end"] = Tensor([1], [1], 4),
            ["a scalar beyond"] = Tensor([], [], 4),
            ["65 sizes"] = Tensor([.. Enumerable.Repeat(1L, 65)], [.. Enumerable.Repeat(1L, 65)]),
            ["a hundred million copies of one"] = Tensor([100_000_000], [0]),
            ["sizes in a list"] = Rebuild("_rebuild_tensor_v2", Storage(), Number(0), [(byte)']'], one, no, none),
            ["sizes of texts"] = Rebuild("_rebuild_tensor_v2", Storage(), Number(0), Tuple(Text("4")), one, no, none),
            ["sizes of truths"] = Rebuild("_rebuild_tensor_v2", Storage(), Number(0), Tuple([0x88]), one, no, none),
            ["too few arguments"] = Rebuild("_rebuild_tensor_v2", Storage()),
            ["too many arguments"] = Rebuild("_rebuild_tensor_v2", Storage(), Number(0), four, one, no, none, none, none),
            ["no storage"] = Rebuild("_rebuild_tensor_v2", none, Number(0), four, one, no, none),
            ["a tensor as storage"] = Rebuild("_rebuild_tensor_v2", Tensor([4], [1]), Number(0), four, one, no, none),
            ["hooks that are a list"] = Rebuild("_rebuild_tensor_v2", Storage(), Number(0), four, one, no, [(byte)']']),
            ["conjugated"] = Rebuild("_rebuild_tensor_v2", Storage(), Number(0), four, one, no, none, [(byte)'}', .. Text("conj"), 0x88, (byte)'s']),
            ["an untyped storage without a type"] = Tensor([4], [1], 0, Storage("UntypedStorage", count: 16)),
            ["another type than its storage"] = Rebuild("_rebuild_tensor_v3", Storage(), Number(0), four, one, no, none, Global("torch", "int32")),
            ["a storage class as type"] = Rebuild("_rebuild_tensor_v3", Storage(), Number(0), four, one, no, none, Global("torch", "FloatStorage")),
            ["a sparse tensor"] = Rebuild("_rebuild_sparse_tensor", none),
            ["a quantised tensor"] = Rebuild("_rebuild_qtensor", none),
            ["a tensor without storage"] = Rebuild("_rebuild_meta_tensor_no_storage", none),
            ["bytes of a file"] = Call(Global("torch.storage", "_load_from_bytes"), [(byte)'C', 1, 0]),
            ["a parameter of a text"] = Rebuild("_rebuild_parameter", Text("x"), no, none),
            ["a parameter of itself"] = [(byte)']', (byte)'q', 0, .. Rebuild("_rebuild_parameter", [(byte)'h', 0], no, none)],
            ["from_type of another function"] = FromType(Global("collections", "OrderedDict"), tensor, Tuple()),
            ["from_type of from_type"] = FromType(fromType, tensor, Tuple(v2, tensor, inner, none)),
            ["from_type to another type"] = FromType(v2, Global("collections", "OrderedDict"), inner),
            ["from_type with a list"] = FromType(v2, tensor, [(byte)']']),
            ["one storage with two sizes"] = Tuple(Storage(count: 4), Storage("DoubleStorage", count: 4)),
            ["a storage that is said to be smaller"] = Tensor([2], [1], 0, Storage(count: 2)),
            ["a storage that is not there"] = Tensor([4], [1], 0, Storage(key: "1")),
            ["a key with a path"] = Tensor([4], [1], 0, Storage(key: "../data/0")),
            ["a key with a zero"] = Tensor([4], [1], 0, Storage(key: "0\0")),
        };
    }

    [Fact]
    public void Flags_other_than_0_and_1_are_refused()
    {
        byte[] flags = State(Tensor([4], [1], 0, Storage("BoolStorage")));
        Assert.Null(Tried(Torch(flags, ("0", [0, 1, 1, 0]))));
        Assert.Contains("found 2 at element 3", Tried(Torch(flags, ("0", [0, 1, 1, 2])))!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Many_copies_of_a_storage_are_paid_for()
    {
        // A thousand transposed views of one megabyte: a gigabyte if each were copied.
        byte[] storage = [.. Storage("ByteStorage", count: 1 << 20), (byte)'q', 0, (byte)'0'];
        using var views = new MemoryStream();
        views.Write([.. Proto, .. storage, (byte)'}']);
        for (int i = 0; i < 1_000; i++)
        {
            views.Write([.. Text($"t{i}"), .. Tensor([1024 - i, 1000], [1, 1024], 0, [(byte)'h', 0]), (byte)'s']);
        }
        views.WriteByte((byte)'.');
        Exception error = Tried(Torch(views.ToArray(), ("0", new byte[1 << 20])))!;
        Assert.Contains("more than the file's size allows", error.Message, StringComparison.Ordinal);
        // One view by many names is one copy.
        using var names = new MemoryStream();
        names.Write([.. Proto, .. storage, .. Tensor([1024, 1024], [1, 1024], 0, [(byte)'h', 0]), (byte)'q', 1, (byte)'0', (byte)'}']);
        for (int i = 0; i < 40; i++)
        {
            names.Write([.. Text($"t{i}"), (byte)'h', 1, (byte)'s']);
        }
        names.WriteByte((byte)'.');
        Assert.Null(Tried(Torch(names.ToArray(), ("0", new byte[1 << 20]))));
    }

    [Theory]
    [InlineData("../pytorch_model-1.bin")]
    [InlineData("/etc/hostname")]
    [InlineData("C:\\w.bin")]
    [InlineData("pytorch_model.bin.index.json")]
    [InlineData("pytorch_model-2.bin")]
    [InlineData("model.safetensors")]
    [InlineData(".bin")]
    public void Shards_lie_beside_their_index(string shard)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("pytorch_model-1.bin"), Torch(Good));
        Index(folder, ("w", "pytorch_model-1.bin"));
        Assert.Null(CheckpointTests.Survive(folder.File("pytorch_model.bin.index.json")));
        Index(folder, ("w", "pytorch_model-1.bin"), ("v", shard));
        Assert.NotNull(CheckpointTests.Survive(folder.File("pytorch_model.bin.index.json")));
    }

    [Fact]
    public void Shards_of_one_index_share_what_they_may_cost()
    {
        using var folder = new TemporaryFolder();
        byte[] heavy = [.. Proto, (byte)'}', .. Text("w"), .. Tensor([4], [1]), (byte)'s', .. Text("x"), (byte)']', (byte)'(', .. Repeat(50_000, (byte)'}'),
            (byte)'e', (byte)'s', (byte)'.'];
        string[] shards = [.. Enumerable.Range(0, 5).Select(i => $"pytorch_model-{i}.bin")];
        for (int i = 0; i < shards.Length; i++)
        {
            byte[] named = [.. heavy];
            named[heavy.AsSpan().IndexOf(Text("w")) + 5] = (byte)('a' + i);
            File.WriteAllBytes(folder.File(shards[i]), Torch(named));
            Assert.Null(CheckpointTests.Survive(folder.File(shards[i])));
        }
        Index(folder, [.. shards.Select((shard, i) => ($"{(char)('a' + i)}", shard))]);
        Assert.Contains("more memory", CheckpointTests.Survive(folder.File("pytorch_model.bin.index.json"))!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_callers_at_once_see_the_same_bytes()
    {
        float[] values = [.. Enumerable.Range(0, 4096).Select(i => i * 0.5f)];
        byte[] storage = [.. System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(values)];
        byte[] pickle = State(Tensor([64, 64], [1, 64], 0, Storage(count: 4096)));
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("w.pt"), Zip(new BuiltRecord("a/data.pkl", pickle), new BuiltRecord("a/data/0", storage) { Deflated = true }));
        for (int round = 0; round < 20; round++)
        {
            using Checkpoint checkpoint = Checkpoint.Open(folder.File("w.pt"));
            float[][] read = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => checkpoint.Floats("w"))));
            Assert.All(read, each => Assert.Equal(values[65], each[65]));
            Assert.All(read, each => Assert.Equal(values[64], each[1]));
        }
    }

    [Fact]
    public void An_error_shows_nothing_of_a_file_as_it_is()
    {
        string message = Tried(Torch([.. Proto, .. Global("\u001b[31mos\u202E", "sys\ttem\r")]))!.Message;
        Assert.DoesNotContain(message, letter => char.IsControl(letter) || char.GetUnicodeCategory(letter) == System.Globalization.UnicodeCategory.Format);
        Assert.Contains("nothing of the file was run", message, StringComparison.Ordinal);
    }

    private static void Index(TemporaryFolder folder, params (string Name, string Shard)[] places) =>
        File.WriteAllText(folder.File("pytorch_model.bin.index.json"), System.Text.Json.JsonSerializer.Serialize(
            new { weight_map = places.ToDictionary(place => place.Name, place => place.Shard) }));

    private static void Refused(byte[] file, string name)
    {
        Exception? error = Tried(file);
        Assert.True(error is not null, $"{name} must be refused, and was read.");
    }

    private static Exception? Tried(byte[] file)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("hostile.pt");
        File.WriteAllBytes(path, file);
        return CheckpointTests.Survive(path);
    }
}
