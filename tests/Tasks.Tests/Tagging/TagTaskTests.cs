using System.Text.Json;
using Euterpe.Numerics;
using Euterpe.Signals.Files;
using Euterpe.Tasks.Tagging;

namespace Euterpe.Tasks.Tests.Tagging;

public sealed class TagTaskTests : IDisposable
{
    private readonly SoundFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Probabilities_are_the_softmax_of_the_models_own_logits()
    {
        string sound = PlainModel.Sound(folder["a.wav"], 1, 0, 0, 0);
        string labels = Labels("softmax", """{"name": "c", "prompts": ["0 0 1 0"]}, {"name": "a", "prompts": ["2 0 0 0"]}, {"name": "b", "prompts": ["0.6 0.8 0 0"]}""");
        TagResult result = Tag(new PlainModel(scale: 5), sound, labels);
        IReadOnlyList<TagScore> scores = result.Files[0].Sets[0].Labels;
        Assert.Equal(["a", "b", "c"], scores.Select(each => each.Label));
        double[] exponentials = [Math.Exp(5), Math.Exp(3), Math.Exp(0)];
        for (int i = 0; i < 3; i++)
            Assert.Equal(exponentials[i] / exponentials.Sum(), scores[i].Score!.Value, 6);
        Assert.Equal([1, 0.6f, 0], scores.Select(each => each.Cosine));
        Assert.Equal([true, false, false], scores.Select(each => each.Given));
        Assert.All(scores, each => Assert.True(each.Percentile is null && each.Deviation is null));
        Assert.Equal((5, "softmax", 3, 0.5), (result.Sets[0].Scale, result.Sets[0].Calibration, result.Sets[0].Labels, result.Sets[0].Least));
        Assert.Contains("if one of these 3 is right", result.Sets[0].Meaning, StringComparison.Ordinal);

        // A scale of the file's own comes before the model's; a model that has learned none gets the usual one.
        Assert.Equal(2, Tag(new PlainModel(scale: 5), sound, Labels("softmax", """{"name": "a", "prompts": ["1 0 0 0"]}, {"name": "b", "prompts": ["0 1 0 0"]}""", "\"scale\": 2,")).Sets[0].Scale);
        Assert.Equal(1 / 0.07, Tag(new PlainModel(), sound, labels).Sets[0].Scale!.Value, 10);
    }

    [Fact]
    public void Texts_of_a_label_are_averaged_as_unit_vectors()
    {
        string sound = PlainModel.Sound(folder["a.wav"], 1, 1, 0, 0);
        string labels = Labels("percentile", """{"name": "both", "prompts": ["9 0 0 0", "0 0.1 0 0"]}, {"name": "one", "prompts": ["9 0 0 0"]}""");
        IReadOnlyList<TagScore> scores = Tag(new PlainModel(), sound, labels).Files[0].Sets[0].Labels;
        Assert.Equal(1, scores.Single(each => each.Label == "both").Cosine, 6);
        Assert.Equal(Math.Sqrt(0.5), scores.Single(each => each.Label == "one").Cosine, 6);

        string opposite = Labels("percentile", """{"name": "nothing", "prompts": ["1 0 0 0", "-1 0 0 0"]}""");
        Assert.Contains("cancel each other out", Assert.Throws<InvalidOperationException>(() => Tag(new PlainModel(), sound, opposite)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Percentiles_are_shares_of_the_reference_sounds()
    {
        // Label a fits every sound of the reference with a cosine of 0.8, b with i / 40: what is usual for a label is worth nothing.
        for (int i = 0; i < 20; i++)
            PlainModel.Sound(folder[$"reference/{i:00}.wav"], 0.8f, i / 40f, MathF.Sqrt(0.36f - (i / 40f * (i / 40f))), 0);
        string sound = PlainModel.Sound(folder["a.wav"], 0.8f, 0.36f, MathF.Sqrt(0.36f - (0.36f * 0.36f)), 0);
        string labels = Labels("percentile", """{"name": "a", "prompts": ["1 0 0 0"]}, {"name": "b", "prompts": ["0 1 0 0"]}, {"name": "c", "prompts": ["0 0 0 -1"]}""", "\"least\": 0.7,");
        var options = new TagOptions { Sounds = [sound], Labels = [labels], Reference = Path.Combine(folder.Music, "reference") };
        TagResult result = Run(new PlainModel(), options);
        Dictionary<string, TagScore> scores = result.Files[0].Sets[0].Labels.ToDictionary(each => each.Label);
        Assert.Equal("b", result.Files[0].Sets[0].Labels[0].Label);
        Assert.Equal(0.75, scores["b"].Score); // 15 of 20 are below
        Assert.True(scores["b"].Given);
        Assert.Equal(0.5, scores["c"].Score); // all alike: half
        Assert.Equal(0, scores["c"].Deviation);
        double mean = 9.5 / 40, deviation = Math.Sqrt(Enumerable.Range(0, 20).Sum(i => (i - 9.5) * (i - 9.5)) / 20) / 40;
        Assert.Equal((0.36 - mean) / deviation, scores["b"].Deviation!.Value, 4);
        Assert.Equal(20, result.Reference!.Sounds);
        Assert.Empty(result.Notes);
        Assert.Equal("the share of the 20 reference sounds that the label fits less well", result.Sets[0].Meaning);
        Assert.Equal(result.Reference.Hash, Run(new PlainModel(), options with { Top = 1 }).Reference!.Hash);

        File.Delete(folder["reference/00.wav"]);
        Assert.Contains("19 sounds", Assert.Throws<OptionsException>(() => Run(new PlainModel(), options)).Message, StringComparison.Ordinal);
        TagResult without = Run(new PlainModel(), options with { Reference = null });
        Assert.Null(without.Files[0].Sets[0].Labels[0].Score);
        Assert.Contains("--reference FOLDER", Assert.Single(without.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Vectors_of_the_catalogue_are_used_again_and_are_what_is_compared_with()
    {
        var model = new PlainModel();
        for (int i = 0; i < 24; i++)
            PlainModel.Sound(folder[$"album/{i:00}.wav"], 1, i, 0.001f * i, 0);
        IndexTask.Run(new IndexOptions { Folder = folder.Music, Catalogue = folder.Catalogue }, Context(model));
        File.Move(folder["album/00.wav"], Path.Combine(folder.Root, "moved.wav"));
        File.Delete(folder["album/01.wav"]);
        Assert.Equal(24, model.Calls);
        string labels = Labels("percentile", """{"name": "b", "prompts": ["0 1 0 0"]}""");
        var options = new TagOptions { Sounds = ["23.wav", folder["album/01.wav"], folder.Root], Labels = [labels], Catalogue = folder.Catalogue };
        TagResult result = Run(model, options);
        Assert.Equal(24, model.Calls); // the moved one is known by its content
        Assert.Equal([folder["album/23.wav"], folder["album/01.wav"], Path.Combine(folder.Root, "moved.wav")], result.Files.Take(3).Select(file => file.Path));
        Assert.Equal(24, result.Files.Count); // 23.wav is not there twice
        Assert.All(result.Files, file => Assert.True(file.Known));
        Assert.Equal((24, folder.Catalogue), (result.Reference!.Sounds, result.Reference.Place));
        Assert.Equal(23.5 / 24, result.Files[0].Sets[0].Labels[0].Score);

        // Its sound is known when its tags are others.
        TagWriter.Write(folder["album/05.wav"], [KeyValuePair.Create("genre", "dub")]);
        Assert.True(Assert.Single(Run(model, options with { Sounds = [folder["album/05.wav"]] }).Files).Known);

        // The same numbers without the catalogue's help.
        PlainModel.Sound(folder["album/01.wav"], 1, 1, 0.001f, 0);
        TagResult again = Run(model, options with { Sounds = [folder["album/23.wav"]], Catalogue = null, Reference = folder.Root });
        Assert.Equal(result.Files[0].Sets[0].Labels, again.Files[0].Sets[0].Labels);
        Assert.Throws<FileNotFoundException>(() => Run(model, options with { Catalogue = "/nowhere/c.db" }));
    }

    [Fact]
    public void Bad_files_never_stop_a_run()
    {
        string good = PlainModel.Sound(folder["good.wav"], 1, 0, 0, 0), bad = folder.Text("bad.wav", "RIFF....WAVE"), missing = folder["missing.wav"];
        string labels = Labels("softmax", """{"name": "a", "prompts": ["1 0 0 0"]}, {"name": "b", "prompts": ["0 1 0 0"]}""");
        Directory.CreateDirectory(good + ".euterpe.json"); // nothing can be written there
        string other = PlainModel.Sound(folder["other.wav"], 0, 1, 0, 0);
        TagResult result = Run(new PlainModel(), new TagOptions { Sounds = [bad, good, missing, other], Labels = [labels], Sidecar = true });
        Assert.Equal([good, other], result.Files.Select(file => file.Path));
        Assert.Equal([null, other + ".euterpe.json"], result.Files.Select(file => file.Sidecar));
        Assert.Equal(["broken", "not-writable", "missing"], result.Failures.Select(each => each.Reason));
        Assert.Empty(Directory.EnumerateFiles(folder.Music, "*partial*"));
    }

    [Fact]
    public void A_sidecar_has_the_same_bytes_each_time_and_at_any_number_of_threads()
    {
        string[] sounds = [.. Enumerable.Range(0, 6).Select(i => PlainModel.Sound(folder[$"{i}.wav"], 1, i, 2, 3))];
        string labels = Labels("softmax", """{"name": "a & b", "prompts": ["1 0 0 0"]}, {"name": "é", "prompts": ["0 1 0 0"]}""");
        var seen = new List<string>();
        foreach (int threads in (int[])[1, 2, 3])
        {
            TagResult result = TagTask.Run(new TagOptions { Sounds = sounds, Labels = [labels], Sidecar = true }, Context(new PlainModel(scale: 7)) with { Threads = threads });
            Assert.Equal(sounds, result.Files.Select(file => file.Path));
            seen.Add(string.Concat(result.Files.Select(file => File.ReadAllText(file.Sidecar!))));
        }

        Assert.Single(seen.Distinct());
        JsonElement json = JsonDocument.Parse(File.ReadAllText(sounds[2] + ".euterpe.json")).RootElement;
        Assert.Equal((ProgramIdentity.Program, "2.wav", "plain", "plain-1"),
            (json.GetProperty("program").GetString(), json.GetProperty("file").GetString(), json.GetProperty("model").GetString(), json.GetProperty("key").GetString()));
        JsonElement set = json.GetProperty("sets")[0];
        Assert.Equal((LabelSets.Load(labels).Hash, 7.0), (set.GetProperty("hash").GetString(), set.GetProperty("scale").GetDouble()));
        Assert.Equal("é", set.GetProperty("labels")[0].GetProperty("label").GetString());
        Assert.InRange(set.GetProperty("labels")[0].GetProperty("score").GetDouble(), 0.5, 1);
    }

    [Fact]
    public void Given_labels_are_written_into_the_sound_file_and_nothing_else_is()
    {
        string rock = PlainModel.Sound(folder["rock.wav"], 1, 0, 0, 0), dub = PlainModel.Sound(folder["dub.wav"], 0, 1, 0, 0), neither = PlainModel.Sound(folder["neither.wav"], 1, 1, 0, 0);
        string labels = Labels("softmax", """{"name": "rock", "prompts": ["1 0 0 0"]}, {"name": "dub", "prompts": ["0 1 0 0"]}""", "\"tag\": \"genre\", \"least\": 0.6,");
        var options = new TagOptions { Sounds = [rock, dub, neither], Labels = [labels], WriteTags = true };
        TagResult result = Run(new PlainModel(), options);
        Assert.Empty(result.Failures);
        Assert.Equal([new WrittenTag("genre", "rock", true)], result.Files[0].Written);
        Assert.Equal([new WrittenTag("genre", "dub", true)], result.Files[1].Written);
        Assert.Empty(result.Files[2].Written);
        Assert.Equal(["rock", "dub", null], options.Sounds.Select(path => AudioFile.Identify(path).Tags.Genre));

        // What stands there stays; a file that cannot keep a tag is told of, and tagged all the same.
        File.Copy(dub, rock, overwrite: true);
        string odd = folder["x.wav"];
        byte[] streamed = File.ReadAllBytes(neither); // of unknown length, as a pipe has it
        streamed.AsSpan(4, 4).Fill(0xFF);
        streamed.AsSpan(streamed.AsSpan().IndexOf("data"u8) + 4, 4).Fill(0xFF);
        File.WriteAllBytes(odd, streamed);
        result = Run(new PlainModel(), options with { Sounds = [rock, odd], Least = 0.1 });
        Assert.Equal([new WrittenTag("genre", "dub", false)], result.Files[0].Written);
        Assert.Equal((odd, "tags-not-kept"), (Assert.Single(result.Failures).Path, result.Failures[0].Reason));
        Assert.Equal(2, result.Files[1].Sets[0].Labels.Count);
    }

    [Fact]
    public void What_cannot_be_asked_is_said()
    {
        string sound = PlainModel.Sound(folder["a.wav"], 1, 0, 0, 0);
        string labels = Labels("percentile", """{"name": "a", "prompts": ["1 0 0 0"]}""");
        var good = new TagOptions { Sounds = [sound], Labels = [labels] };
        Assert.Throws<OptionsException>(() => Run(new PlainModel(), good with { Sounds = [] }));
        Assert.Throws<OptionsException>(() => Run(new PlainModel(), good with { Labels = [] }));
        Assert.Throws<OptionsException>(() => Run(new PlainModel(), good with { Top = 0 }));
        Assert.Throws<OptionsException>(() => Run(new PlainModel(), good with { Least = 1.5 }));
        Assert.Throws<OptionsException>(() => Run(new PlainModel(), good with { Least = double.NaN }));
        Assert.Contains("two sets", Assert.Throws<OptionsException>(() => Run(new PlainModel(), good with { Labels = [labels, labels] })).Message, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("which tag", Assert.Throws<OptionsException>(() => Run(new PlainModel(), good with { WriteTags = true })).Message, StringComparison.Ordinal);
        Assert.Contains("plain ones", Assert.Throws<InvalidOperationException>(() => Run(new PlainModel { ReadsWords = false }, good)).Message, StringComparison.Ordinal);
        Assert.Throws<DirectoryNotFoundException>(() => Run(new PlainModel(), good with { Reference = "/nowhere" }));
    }

    [Fact]
    public void A_text_that_the_model_does_not_read_to_its_end_is_told()
    {
        string sound = PlainModel.Sound(folder["a.wav"], 1, 0, 0, 0);
        string labels = Labels("softmax", """{"name": "a", "prompts": ["1 0 0 0 0"]}, {"name": "b", "prompts": ["0 1 0 0 0 0"]}""");
        Assert.Contains("2 texts of test are longer", Assert.Single(Tag(new PlainModel(), sound, labels).Notes), StringComparison.Ordinal);
    }

    private static TaskContext Context(PlainModel model) => new() { Models = model, Threads = 2 };

    private static TagResult Run(PlainModel model, TagOptions options) => TagTask.Run(options, Context(model));

    private static TagResult Tag(PlainModel model, string sound, string labels) => Run(model, new TagOptions { Sounds = [sound], Labels = [labels] });

    private string Labels(string calibration, string labels, string more = "") => folder.Text($"../labels-{Guid.NewGuid():N}.json",
        $$"""{"name": "test", "calibration": "{{calibration}}", {{more}} "labels": [{{labels}}]}""");
}
