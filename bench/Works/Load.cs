using System.Runtime.InteropServices;
using Euterpe.Layers;
using Euterpe.Numerics;
using Euterpe.Numerics.Files;
using Euterpe.Tensors;

namespace Euterpe.Bench.Works;

/// <summary>
/// A file of 500 MB, f32 (ten layers of MERT-330M's shape), opened, checked and packed into the linear layers of the model, ready to multiply, at 2 threads, from the page cache;
/// beside read(2) of the same file into one fresh buffer, with small and with huge pages.
/// </summary>
internal sealed class Load : IWork
{
    private const int Layers = 10;
    private const int Width = 1024;
    private const int Inner = 4096;

    public string Name => "load";

    public string Peer => "read";

    public string Unit => "GB/s";

    public string Goal => "worst >= 0.5";

    public IReadOnlyList<Row> Prepare(Session session)
    {
        string tensors = Files.Make(Path.Combine(Places.Cache("load"), "model.safetensors"));
        PeerProcess peer = session.Start(Places.Cache("read"));
        return [.. ((string[])[tensors, Files.Bin(tensors)]).Select(file => Row(peer, file))];
    }

    private static Row Row(PeerProcess peer, string file)
    {
        ComputePool.Shared.Threads = 2;
        Check(file);
        return new Row($"{Path.GetExtension(file)}, 2 threads", new FileInfo(file).Length * 1e-6, () => Time(file), [() => peer.Ask($"plain {file}"), () => peer.Ask($"huge {file}")]);
    }

    private static double Time(string file)
    {
        ComputePool.Shared.Threads = 2;
        Stack? stack = null;
        double time = Harness.Time(() => stack = Stack.Open(file));
        stack!.Dispose();
        stack = null;
        // The packed weights go with the model: outside the time, as the peer's buffer does.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return time;
    }

    /// <summary>Every weight: rows of the unit matrix through each layer give its columns, exactly.</summary>
    private static void Check(string file)
    {
        using Stack stack = Stack.Open(file);
        using var plain = SafetensorsFile.Open(Path.ChangeExtension(file, ".safetensors"));
        foreach (Part part in stack.Parts)
        {
            ReadOnlySpan<float> weight = Values(part.Name + ".weight"), bias = Values(part.Name + ".bias");
            int inputs = part.Inputs;
            using var w = new Workspace();
            using Tensor unit = Tensor.Create(DType.F32, new Shape(inputs, inputs));
            unit.Span.Clear();
            for (int i = 0; i < inputs; i++)
                unit.Span[i * (inputs + 1)] = 1;
            Tensor y = part.Run(w, unit); // [inputs, outputs], other parts beside them where they are joined
            for (int n = 0; n < bias.Length; n++)
            {
                for (int k = 0; k < inputs; k++)
                {
                    float found = y.Span[k * y.Size(-1) + part.Column + n], expected = weight[n * inputs + k] + bias[n];
                    if (found != expected)
                        throw new BenchException($"{file}: {part.Name}.weight [{n}, {k}] with its bias should be {expected}, packed it is {found}.");
                }
            }
        }

        ReadOnlySpan<float> Values(string name) => MemoryMarshal.Cast<byte, float>(plain.Bytes(name));
    }

    private sealed record Part(string Name, Func<Workspace, Tensor, Tensor> Run, int Inputs, int Column);

    /// <summary>The linear layers of a transformer, as the model holds them.</summary>
    private sealed class Stack : Module, IDisposable
    {
        private readonly CheckpointWeights source;

        private Stack(Weights weights, CheckpointWeights source)
            : base(weights)
        {
            this.source = source;
            for (int i = 0; i < Layers; i++)
            {
                Weights layer = weights.In("layers", i);
                var joined = new JoinedLinear(layer.In("attention"), ["q_proj", "k_proj", "v_proj"], Width, Width);
                for (int j = 0; j < 3; j++)
                    Parts.Add(new Part($"layers.{i}.{Files.Shapes[j].Name}", joined.Forward, Width, j * Width));
                foreach ((string name, int outputs, int inputs) in Files.Shapes[3..])
                {
                    var linear = new Linear(layer.In(name), inputs, outputs);
                    Parts.Add(new Part($"layers.{i}.{name}", (w, x) => linear.Forward(w, x), inputs, 0));
                }
            }
        }

        public List<Part> Parts { get; } = [];

        public static Stack Open(string file)
        {
            var source = CheckpointWeights.Open(file);
            return Weights.Build(source, file, Packing.F32, weights => new Stack(weights, source));
        }

        public void Dispose() => source.Dispose();
    }

    private static class Files
    {
        public static readonly (string Name, int Outputs, int Inputs)[] Shapes =
        [
            ("attention.q_proj", Width, Width), ("attention.k_proj", Width, Width), ("attention.v_proj", Width, Width), ("attention.out_proj", Width, Width),
            ("intermediate_dense", Inner, Width), ("output_dense", Width, Inner),
        ];

        public static string Make(string path)
        {
            if (File.Exists(path))
                return path;
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var writer = new SafetensorsWriter();
            ulong item = 0;
            for (int i = 0; i < Layers; i++)
            {
                foreach ((string name, int outputs, int inputs) in Shapes)
                {
                    ulong seed = item++;
                    writer.Add($"layers.{i}.{name}.weight", StoredType.F32, [outputs, inputs], stream => stream.Write(MemoryMarshal.AsBytes(Gemm.Noise(outputs * inputs, seed).AsSpan())));
                    writer.Add($"layers.{i}.{name}.bias", Gemm.Noise(outputs, seed + 1000), outputs);
                }
            }
            writer.Save(path);
            return path;
        }

        /// <summary>The same tensors as torch.save writes them.</summary>
        public static string Bin(string tensors)
        {
            string path = Path.ChangeExtension(tensors, ".bin");
            if (!File.Exists(path))
            {
                ProgramRun.Time("/usr/bin/python3", Places.Script("save_bin.py"), tensors, path + ".part");
                File.Move(path + ".part", path);
            }
            return path;
        }
    }
}
