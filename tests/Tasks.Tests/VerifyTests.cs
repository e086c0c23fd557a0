using System.Buffers.Binary;
using System.Text.Json;
using Euterpe.Numerics;
using Euterpe.Tasks.Trials;
using Euterpe.Testing;

namespace Euterpe.Tasks.Tests;

/// <summary>No model is said to work that does not; where the figures do not decide, that is said.</summary>
public sealed class VerifyTests : IDisposable
{
    private const int Size = 32;
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_built_in_embedder_works()
    {
        VerifyResult result = VerifyTask.Run(new VerifyOptions("signature") { SamplesBeside = folder.Path });
        Assert.Equal(("works", true), (result.Verdict, result.Good));
        Assert.Equal(TrialSounds.Count - 1, result.Fingerprint.Count);
        Assert.True(result.Figures.Single(figure => figure.Name == "fingerprint").Good);
    }

    [Fact]
    public void Random_weights_look_random()
    {
        VerifyResult result = Verify(Checkpoint("mert/post_ln_95m"));
        Assert.Equal(("looks random", false), (result.Verdict, result.Good));
        Assert.Equal(1, result.Figures.Single(figure => figure.Name == "structureless").Value);
        Assert.True(result.Figures.Single(figure => figure.Name == "spread").Good, "random networks tell sounds apart: that alone proves nothing");
    }

    [Fact]
    public void What_always_says_the_same_has_collapsed()
    {
        string model = Checkpoint("mert/post_ln_95m");
        // The last normalisation of each layer gives its bias, whatever comes in.
        Change(model, name => name.EndsWith("final_layer_norm.weight", StringComparison.Ordinal), bytes => bytes.Clear());
        VerifyResult result = Verify(model);
        Assert.Equal(("collapsed", false), (result.Verdict, result.Good));
        Assert.InRange(result.Figures.Single(figure => figure.Name == "spread").Value, 0, 1e-6);
    }

    [Fact]
    public void Numbers_that_are_none_and_tensors_that_are_missing_are_damage()
    {
        string model = Checkpoint("mert/post_ln_95m");
        Change(model, name => name == "encoder.layers.0.attention.k_proj.weight", bytes =>
            BinaryPrimitives.WriteSingleLittleEndian(bytes[400..], float.NaN));
        VerifyResult result = Verify(model);
        Assert.Equal(("damaged", false), (result.Verdict, result.Good));
        Assert.Contains("encoder.layers.0.attention.k_proj.weight", Assert.Single(result.Problems), StringComparison.Ordinal);

        File.WriteAllText(Path.Combine(model, "config.json"), File.ReadAllText(Path.Combine(model, "config.json"))
            .Replace("\"num_hidden_layers\": ", "\"num_hidden_layers\": 1", StringComparison.Ordinal));
        result = Verify(model);
        Assert.Equal(("damaged", 0), (result.Verdict, result.Figures.Count));
        Assert.Throws<ModelFileException>(() => VerifyTask.Run(new VerifyOptions("nobody/nothing") { Variable = _ => folder.Path }));
    }

    [Theory]
    [InlineData("varied", 0.0, "works", 1.0, 1.0, "works")]
    [InlineData("random weights", 1.0, "looks random", 0.0, 1.0, "looks random")]
    [InlineData("random weights that know", 1.0, "cannot tell", 1.0, 1.0, "cannot tell")]
    [InlineData("half random", 0.5, "cannot tell", 1.0, 1.0, "cannot tell")]
    [InlineData("knows nothing", 0.0, "cannot tell", 0.0, 1.0, "cannot tell")]
    [InlineData("words do not fit", 0.0, "cannot tell", 1.0, 0.0, "cannot tell")]
    public void Verdicts_follow_from_the_figures(string what, double share, string withoutWords, double knows, double fits, string withWords)
    {
        Assert.NotEmpty(what);
        foreach (bool words in (bool[])[false, true])
        {
            Trial trial = Begun(share);
            trial.Listen(Vectors(TrialSounds.Count, i => i, 0), Vectors(TrialSounds.Count, i => i, 1));
            int[] kinds = [.. Enumerable.Range(0, 50).Select(i => i / 5)];
            float[][] recordings = Vectors(50, i => knows > 0 ? 100 + kinds[i] : 200 + i, 2);
            float[][] texts = Vectors(10, i => fits > 0 ? 100 + i : 300 + i, 3);
            trial.Know(recordings, kinds, words ? texts : null);
            Assert.Equal(words ? withWords : fits > 0 ? withoutWords : "works", trial.Judge(builtIn: false).Verdict);
        }
    }

    [Fact]
    public void Nothing_is_said_to_work_that_was_only_heard()
    {
        Trial trial = Begun(0);
        trial.Listen(Vectors(TrialSounds.Count, i => i, 0), Vectors(TrialSounds.Count, i => i, 1));
        Assert.Equal("cannot tell", trial.Judge(builtIn: false).Verdict);
        Trial untried = Begun(0);
        Assert.Equal("cannot tell", untried.Judge(builtIn: false).Verdict);
        Trial few = Begun(0);
        few.Signs = few.Signs! with { Matrices = 3, Structureless = 0 };
        Assert.Contains("too few", few.Judge(builtIn: false).Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("same")]
    [InlineData("line")]
    [InlineData("deaf")]
    [InlineData("nan")]
    public void Vectors_without_content_have_collapsed(string how)
    {
        Trial trial = Begun(0);
        float[][] first = Made(0), second = Made(1);
        trial.Listen(first, second);
        Assert.Equal(how == "nan" ? "damaged" : "collapsed", trial.Judge(builtIn: false).Verdict);

        float[][] Made(int half) => how switch
        {
            "same" => Vectors(TrialSounds.Count, _ => 1, half, noise: 0.001f),
            "line" => [.. Enumerable.Range(0, TrialSounds.Count).Select(i => Unit([1, (i * 0.1f) + (0.01f * half), 0.01f]))],
            "deaf" => Vectors(TrialSounds.Count, i => 1000 + i + (500 * half), half),
            _ => [.. Enumerable.Range(0, TrialSounds.Count).Select(_ => (float[])[float.NaN, 1])],
        };
    }

    [Fact]
    public void Trial_sounds_are_sounds_and_differ()
    {
        for (int i = 0; i < TrialSounds.Count; i++)
        {
            float[] one = [.. TrialSounds.Half(i, 0, 16000).Channel(0)], other = [.. TrialSounds.Half(i, 1, 16000).Channel(0)];
            Assert.Equal(48000, one.Length);
            Assert.Equal(0.5f, one.Max(Math.Abs), 1e-6f);
            Assert.DoesNotContain(one, value => !float.IsFinite(value));
            Assert.NotEqual(one, other);
            Assert.True(one.Sum(value => value * value) / one.Length > 1e-4, $"sound {i}");
        }

        TrialRecordings recordings = TrialRecordings.Find()!;
        Assert.Equal((50, 10), (recordings.Files.Count, TrialRecordings.Words.Count));
        Assert.All(recordings.Files, file => Assert.True(File.Exists(file)));
        Assert.Null(TrialRecordings.Find(folder.Path));
    }

    private VerifyResult Verify(string model) => VerifyTask.Run(new VerifyOptions(model) { SamplesBeside = folder.Path });

    private static Trial Begun(double share) => new("m")
    {
        Signs = new Euterpe.Models.Pretrained.Acceptance.WeightSigns(40, (int)(share * 40), 10, 0, 10, 0, [], [], []),
    };

    private string Checkpoint(string name)
    {
        string from = Path.Combine(Fixture.Repository, "tests", "Fixtures", name, "checkpoint"), to = folder.File("model");
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(from))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)), overwrite: true);
        return to;
    }

    private delegate void Edit(Span<byte> bytes);

    private static void Change(string model, Func<string, bool> which, Edit edit)
    {
        string path = Path.Combine(model, "model.safetensors");
        byte[] file = File.ReadAllBytes(path);
        int header = (int)BinaryPrimitives.ReadInt64LittleEndian(file);
        using JsonDocument json = JsonDocument.Parse(file.AsMemory(8, header));
        JsonProperty[] tensors = [.. json.RootElement.EnumerateObject().Where(each => which(each.Name))];
        Assert.NotEmpty(tensors);
        foreach (JsonProperty tensor in tensors)
        {
            int[] ends = [.. tensor.Value.GetProperty("data_offsets").EnumerateArray().Select(end => end.GetInt32())];
            edit(file.AsSpan(8 + header + ends[0], ends[1] - ends[0]));
        }

        File.WriteAllBytes(path, file);
    }

    /// <summary>Vectors that are near where their subjects are the same.</summary>
    private static float[][] Vectors(int count, Func<int, int> subject, int seed, float noise = 0.3f)
    {
        var random = new Philox(3, "vectors");
        return [.. Enumerable.Range(0, count).Select(i => Unit([.. Enumerable.Range(0, Size).Select(k =>
            random.Normal(subject(i), 0, k) + (noise * random.Normal(10_000 + i, seed + 1, k)))]))];
    }

    private static float[] Unit(float[] vector)
    {
        double norm = Math.Sqrt(vector.Sum(value => (double)value * value));
        return [.. vector.Select(value => (float)(value / norm))];
    }
}
