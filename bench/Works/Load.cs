using System.Runtime.InteropServices;
using Euterpe.Layers;
using Euterpe.Numerics;
using Euterpe.Numerics.Files;
using Euterpe.Tensors;

namespace Euterpe.Bench.Works;

/// <summary>
/// A file of 500 MB, f32 (ten layers of MERT-330M's shape), opened, checked and packed into linear layers that are ready to multiply, at 2 threads, from the page cache;
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
        return [.. ((string[])[tensors]).Select(file => Row(peer, file))];
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
        foreach ((string name, Func<Workspace, Tensor, Tensor> layer, int inputs) in stack.Parts)
        {
            ReadOnlySpan<float> weight = MemoryMarshal.Cast<byte, float>(plain.Bytes(name + ".weight")), bias = MemoryMarshal.Cast<byte, float>(plain.Bytes(name + ".bias"));
            using var w = new Workspace();
            using Tensor unit = Tensor.Create(DType.F32, new Shape(inputs, inputs));
            unit.Span.Clear();
            for (int i = 0; i < inputs; i++)
                unit.Span[i * (inputs + 1)] = 1;
            Tensor y = layer(w, unit); // [inputs, outputs], perhaps beside others
            for (int n = 0; n < bias.Length; n++)
            {
                for (int k = 0; k < inputs; k++)
                {
                    if (y.Span[k * bias.Length + n] != weight[n * inputs + k] + bias[n])
                        throw new BenchException($"{file}: {name}.weight [{n}, {k}] should be {weight[n * inputs + k]}, packed it gives {y.Span[k * bias.Length + n] - bias[n]}.");
                }
            }
        }
    }

    /// <summary>The linear layers of a transformer, as the model holds them.</summary>
    private sealed class Stack : Module, IDisposable
    {
        private readonly CheckpointWeights source;

        private Stack(Weights weights, CheckpointWeights source)
            : base(weights)
        {
            this.source = source;
            var parts = new List<(string, Func<Workspace, Tensor, Tensor>, int)>();
            for (int i = 0; i < Layers; i++)
            {
                Weights layer = weights.In("layers", i);
                foreach ((string name, int outputs, int inputs) in Files.Shapes)
                {
                    var linear = new Linear(layer.In(name), inputs, outputs);
                    parts.Add(($"layers.{i}.{name}", (w, x) => linear.Forward(w, x), inputs));
                }
            }
            Parts = parts;
        }

        public IReadOnlyList<(string Name, Func<Workspace, Tensor, Tensor> Layer, int Inputs)> Parts { get; }

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
