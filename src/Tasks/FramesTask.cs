using System.Globalization;
using System.Runtime.InteropServices;
using Euterpe.Models;
using Euterpe.Numerics;
using Euterpe.Numerics.Files;
using Euterpe.Signals.Files;
using Euterpe.Tasks.Sounds;

namespace Euterpe.Tasks;

/// <summary>Of which sound to write the frames, by which model, and where.</summary>
public sealed record FramesOptions
{
    /// <summary>A sound file.</summary>
    public required string File { get; init; }

    /// <summary>A model that has hidden states for each frame. Layers that it does not name are not written; where it names none, all are.</summary>
    public ModelChoice Model { get; init; } = new();

    /// <summary>The npz file: <c>layerN</c>, float32 [frames, dimension], for each layer, and <c>frame_rate</c>, float64.</summary>
    public required string Output { get; init; }
}

/// <summary>What was written.</summary>
/// <param name="Model">The name or full folder that opens the model again.</param>
/// <param name="Path">The sound's full path.</param>
/// <param name="Seconds">How long it is.</param>
/// <param name="Frames">Rows of each array.</param>
/// <param name="FrameRate">Frames per second; row t begins at t / FrameRate seconds.</param>
/// <param name="Dimension">Columns of each array.</param>
/// <param name="Layers">The numbers of the hidden states that were written.</param>
/// <param name="Output">The full path that was written.</param>
public sealed record FramesResult(
    string Model, string Path, double Seconds, long Frames, double FrameRate, int Dimension, IReadOnlyList<int> Layers, string Output);

/// <summary>One sound to the hidden states of each of its frames. A long sound passes in windows; memory does not grow with it.</summary>
public static class FramesTask
{
    /// <summary>Writes the hidden states of one sound; the file appears when it is whole.</summary>
    /// <param name="options">What to do.</param>
    /// <param name="context">Where models come from, how sound is decoded, which threads; null for the defaults.</param>
    /// <param name="token">Looked at within each product.</param>
    /// <exception cref="OptionsException">The output is not named .npz.</exception>
    /// <exception cref="ModelFileException">The model has no hidden states for each frame.</exception>
    public static FramesResult Run(FramesOptions options, TaskContext? context = null, CancellationToken token = default)
    {
        context ??= new TaskContext();
        context.Begin();
        if (!options.Output.EndsWith(".npz", StringComparison.OrdinalIgnoreCase))
            throw new OptionsException($"[frames] The output must end in .npz: {options.Output}.");
        LayerChoice? chosen = FrameOptions.Parse(options.Model.Frames ?? "").Layer;
        using OpenModel model = context.Models.Open(options.Model, token);
        IFrameEncoder encoder = model.States
            ?? throw new ModelFileException($"[frames] {model.Reference} has no hidden states for each frame. Hint: MERT, HuBERT and wav2vec 2 have.");
        double[] weights = chosen?.WeightsOf(encoder.Layers) ?? [.. Enumerable.Repeat(1.0, encoder.Layers)];
        int[] layers = [.. Enumerable.Range(0, encoder.Layers).Where(layer => weights[layer] != 0)];

        string path = System.IO.Path.GetFullPath(options.File), output = System.IO.Path.GetFullPath(options.Output);
        if (Listening.Check(path, out SoundKind kind) is { } bad)
            throw Searching.Error("frames", bad);
        var parts = new FileStream[layers.Length];
        try
        {
            for (int i = 0; i < parts.Length; i++)
                parts[i] = Part(output, layers[i]);
            using var heard = new Heard(Open(path, kind, context.Audio, token));
            long frames = Encode(encoder, heard, layers, parts, path, kind, token);
            AtomicFile.Write(output, stream => Join(stream, encoder, layers, parts, frames));
            return new FramesResult(
                model.Reference, path, heard.Facts.Seconds, frames, encoder.FrameRate, encoder.Dimension, layers, output);
        }
        finally
        {
            foreach (FileStream? part in parts)
                part?.Dispose();
        }
    }

    private static AudioFile Open(string path, SoundKind kind, AudioFileOptions audio, CancellationToken token)
    {
        try
        {
            return AudioFile.Open(path, audio, token);
        }
        catch (Exception e) when (!Listening.Ends(e))
        {
            throw Searching.Error("frames", Listening.Failed(path, e, kind, token));
        }
    }

    private static long Encode(
        IFrameEncoder encoder, Heard heard, int[] layers, FileStream[] parts, string path, SoundKind kind, CancellationToken token)
    {
        try
        {
            return encoder.EncodeWindows(heard, layers, states =>
            {
                for (int i = 0; i < layers.Length; i++)
                {
                    ReadOnlySpan<float> rows = states.Layer(layers[i]);
                    foreach (float value in rows)
                    {
                        if (!float.IsFinite(value))
                            throw new FileFormatException($"[frames] {path}: a hidden state is NaN or infinite; the samples of the file probably are too.");
                    }

                    parts[i].Write(MemoryMarshal.AsBytes(rows));
                }
            }, token);
        }
        catch (ArgumentException) when (heard.Frames == 0)
        {
            throw new FileFormatException($"[frames] {path}: the file holds no samples.");
        }
        catch (Exception e) when (e is FileFormatException or IOException)
        {
            throw Searching.Error("frames", Listening.Failed(path, e, kind, token));
        }
    }

    // A layer's rows, until all are there: beside the output, where there must be room anyway; gone when it is closed.
    private static FileStream Part(string output, int layer)
    {
        string name = string.Create(CultureInfo.InvariantCulture,
            $".{System.IO.Path.GetFileName(output)}.{Environment.ProcessId}-layer{layer}.partial");
        return new FileStream(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(output)!, name), FileMode.Create, FileAccess.ReadWrite,
            FileShare.None, 1 << 16, FileOptions.DeleteOnClose);
    }

    private static void Join(Stream stream, IFrameEncoder encoder, int[] layers, FileStream[] parts, long frames)
    {
        using var npz = new NpzWriter(stream);
        for (int i = 0; i < layers.Length; i++)
        {
            parts[i].Position = 0;
            npz.Add(string.Create(CultureInfo.InvariantCulture, $"layer{layers[i]}"), StoredType.F32, [frames, encoder.Dimension], parts[i]);
        }

        npz.Add("frame_rate", StoredType.F64, [], MemoryMarshal.AsBytes<double>([encoder.FrameRate]));
    }
}
