using System.Text;
using Euterpe.Models;
using Euterpe.Numerics;
using Euterpe.Tasks.Tagging;
using Euterpe.Testing;

namespace Euterpe.Tasks.Tests.Tagging;

public sealed class LabelSetTests
{
    [Fact]
    public void Every_shipped_set_is_sound()
    {
        Assert.Equal(["genre", "instrument", "mood", "tempo", "texture", "voice"], LabelSets.Names);
        foreach (string name in LabelSets.Names)
        {
            LabelSet set = LabelSets.Load(name);
            Assert.Equal(name, set.Name);
            Assert.True(set.Labels.Count >= 5 && set.Templates.Count >= 2, name);
            Assert.All(set.Labels, label => Assert.All(set.Texts(label), text => Assert.DoesNotContain('{', text)));
            Assert.Equal(set.Labels.Count, set.Labels.Select(label => label.Name).Distinct(StringComparer.OrdinalIgnoreCase).Count());
        }

        Assert.Equal((Calibration.Softmax, "genre"), (LabelSets.Load("genre").Calibration, LabelSets.Load("genre").Tag));
        Assert.Equal((Calibration.Percentile, "mood"), (LabelSets.Load("mood").Calibration, LabelSets.Load("mood").Tag));
        Assert.Null(LabelSets.Load("voice").Tag);
    }

    [Fact]
    public void Templates_synonyms_and_prompts_become_texts()
    {
        LabelSet set = Read("""
            {
              // a comment, and a comma too many
              "name": "mine", "calibration": "softmax", "least": 0.4, "scale": 20, "tag": "genre",
              "templates": ["{label} music", "a {label}, {label}!"],
              "labels": ["dub", {"name": "rap", "synonyms": ["hip hop"]}, {"name": "none", "prompts": ["silence"]},]
            }
            """);
        Assert.Equal(["dub music", "a dub, dub!"], set.Texts(set.Labels[0]));
        Assert.Equal(["rap music", "hip hop music", "a rap, rap!", "a hip hop, hip hop!"], set.Texts(set.Labels[1]));
        Assert.Equal(["silence"], set.Texts(set.Labels[2]));
        Assert.Equal((0.4, 20, "genre"), (set.Least, set.Scale, set.Tag));

        LabelSet least = Read("""{"labels": ["dub"]}""");
        Assert.Equal(("file", Calibration.Percentile, 0.95), (least.Name, least.Calibration, least.Least));
        Assert.Equal(["dub"], least.Texts(least.Labels[0]));
    }

    [Fact]
    public void The_hash_is_of_what_matters()
    {
        string hash = Read("""{"name": "a", "labels": ["dub", "ska"]}""").Hash;
        Assert.Equal(64, hash.Length);
        Assert.Equal(hash, Read("""{ "labels": [ "dub", {"name": "ska"} ], "name":"a", "templates": ["{label}"], "calibration": "percentile", "tag": "genre" }""").Hash);
        foreach (string other in (string[])["""{"name": "b", "labels": ["dub", "ska"]}""", """{"name": "a", "labels": ["ska", "dub"]}""",
            """{"name": "a", "labels": ["dub", {"name": "ska", "synonyms": ["two-tone"]}]}""", """{"name": "a", "labels": ["dub", "ska"], "least": 0.5}""",
            """{"name": "a", "labels": ["dub", "ska"], "templates": ["{label}", "{label} music"]}""", """{"name": "a", "labels": ["dub", "ska"], "calibration": "softmax"}"""])
            Assert.NotEqual(hash, Read(other).Hash);
    }

    [Theory]
    [InlineData("""{"labels": ["a"], "lables": []}""", "there is no key \"lables\"")]
    [InlineData("""{"labels": [{"name": "a", "synonym": ["b"]}]}""", "labels[0]: there is no key \"synonym\"")]
    [InlineData("""{}""", "labels is missing")]
    [InlineData("""{"labels": []}""", "it is empty")]
    [InlineData("""{"labels": ["a"], "calibration": "softmax"}""", "two at least")]
    [InlineData("""{"labels": ["a"], "calibration": "sigmoid"}""", "softmax (one label is right) or percentile")]
    [InlineData("""{"labels": ["a", "A"]}""", "\"A\" is there twice")]
    [InlineData("""{"labels": [3]}""", "labels[0]: a text")]
    [InlineData("""{"labels": ["  "]}""", "labels[0]: a text")]
    [InlineData("""{"labels": [{"synonyms": ["b"]}]}""", "name is missing")]
    [InlineData("""{"labels": [{"name": "a", "synonyms": ["b"], "prompts": ["c"]}]}""", "synonyms have no place")]
    [InlineData("""{"labels": ["a"], "templates": ["music"]}""", "\"music\" has no {label}")]
    [InlineData("""{"labels": ["a"], "templates": []}""", "templates: a list of 1 to")]
    [InlineData("""{"labels": ["a"], "least": 2}""", "least: a number from 0 to 1")]
    [InlineData("""{"labels": ["a"], "scale": 2}""", "scale belongs to the calibration softmax")]
    [InlineData("""{"labels": ["a"], "tag": "Genre!"}""", "tag: lower-case letters")]
    [InlineData("""{"labels": ["a"], "labels": ["b"]}""", "not valid JSON")]
    [InlineData("""["a"]""", "an object was expected")]
    [InlineData("""{"labels": ["a" """, "not valid JSON")]
    [InlineData("", "not valid JSON")]
    public void A_file_that_is_not_right_is_refused(string json, string says) =>
        Assert.Contains(says, Assert.Throws<OptionsException>(() => Read(json)).Message, StringComparison.Ordinal);

    [Fact]
    public void All_problems_come_in_one_error_and_sizes_are_bounded()
    {
        string message = Assert.Throws<OptionsException>(() => Read("""{"labels": ["a", "a"], "x": 1, "least": "much"}""")).Message;
        Assert.True(message.Contains("twice", StringComparison.Ordinal) && message.Contains("\"x\"", StringComparison.Ordinal) && message.Contains("least", StringComparison.Ordinal), message);
        Assert.Contains("1,048,576 bytes", Assert.Throws<OptionsException>(() => Read(new string(' ', (1 << 20) + 1))).Message, StringComparison.Ordinal);
        string many = string.Join(',', Enumerable.Range(0, 2001).Select(i => $"\"{i}\""));
        Assert.Contains("at most 2,000", Assert.Throws<OptionsException>(() => Read($$"""{"labels": [{{many}}]}""")).Message, StringComparison.Ordinal);
        string texts = string.Join(',', Enumerable.Range(0, 90).Select(i => $"\"{i} {{label}}\"")), labels = string.Join(',', Enumerable.Range(0, 1900).Select(i => $"\"{i}\""));
        Assert.Contains("171,000 texts", Assert.Throws<OptionsException>(() => Read($$"""{"templates": [{{texts}}], "labels": [{{labels}}]}""")).Message, StringComparison.Ordinal);
        Assert.Contains("genre, instrument", Assert.Throws<OptionsException>(() => LabelSets.Load("genres")).Message, StringComparison.Ordinal);
    }

    /// <summary>Labels that are the case's texts, a sound that is the case's: the logits behind the scores are upstream's.</summary>
    [SkippableTheory]
    [Trait("Category", "Parity")]
    [Cases("transformers", "config.model_type=clap")]
    public void Scores_of_labels_match_transformers(string name)
    {
        Fixture fixture = Fixture.Open(name);
        double tolerance = fixture.Tolerance("2e-4 of the largest element: float32 through a few layers, summed in another order", 2e-4);
        string[] texts = [.. fixture.Case.GetProperty("texts").EnumerateArray().Select(text => text.GetString()!)];
        float[] expected = fixture.Floats("logits_per_audio");
        using PretrainedModel model = PretrainedModel.Open(fixture.Checkpoint);
        var set = new LabelSet { Name = "case", Calibration = Calibration.Softmax, Labels = [.. texts.Select((text, i) => new Label($"{i}", [], [text]))] };
        LabelVectors vectors = LabelVectors.Of(set, model.Text!, null, default);
        var scorer = new LabelScorer(vectors, model.ZeroShot, null, null);
        float[] sound = ((IWindowedEmbedder)model.Audio!).Embed([fixture.Wave("pcm.short")])[0];
        IReadOnlyList<TagScore> scores = [.. scorer.Scores(sound, texts.Length).OrderBy(each => int.Parse(each.Label, System.Globalization.CultureInfo.InvariantCulture))];
        Close.Check(expected, [.. scores.Select(each => (float)(each.Cosine * scorer.Scale!.Value))], tolerance, what: $"{name} logits_per_audio");
        double sum = expected.Sum(logit => Math.Exp(logit));
        Close.Check([.. expected.Select(logit => (float)(Math.Exp(logit) / sum))], [.. scores.Select(each => (float)each.Score!.Value)], tolerance, what: $"{name} probabilities");
    }

    private static LabelSet Read(string json) => LabelSets.Read(new MemoryStream(Encoding.UTF8.GetBytes(json)), "file.json");
}
