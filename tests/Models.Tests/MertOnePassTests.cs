using Euterpe.Layers;
using Euterpe.Models.Mert;
using Euterpe.Models.Windows;
using Euterpe.Signals;
using Euterpe.Signals.Files;
using Euterpe.Testing;
using Xunit.Abstractions;

namespace Euterpe.Models.Tests;

/// <summary>How far windows are from one pass over the whole sound: the figures of docs/models/mert.md.</summary>
public sealed class MertOnePassTests(ITestOutputHelper output)
{
    /// <summary>
    /// Single recordings of 8 to 15 s in windows of 5 s, and all of them joined to two minutes in windows of 30 s (the hardest: what follows each other is of
    /// different loudness and kind), through a network of the 95M kind and size. Its weights are those of the formula: trained ones are not stored.
    /// </summary>
    [SkippableFact]
    [Trait("Category", "Long")]
    public void Windows_stay_near_one_pass_on_recordings()
    {
        string folder = Fixture.SharedFile("data/audio/sonic-pi");
        Fixture fixture = Fixture.Open("real/mert95m");
        MertConfig config = MertConfig.Read(ConfigObject.Open(fixture.File("config.json")));
        MertModel model = Mert.Mert.Load(config, new FormulaWeights(fixture.Json("weights.json"), 440), "formula", Packing.F32);
        var network = new MertNetwork(config, new MertPreprocessor(24_000, DoNormalize: true), () => model, Packing.F32, () => "formula");
        float[][] sounds = [.. Directory.EnumerateFiles(folder, "*.flac").Order(StringComparer.Ordinal).Select(path => Mono(path, network.SampleRate))
            .Where(sound => sound.Length >= 8 * network.SampleRate)];
        float[] joined = [.. sounds.SelectMany(sound => sound).Take(120 * network.SampleRate)];
        output.WriteLine($"{sounds.Length} recordings; {joined.Length / network.SampleRate} s joined");
        Compare("each alone", network, sounds, [(5, 0.5)]);
        Compare("joined", network, [joined], [(30, 1), (30, 3), (5, 0.5)]);
    }

    private void Compare(string what, MertNetwork network, float[][] sounds, (double Window, double Margin)[] rules)
    {
        int[] layers = [0, 6, 12];
        foreach ((double window, double margin) in rules)
        {
            var near = layers.ToDictionary(layer => layer, _ => new List<double>());
            var vectors = layers.ToDictionary(layer => layer, _ => new List<double>());
            foreach (float[] sound in sounds)
            {
                // Not disposed: the network is the caller's, and has nothing to end.
                var mert = new FrameEmbedder("mert", network, new FrameOptions(null, window, margin));
                HiddenStates whole = mert.Encode([sound], layers)[0];
                var parts = new List<HiddenStates>();
                Assert.Equal(whole.Frames, mert.EncodeWindows(new Waveform(network.SampleRate, sound).Open(), layers, parts.Add));
                foreach (int layer in layers)
                {
                    float[] found = [.. parts.SelectMany(part => part.Layer(layer).ToArray())], expected = whole.Layer(layer).ToArray();
                    int size = mert.Dimension;
                    for (int t = 0; t < whole.Frames; t++)
                        near[layer].Add(Distance.Cosine(expected[(t * size)..((t + 1) * size)], found[(t * size)..((t + 1) * size)]));
                    FrameMean a = new([1], size), b = new([1], size);
                    a.Add(0, expected);
                    b.Add(0, found);
                    vectors[layer].Add(Distance.Cosine(a.Vector(), b.Vector()));
                }
            }

            foreach (int layer in layers)
            {
                output.WriteLine($"{what}, window {window} s, margin {margin} s, layer {layer}: cosine of frames {near[layer].Average():F4} (mean), "
                    + $"{near[layer].Min():F4} (least); of vectors {vectors[layer].Average():F4} (mean), {vectors[layer].Min():F4} (least)");
                Assert.True(vectors[layer].Min() > 0.9);
            }
        }
    }

    private static float[] Mono(string path, int rate)
    {
        using AudioFile file = AudioFile.Open(path);
        var mono = new MonoReader(file, rate);
        var all = new List<float>();
        var block = new float[1 << 14];
        for (int got; (got = mono.Read(block)) > 0;)
            all.AddRange(block.AsSpan(0, got));
        return [.. all];
    }
}
