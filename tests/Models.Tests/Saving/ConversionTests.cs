using System.Text.Json.Nodes;
using Euterpe.Models.Saving;
using Euterpe.Numerics;
using Euterpe.Numerics.Files;
using Euterpe.Signals;
using Euterpe.Tensors.Files;
using Euterpe.Testing;

namespace Euterpe.Models.Tests.Saving;

public sealed class ConversionTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Out => folder.File("out");

    public static IEnumerable<object[]> Jukebox() => LayoutCases.Of("jukebox", "pytorch_model.bin");

    public void Dispose() => folder.Dispose();

    [Theory]
    [Trait("Category", "Parity")]
    [MemberData(nameof(OriginalLayoutTests.Clap), MemberType = typeof(OriginalLayoutTests))]
    public void A_converted_laion_clap_has_every_name_that_transformers_saves(string name)
    {
        string original = LayoutCases.Find(CheckpointIndex.Open(name).Path, "*.pt")!;
        ConversionReport report = ModelConversion.Write(original, Out);
        Assert.Equal(("LAION CLAP", "clap"), (report.Layout, report.Architecture));
        Assert.Contains(report.Left, left => left.Key == "state_dict/module.audio_branch.tscam_conv.weight");
        Assert.Equal(["config.json", "model.safetensors", "preprocessor_config.json"], Directory.EnumerateFiles(Out).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        using Checkpoint found = Checkpoint.Open(Out);
        Assert.Equal("pt", found.Metadata["format"]);
        // Buffers among them: counted positions, zeros.
        using SourceModel model = LayoutCases.Read(original);
        Assert.Equal(model.Weights.Tensors.Select(tensor => tensor.Name).Concat(model.Buffers.Select(buffer => buffer.Name)).Order(StringComparer.Ordinal),
            found.Names.Order(StringComparer.Ordinal));
        Assert.True(found.Has("text_model.embeddings.position_ids") && found.Has("text_model.embeddings.token_type_ids"));
        Assert.Equal("float32", JsonFile.Text(JsonFile.Read(Path.Combine(Out, "config.json")), "dtype"));

        // With a tokenizer beside it, it opens as any other.
        foreach (string each in (string[])["vocab.json", "merges.txt", "tokenizer.json"])
        {
            string from = LayoutCases.All("transformers").First(other => other.HasFile("checkpoint/vocab.json")).File("checkpoint/" + each);
            File.Copy(from, Path.Combine(Out, each));
        }

        using PretrainedModel a = PretrainedModel.Open(original), b = PretrainedModel.Open(Out);
        Close.Same(a.Audio!.Embed(Sound()), b.Audio!.Embed(Sound()), "converted");
        Assert.Equal("clap", PretrainedModel.Inspect(original).Architecture);
        Assert.Contains("LAION CLAP", PretrainedModel.Inspect(original).Notes[0], StringComparison.Ordinal);
        Assert.Contains("roberta-base", Assert.Throws<ModelFileException>(() =>
        {
            using PretrainedModel lone = PretrainedModel.Open(original, new PretrainedOptions(CacheFolder: "/nowhere"));
            lone.Text!.Embed("words");
        }).Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [Trait("Category", "Parity")]
    [Cases("transformers", "config.model_type=clap")]
    public void Hugging_faces_own_folders_come_back_unchanged(string name)
    {
        string original = Fixture.Open(name).Checkpoint;
        ConversionReport report = ModelConversion.Write(original, Out);
        Assert.Equal("Hugging Face", report.Layout);
        LayoutCases.SameFiles(original, Out);
        foreach (string file in Directory.EnumerateFiles(original).Where(file => !file.EndsWith("model.safetensors", StringComparison.Ordinal)))
        {
            string copy = Path.Combine(Out, Path.GetFileName(file));
            if (file.EndsWith("config.json", StringComparison.Ordinal))
                LayoutCases.SameConfig(JsonFile.Read(file), JsonFile.Read(copy));
            else
                Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(copy));
        }

        using PretrainedModel a = PretrainedModel.Open(original), b = PretrainedModel.Open(Out);
        Close.Same(a.Audio!.Embed(Sound()), b.Audio!.Embed(Sound()), "unchanged");
    }

    [SkippableTheory]
    [Trait("Category", "Parity")]
    [Cases("mert", "file=checkpoint/pytorch_model.bin")]
    public void A_pytorch_model_becomes_the_safetensors_that_upstream_saves(string name)
    {
        string original = Fixture.Open(name).Checkpoint, bin = folder.File("bin");
        Directory.CreateDirectory(bin);
        foreach (string file in Directory.EnumerateFiles(original).Where(file => !file.EndsWith(".safetensors", StringComparison.Ordinal)))
            File.Copy(file, Path.Combine(bin, Path.GetFileName(file)));
        ModelConversion.Write(bin, Out);
        LayoutCases.SameFiles(Path.Combine(original, "model.safetensors"), Path.Combine(Out, "model.safetensors"));
    }

    [Theory]
    [Trait("Category", "Parity")]
    [MemberData(nameof(Jukebox))]
    public void Jukebox_keeps_both_names_of_its_output_matrices(string name)
    {
        string original = Path.Combine(Fixture.Open(name).Checkpoint, "pytorch_model.bin");
        ModelConversion.Write(Path.GetDirectoryName(original)!, Out);
        LayoutCases.SameFiles(original, Out);
    }

    [Theory]
    [InlineData(SavedType.BF16, StoredType.BF16, "bfloat16")]
    [InlineData(SavedType.F16, StoredType.F16, "float16")]
    [InlineData(SavedType.F32, StoredType.F32, "float32")]
    public void Floats_are_saved_in_the_type_that_is_asked_for(SavedType type, StoredType stored, string name)
    {
        string original = Made("clap", ("w", [0.1f, -3e-5f, 65504f]));
        ModelConversion.Write(original, Out, new ConversionOptions(type));
        using Checkpoint found = Checkpoint.Open(Out);
        Assert.Equal((stored, StoredType.I64), (found.Entry("w").Type, found.Entry("steps").Type));
        Assert.Equal(type == SavedType.F32 ? 0.1f : type == SavedType.F16 ? (float)(Half)0.1f : Bf16.ToFloat(Bf16.FromFloat(0.1f)), found.Floats("w")[0]);
        Assert.Equal(name, JsonFile.Text(JsonFile.Read(Path.Combine(Out, "config.json")), "dtype"));
    }

    [Fact]
    public void Large_models_are_written_in_shards()
    {
        string original = Made("clap", ("a", new float[100]), ("b", new float[10]), ("c", new float[60]));
        ConversionReport report = ModelConversion.Write(original, Out, new ConversionOptions(LargestShardBytes: 300));
        Assert.Equal(["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "model.safetensors.index.json", "config.json"],
            report.Files.Select(file => file.Replace("00003", "00002", StringComparison.Ordinal)).Distinct());
        LayoutCases.SameFiles(original, Out);
        JsonObject index = JsonFile.Read(Path.Combine(Out, "model.safetensors.index.json"));
        Assert.Equal(170 * 4 + 8, (int)index["metadata"]!["total_size"]!);

        // Written over: the shards of before are gone.
        ModelConversion.Write(original, Out, new ConversionOptions(Force: true));
        Assert.Equal(["config.json", "model.safetensors"], Directory.EnumerateFiles(Out).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Nothing_is_written_over_or_left_half_written()
    {
        string original = Made("clap", ("w", new float[3]));
        Directory.CreateDirectory(Out);
        ModelConversion.Write(original, Out); // empty: fine
        Assert.Contains("--force", Assert.Throws<ModelFileException>(() => ModelConversion.Write(original, Out)).Message, StringComparison.Ordinal);
        Assert.Throws<OptionsException>(() => ModelConversion.Write(original, original, new ConversionOptions(Force: true)));
        Assert.Throws<OptionsException>(() => ModelConversion.Write(original, Path.Combine(original, "config.json")));
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => ModelConversion.Write(original, folder.File("other"), token: stop.Token));
        Assert.Equal(["made", "out"], Directory.EnumerateFileSystemEntries(folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_tied_matrix_is_written_once()
    {
        string original = Made("t5", ("shared.weight", [1, 2]), ("encoder.embed_tokens.weight", [1, 2]), ("lm_head.weight", [1, 3]));
        ConversionReport report = ModelConversion.Write(original, Out);
        using Checkpoint found = Checkpoint.Open(Out);
        // The head holds other bits: it is no second name.
        Assert.Equal(["lm_head.weight", "shared.weight", "steps"], found.Names.Order(StringComparer.Ordinal));
        Assert.Equal(("encoder.embed_tokens.weight", 3), (Assert.Single(report.Left).Key, report.Tensors));
    }

    [Fact]
    public void Weight_norm_is_spelled_as_torch_does_now()
    {
        string original = Made("hubert", ("conv.weight_g", [1]), ("conv.weight_v", [2]));
        ModelConversion.Write(original, Out);
        using Checkpoint found = Checkpoint.Open(Out);
        Assert.Equal(["conv.parametrizations.weight.original0", "conv.parametrizations.weight.original1", "steps"], found.Names.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void An_unknown_file_keeps_its_names_and_loses_its_training()
    {
        string file = folder.File("model.safetensors");
        var writer = new SafetensorsWriter();
        writer.Add("state_dict/layer.weight", new float[] { 1, 2 }, 2);
        writer.Add("optimizer/state/0/exp_avg", new float[] { 3 }, 1);
        writer.Add("extra/list/0", new float[] { 4 }, 1);
        writer.Save(file);
        ConversionReport report = ModelConversion.Write(file, Out);
        Assert.Null(report.Architecture);
        Assert.Contains("not known", Assert.Single(report.Notes), StringComparison.Ordinal);
        using Checkpoint found = Checkpoint.Open(Out);
        Assert.Equal(["extra.list.0", "layer.weight"], found.Names.Order(StringComparer.Ordinal));
        Assert.Equal(["model.safetensors"], report.Files);
    }

    [Fact]
    [Trait("Category", "Parity")]
    public void Hostile_files_are_refused_and_leave_nothing()
    {
        foreach (CheckpointIndex entry in CheckpointIndex.All().Where(entry => entry.MustRefuse))
        {
            Exception? error = Record.Exception(() => ModelConversion.Write(entry.Path, Out, new ConversionOptions(CacheFolder: "/nowhere")));
            Assert.True(error is FileFormatException or ModelFileException, $"{entry.Name}: {error?.ToString() ?? "was converted"}");
            Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
        }
    }

    [Fact]
    public void What_lies_beside_a_model_need_not_be_read()
    {
        (CheckpointIndex entry, string original) = CheckpointIndex.All().Where(each => each.MustLoad && Directory.Exists(each.Path))
            .Select(each => (each, Directory.EnumerateFiles(each.Path, "*.pt").FirstOrDefault(file => File.Exists(Path.Combine(each.Path, "config.json")))!))
            .First(each => each.Item2 is not null);
        string beside = folder.File("beside");
        Directory.CreateDirectory(beside);
        File.Copy(original, Path.Combine(beside, "model.pt"));
        File.Copy(Path.Combine(entry.Path, "config.json"), Path.Combine(beside, "config.json"));
        File.WriteAllText(Path.Combine(beside, "training_args.bin"), "not a model");
        Assert.Equal("LAION CLAP", ModelConversion.Write(beside, Out).Layout);
        File.Delete(Path.Combine(beside, "model.pt"));
        Assert.Contains("training_args.bin", Assert.Throws<ModelFileException>(() => ModelConversion.Write(beside, folder.File("none"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_originals_are_refused_or_read()
    {
        string[] good = [.. CheckpointIndex.All().Where(entry => entry.MustLoad && Directory.Exists(entry.Path))
            .SelectMany(entry => Directory.EnumerateFiles(entry.Path).Where(file => Path.GetExtension(file) is ".pt" or ".th" or ".bin"))
            .Concat(Jukebox().SelectMany(row => Directory.EnumerateFiles(Fixture.Open((string)row[0]).Checkpoint, "*.pth.tar"))).Order(StringComparer.Ordinal)];
        for (int i = 0; i < 150; i++)
        {
            string from = good[i % good.Length], path = folder.File("bad" + Path.GetExtension(from));
            File.WriteAllBytes(path, BrokenFiles.Mutate(File.ReadAllBytes(from), 77_000 + (ulong)i, 16_384));
            try
            {
                ModelConversion.Write(path, folder.File("damaged"), new ConversionOptions(Force: true, CacheFolder: "/nowhere"));
            }
            catch (Exception refused) when (refused is FileFormatException or ModelFileException)
            {
                Assert.StartsWith("[", refused.Message, StringComparison.Ordinal);
            }

            Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(folder.Path), each => each.EndsWith(".partial", StringComparison.Ordinal));
        }
    }

    private static IFrameSource Sound() =>
        new Waveform(48000, [.. Enumerable.Range(0, 48000).Select(i => ((i * 37 % 200) - 100) / 200f)]).Open();

    /// <summary>A folder of Hugging Face's layout with these tensors and a counter.</summary>
    private string Made(string type, params ReadOnlySpan<(string Name, float[] Values)> tensors)
    {
        string path = folder.File("made");
        Directory.CreateDirectory(path);
        File.WriteAllText(Path.Combine(path, "config.json"), $$"""{"model_type": "{{type}}"}""");
        var writer = new SafetensorsWriter();
        writer.Add("steps", new long[] { 7 }, 1);
        foreach ((string name, float[] values) in tensors)
            writer.Add(name, values, values.Length);
        writer.Save(Path.Combine(path, "model.safetensors"));
        return path;
    }
}
