using System.Runtime.InteropServices;
using System.Text.Json;
using Euterpe.Models;
using Euterpe.Models.Signature;
using Euterpe.Numerics.Files;
using Euterpe.Signals;
using Euterpe.Signals.Files;

namespace Euterpe.Bench.Works;

/// <summary>
/// From typing the command to the vector of a 10 s WAV, the ready-to-run program as ./publish.sh makes it: with <c>signature</c>, and with a CLAP of HTSAT-tiny's shape
/// whose weights are stored and held in bf16. The peer only imports torch and has computed nothing yet.
/// </summary>
internal sealed class Start : IWork
{
    private const string Python = "/usr/bin/python3";

    public string Name => "start";

    public string Peer => "import torch";

    public string Unit => "starts/s";

    public string Goal => "signature >= 3, CLAP of HTSAT-tiny shape in bf16 >= 1.5";

    public IReadOnlyList<Row> Prepare(Session session)
    {
        string root = ProgramRun.Repository(), folder = Path.Combine(root, "artifacts", "bench", "start");
        Directory.CreateDirectory(folder);
        string program = Publish(root, Path.Combine(folder, "program")), sound = Path.Combine(folder, "ten-seconds.wav");
        WriteSound(sound);
        string clap = Path.Combine(folder, "clap-tiny-bf16");
        WriteClap(root, clap);

        string[] signature = ["embed", sound, "-o", Path.Combine(folder, "signature.npy")];
        string[] tiny = ["embed", sound, "--model", clap, "--precision", "bf16", "-o", Path.Combine(folder, "clap.npy")];
        Check(program, signature, sound, new SignatureEmbedder());
        using (var model = PretrainedModel.Open(clap, new PretrainedOptions(Precision.BF16)))
            Check(program, tiny, sound, model.Audio!);
        Func<double>[] torch = [() => ProgramRun.Time(Python, "-c", "import torch")];
        return
        [
            new Row("signature, 10 s WAV", 1000, () => ProgramRun.Time(program, signature), torch),
            new Row("CLAP, HTSAT-tiny shape, bf16, 10 s WAV", 1000, () => ProgramRun.Time(program, tiny), torch),
        ];
    }

    /// <summary>The program as ./publish.sh makes it.</summary>
    private static string Publish(string root, string folder)
    {
        ProgramRun.Time("dotnet", "publish", Path.Combine(root, "src", "Cli"), "-c", "Release", "-r", RuntimeInformation.RuntimeIdentifier, "--self-contained",
            "-p:PublishReadyToRun=true", "-v", "q", "--nologo", "-o", folder);
        return Path.Combine(folder, "euterpe");
    }

    /// <summary>The published program must give the bits that the library gives here.</summary>
    private static void Check(string program, string[] arguments, string sound, IAudioEmbedder embedder)
    {
        ProgramRun.Time(program, arguments);
        byte[] stored = File.ReadAllBytes(arguments[^1]);
        using AudioFile file = AudioFile.Open(sound);
        byte[] expected = MemoryMarshal.AsBytes(embedder.Embed(file).AsSpan()).ToArray();
        if (!stored.AsSpan().EndsWith(expected))
            throw new BenchException($"{string.Join(' ', arguments)}: the program's vector is not the library's.");
    }

    /// <summary>Stereo, 44.1 kHz, 16 bits: a falling saw on each side, and noise from a counter.</summary>
    private static void WriteSound(string path)
    {
        const int Rate = 44100;
        float[] left = new float[10 * Rate], right = new float[10 * Rate];
        for (int i = 0; i < left.Length; i++)
        {
            float noise = ((uint)i * 2654435769u >> 8) / 16777216f - 0.5f;
            left[i] = 0.4f * ((i % 150 / 150f) - 0.5f) + 0.1f * noise;
            right[i] = 0.4f * ((i % (100 + (i / 20000)) / 120f) - 0.5f) - 0.1f * noise;
        }
        Wav.Write(path, new Waveform(Rate, left, right));
    }

    /// <summary>A model folder of the published shape; its weights are small numbers from a counter.</summary>
    private static void WriteClap(string root, string folder)
    {
        string fixture = Path.Combine(root, "tests", "Fixtures", "real", "clap_htsat_tiny");
        Directory.CreateDirectory(folder);
        File.Copy(Path.Combine(fixture, "config.json"), Path.Combine(folder, "config.json"), overwrite: true);
        File.WriteAllText(Path.Combine(folder, "preprocessor_config.json"), """
            {"feature_extractor_type": "ClapFeatureExtractor", "feature_size": 64, "sampling_rate": 48000, "hop_length": 480, "max_length_s": 10, "fft_window_size": 1024,
            "frequency_min": 50, "frequency_max": 14000, "truncation": "rand_trunc", "padding": "repeatpad", "nb_max_samples": 480000, "nb_max_frames": 1000}
            """);
        // A small vocabulary: it is not read before the first words are.
        string words = Path.Combine(root, "tests", "Fixtures", "transformers", "clap_plain", "checkpoint");
        foreach (string name in (string[])["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.json", "merges.txt"])
        {
            if (File.Exists(Path.Combine(words, name)))
                File.Copy(Path.Combine(words, name), Path.Combine(folder, name), overwrite: true);
        }
        string weights = Path.Combine(folder, "model.safetensors");
        if (File.Exists(weights))
            return;
        var writer = new SafetensorsWriter();
        using JsonDocument table = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(fixture, "weights.json")));
        uint count = 0;
        foreach (JsonProperty entry in table.RootElement.EnumerateObject())
        {
            if (entry.Value.TryGetProperty("same_as", out _))
                continue;
            long[] shape = [.. entry.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())];
            float a = entry.Value.GetProperty("a").GetSingle(), b = entry.Value.GetProperty("b").GetSingle();
            writer.Add(entry.Name, StoredType.BF16, shape, stream => Write(stream, shape.Aggregate(1L, (x, y) => x * y), a, b));
        }
        writer.Save(weights);

        void Write(Stream stream, long length, float a, float b)
        {
            byte[] bytes = new byte[length * 2];
            Span<ushort> values = MemoryMarshal.Cast<byte, ushort>(bytes.AsSpan());
            for (int i = 0; i < values.Length; i++)
            {
                count += 2654435769u;
                values[i] = (ushort)(BitConverter.SingleToUInt32Bits(a + (b * (((count >> 8) / 8388608f) - 1))) >> 16);
            }
            stream.Write(bytes);
        }
    }
}
