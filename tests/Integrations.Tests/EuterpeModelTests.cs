using Euterpe.Models;
using Euterpe.Numerics;
using Euterpe.Tasks;
using Euterpe.Tasks.Tests;
using Euterpe.Testing;
using Microsoft.Extensions.AI;

namespace Euterpe.Integrations.Tests;

public sealed class EuterpeModelTests : IDisposable
{
    private static readonly string Clap = Path.Combine(Fixture.Repository, "tests/Fixtures/transformers/clap_plain/checkpoint");
    private static readonly string Kalimba = Path.Combine(Fixture.Repository, "samples/recordings/Kalimba_1.ogg");

    private readonly SoundFolder sounds = new();

    public void Dispose() => sounds.Dispose();

    [Fact]
    public async Task Words_and_sounds_are_the_vectors_of_the_house()
    {
        string[] before = Temporary();
        using PretrainedModel house = PretrainedModel.Open(Clap);
        using EuterpeModel model = EuterpeModel.Open(new EuterpeOptions { Model = Clap });
        string[] texts = ["slow solo cello", "", "bells"];
        GeneratedEmbeddings<Embedding<float>> words = await model.Words.GenerateAsync(texts);
        Assert.Equal(3, words.Count);
        for (int i = 0; i < texts.Length; i++)
            Assert.Equal(house.Text!.Embed(texts[i]), words[i].Vector.ToArray());
        Assert.Equal(texts.Sum(text => house.Text!.Reach(text).Tokens), words.Usage!.InputTokenCount);

        string wav = sounds.Tone("tone.wav", 33, frames: 9000, channels: 2);
        var contents = new[] { new DataContent(File.ReadAllBytes(wav), "audio/wav"), await DataContent.LoadFromAsync(Kalimba) };
        GeneratedEmbeddings<Embedding<float>> heard = await model.Sounds.GenerateAsync(contents);
        EmbedResult expected = EmbedTask.Run(new EmbedOptions { Files = [wav, Kalimba], Model = new ModelChoice(Clap) });
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal(expected.Files[i].Vector, heard[i].Vector.ToArray());
            Assert.Equal(expected.Files[i].Seconds, heard[i].AdditionalProperties![EuterpeAudioEmbeddingGenerator.SecondsProperty]);
        }

        foreach (Embedding<float> embedding in words.Concat(heard))
        {
            Assert.Equal(expected.Key, embedding.AdditionalProperties![EuterpeModel.KeyProperty]);
            Assert.Equal((Clap, 24), (embedding.ModelId, embedding.Dimensions));
        }

        // Other tests have files there too, for a moment.
        string[] left = [.. Temporary().Except(before)];
        for (int i = 0; i < 300 && left.Any(File.Exists); i++)
            await Task.Delay(100);
        Assert.DoesNotContain(left, File.Exists);

        static string[] Temporary() => Directory.GetFiles(Path.GetTempPath(), "euterpe-????????????????????????????????");
    }

    [Fact]
    public async Task A_text_that_is_not_read_to_its_end_says_so()
    {
        using EuterpeModel model = EuterpeModel.Open(new EuterpeOptions { Model = Clap });
        GeneratedEmbeddings<Embedding<float>> words = await model.Words.GenerateAsync(["short", string.Join(' ', Enumerable.Repeat("long", 500))]);
        Assert.False(words[0].AdditionalProperties!.ContainsKey(EuterpeTextEmbeddingGenerator.TruncatedProperty));
        Assert.Equal(true, words[1].AdditionalProperties![EuterpeTextEmbeddingGenerator.TruncatedProperty]);
    }

    [Fact]
    public async Task Many_callers_at_once_get_the_same_bits()
    {
        using EuterpeModel model = EuterpeModel.Open(new EuterpeOptions { Model = Clap, Concurrency = 3 });
        DataContent[] contents = [.. Enumerable.Range(0, 2).Select(i => new DataContent(File.ReadAllBytes(sounds.Tone($"{i}.wav", 20 + (7 * i))), "audio/wav"))];
        float[][] alone = [.. (await model.Sounds.GenerateAsync(contents)).Select(each => each.Vector.ToArray())];
        GeneratedEmbeddings<Embedding<float>>[] all = await Task.WhenAll(model.Sounds.GenerateAsync(contents), model.Sounds.GenerateAsync(contents));
        foreach (GeneratedEmbeddings<Embedding<float>> one in all)
            Assert.Equal(alone, one.Select(each => each.Vector.ToArray()));
        Assert.Equal(alone[1], (await model.Sounds.GenerateAsync([contents[1]]))[0].Vector.ToArray());

        string[] texts = [.. Enumerable.Range(0, 10).Select(i => string.Join(' ', Enumerable.Repeat("slow", i)))];
        float[][] words = [.. (await model.Words.GenerateAsync(texts)).Select(each => each.Vector.ToArray())];
        foreach (GeneratedEmbeddings<Embedding<float>> one in await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => model.Words.GenerateAsync(texts))))
            Assert.Equal(words, one.Select(each => each.Vector.ToArray()));
        Assert.Empty(await model.Sounds.GenerateAsync([]));
    }

    [Fact]
    public void Metadata_and_the_model_itself_are_found_through_the_generator()
    {
        using EuterpeModel model = Echo();
        IEmbeddingGenerator generator = model.Words;
        EmbeddingGeneratorMetadata about = generator.GetRequiredService<EmbeddingGeneratorMetadata>();
        Assert.Equal(("euterpe", "echo", EchoEmbedder.Lags), (about.ProviderName, about.DefaultModelId, about.DefaultModelDimensions));
        Assert.Same(model, generator.GetService<EuterpeModel>());
        Assert.Same(generator, generator.GetService<EuterpeTextEmbeddingGenerator>());
        Assert.Same(generator, generator.GetService<IEmbeddingGenerator<string, Embedding<float>>>());
        Assert.Null(generator.GetService<EuterpeAudioEmbeddingGenerator>());
        Assert.Null(generator.GetService(typeof(EmbeddingGeneratorMetadata), "key"));
    }

    [Fact]
    public async Task What_is_no_sound_is_refused_before_anything_is_embedded()
    {
        var echo = new EchoEmbedder();
        using EuterpeModel model = Echo(echo, bytes: 20_000);
        var good = new DataContent(File.ReadAllBytes(sounds.Tone("a.wav", 30)), "audio/wav");
        Assert.Contains("image/png", await Message(new DataContent(new byte[9], "image/png")), StringComparison.Ordinal);
        Assert.Contains("no bytes", await Message(new DataContent(Array.Empty<byte>(), "audio/wav")), StringComparison.Ordinal);
        Assert.Contains("20000", await Message(new DataContent(new byte[20_001], "audio/wav") { Name = "big.wav" }), StringComparison.Ordinal);
        Assert.Contains("content 1 is null", await Message(null!), StringComparison.Ordinal);
        Assert.Equal(0, echo.Calls);

        async Task<string> Message(DataContent bad) =>
            (await Assert.ThrowsAsync<ArgumentException>(() => model.Sounds.GenerateAsync([good, bad]))).Message;

        var text = new DataContent("this is no sound at all"u8.ToArray(), "audio/flac") { Name = "no.flac" };
        var error = await Assert.ThrowsAsync<FileFormatException>(() => model.Sounds.GenerateAsync([text]));
        Assert.Contains("no.flac", error.Message, StringComparison.Ordinal);
        var broken = new DataContent("fLaC and then nothing that FFmpeg could use"u8.ToArray(), "audio/flac") { Name = "broken.flac" };
        error = await Assert.ThrowsAsync<FileFormatException>(() => model.Sounds.GenerateAsync([broken]));
        Assert.Contains("broken.flac", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("euterpe-", error.Message, StringComparison.Ordinal);
        var cut = new DataContent(File.ReadAllBytes(sounds["a.wav"])[..200], "audio/wav");
        await Assert.ThrowsAsync<FileFormatException>(() => model.Sounds.GenerateAsync([cut]));
        await Assert.ThrowsAsync<ArgumentException>(() => model.Words.GenerateAsync(["a", null!]));
        await Assert.ThrowsAsync<ArgumentNullException>(() => model.Words.GenerateAsync(null!));
    }

    [Fact]
    public async Task Wishes_that_cannot_be_met_are_errors()
    {
        using EuterpeModel model = Echo();
        await Assert.ThrowsAsync<NotSupportedException>(() => model.Words.GenerateAsync(["a"], new EmbeddingGenerationOptions { Dimensions = 512 }));
        await Assert.ThrowsAsync<NotSupportedException>(() => model.Words.GenerateAsync(["a"], new EmbeddingGenerationOptions { ModelId = "gpt" }));
        Assert.Single(await model.Words.GenerateAsync(["a"], new EmbeddingGenerationOptions { Dimensions = EchoEmbedder.Lags, ModelId = "echo" }));
        Assert.Throws<ArgumentException>(() => EuterpeModel.Open(new EuterpeOptions { Concurrency = 0 }));
        Assert.Throws<ArgumentException>(() => EuterpeModel.Open(new EuterpeOptions { MaximumBytes = 0 }));
        Assert.Throws<ModelFileException>(() => EuterpeModel.Open(new EuterpeOptions { Model = "/nowhere" }));
    }

    [Fact]
    public void A_model_without_words_says_so()
    {
        using EuterpeModel model = EuterpeModel.Open();
        Assert.Equal(("signature", false, true), (model.ModelId, model.ReadsWords, model.HearsSounds));
        Assert.Contains("signature does not understand words", Assert.Throws<InvalidOperationException>(() => model.Words).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => new EuterpeTextEmbeddingGenerator(new EuterpeOptions()));
        using var owned = new EuterpeAudioEmbeddingGenerator(new EuterpeOptions());
        Assert.NotNull(owned.GetService(typeof(EuterpeModel)));
    }

    [Fact]
    public async Task Cancelling_stops_the_running_and_the_waiting()
    {
        using var entered = new ManualResetEventSlim();
        using var stop = new CancellationTokenSource();
        var echo = new EchoEmbedder
        {
            Before = _ =>
            {
                entered.Set();
                stop.Token.WaitHandle.WaitOne();
            },
        };
        using EuterpeModel model = Echo(echo, concurrency: 1);
        DataContent[] contents = [.. Enumerable.Range(0, 3).Select(i => new DataContent(File.ReadAllBytes(sounds.Tone($"{i}.wav", 20 + i)), "audio/wav"))];
        Task running = model.Sounds.GenerateAsync(contents, null, stop.Token), waiting = model.Sounds.GenerateAsync(contents, null, stop.Token);
        entered.Wait();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Equal(1, echo.Calls);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => model.Words.GenerateAsync(["a"], null, stop.Token));
    }

    [Fact]
    public async Task A_model_that_is_disposed_while_it_works_ends_with_its_last_caller()
    {
        using var entered = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        var echo = new EchoEmbedder
        {
            Before = _ =>
            {
                entered.Set();
                go.Wait();
            },
        };
        EuterpeModel model = Echo(echo, concurrency: 2);
        Task<GeneratedEmbeddings<Embedding<float>>> running = model.Sounds.GenerateAsync([new DataContent(File.ReadAllBytes(sounds.Tone("a.wav", 30)), "audio/wav")]);
        entered.Wait();
        model.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => model.Words.GenerateAsync(["late"]));
        Assert.False(echo.Disposed);
        go.Set();
        Assert.Single(await running.WaitAsync(TimeSpan.FromMinutes(1)));
        Assert.True(echo.Disposed);
    }

    private static EuterpeModel Echo(EchoEmbedder? echo = null, int concurrency = 2, long bytes = 1 << 20) => EuterpeModel.Open(new EuterpeOptions
    {
        Concurrency = concurrency,
        MaximumBytes = bytes,
        Context = new TaskContext { Models = new EchoShelf(echo ?? new EchoEmbedder(), words: true) },
    });
}
