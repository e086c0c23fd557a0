using Euterpe.Numerics;
using Euterpe.Numerics.Files;
using Euterpe.Search;
using Euterpe.Signals;
using Euterpe.Signals.Files;

namespace Euterpe.Tasks.Tests;

/// <summary>A small saved MERT through the tasks: the catalogue keeps its layer and window, frames go out as npz.</summary>
public sealed class FrameModelTests : IDisposable
{
    private static readonly string Mert = Path.Combine(Repository(), "tests", "Fixtures", "mert", "post_ln_95m", "checkpoint");

    private readonly SoundFolder _sounds = new();

    public void Dispose() => _sounds.Dispose();

    [Fact]
    public void A_catalogue_keeps_layer_and_window()
    {
        for (int i = 0; i < 3; i++)
            _sounds.Tone($"{i}.wav", 20 + (9 * i), frames: 30_000);
        IndexResult first = Index(new ModelChoice(Mert, null, "layer=last window=0.5"));
        Assert.Equal(3, first.Embedded);
        Assert.Equal((3, 0), (Index(new ModelChoice()).Unchanged, Index(new ModelChoice()).Embedded));
        Assert.Contains("layer 2, windows of ", first.Key, StringComparison.Ordinal);
        using (ICatalogue c = Catalogue.OpenExisting(_sounds.Catalogue))
            Assert.Equal("layer=last window=0.5", c.Embedder!.Frames);

        string fresh = _sounds.Tone("../fresh.wav", 20, frames: 30_000, gain: 0.25f);
        Assert.Equal("0.wav", Path.GetFileName(Similar(fresh).Matches[0].Path));

        // Another layer is another space; the window stays.
        IndexResult second = Index(new ModelChoice(null, null, "layer=1"));
        Assert.Equal(3, second.Embedded);
        using (ICatalogue c = Catalogue.OpenExisting(_sounds.Catalogue))
            Assert.Equal("layer=1 window=0.5", c.Embedder!.Frames);
        Assert.NotEqual(first.Key, second.Key);
        Assert.Equal(3, Index(new ModelChoice(Mert, null, "layer=last window=0.5")).Unchanged);

        SearchResult Similar(string sound) => SimilarTask.Run(new SimilarOptions { Sound = sound, Catalogue = _sounds.Catalogue });
    }

    [Fact]
    public void Frames_go_out_as_npz_and_their_mean_is_the_vector()
    {
        string sound = _sounds.Tone("a.wav", 33, frames: 60_000, channels: 2), output = Path.Combine(_sounds.Root, "a.npz");
        FramesResult all = FramesTask.Run(new FramesOptions { File = sound, Model = new ModelChoice(Mert, null, "window=0.5"), Output = output });
        Assert.Equal([0, 1, 2], all.Layers);
        Assert.Equal((75.0, 32), (all.FrameRate, all.Dimension));
        float[] vector = EmbedTask.Run(new EmbedOptions { Files = [sound], Model = new ModelChoice(Mert, null, "window=0.5 layer=0,0,1") }).Files[0].Vector;
        using (var npz = Npz.Open(output))
        {
            Assert.Equal(["frame_rate", "layer0", "layer1", "layer2"], npz.Names.Order(StringComparer.Ordinal));
            NpyArray last = npz.Read("layer2");
            Assert.Equal([all.Frames, 32], last.Shape);
            double[] mean = new double[32];
            float[] values = last.Floats();
            for (int i = 0; i < values.Length; i++)
                mean[i % 32] += values[i];
            double norm = Math.Sqrt(mean.Sum(x => x * x));
            for (int i = 0; i < 32; i++)
                Assert.Equal(mean[i] / norm, vector[i], 5);
        }

        FramesResult one = FramesTask.Run(new FramesOptions { File = sound, Model = new ModelChoice(Mert, null, "layer=1"), Output = output });
        Assert.Equal([1], one.Layers);
        Assert.Equal(["a.npz", "music"], Directory.EnumerateFileSystemEntries(_sounds.Root).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_cannot_be_done_is_said_and_leaves_nothing_behind()
    {
        string sound = _sounds.Tone("a.wav", 33), text = _sounds.Text("b.wav", "no sound"), output = Path.Combine(_sounds.Root, "a.npz");
        Assert.Throws<OptionsException>(() => FramesTask.Run(new FramesOptions { File = sound, Model = new ModelChoice(Mert), Output = "a.npy" }));
        Assert.Throws<OptionsException>(() => FramesTask.Run(new FramesOptions { File = sound, Model = new ModelChoice(Mert, null, "layer=3"), Output = output }));
        Assert.Throws<ModelFileException>(() => FramesTask.Run(new FramesOptions { File = sound, Output = output }));
        Assert.Throws<FileFormatException>(() => FramesTask.Run(new FramesOptions { File = text, Model = new ModelChoice(Mert), Output = output }));
        Assert.Throws<FileNotFoundException>(() => FramesTask.Run(new FramesOptions { File = _sounds["none.wav"], Model = new ModelChoice(Mert), Output = output }));
        Wav.Write(_sounds["nan.wav"], new Waveform(24_000, new float[2000]), SampleFormat.Float32);
        byte[] bytes = File.ReadAllBytes(_sounds["nan.wav"]);
        BitConverter.TryWriteBytes(bytes.AsSpan(bytes.Length - 4), float.NaN);
        File.WriteAllBytes(_sounds["nan.wav"], bytes);
        Assert.Throws<FileFormatException>(() => FramesTask.Run(new FramesOptions { File = _sounds["nan.wav"], Model = new ModelChoice(Mert), Output = output }));
        Assert.Throws<OptionsException>(() => EmbedTask.Run(new EmbedOptions { Files = [sound], Model = new ModelChoice("signature", null, "layer=1") }));
        Assert.Equal(["music"], Directory.EnumerateFileSystemEntries(_sounds.Root).Select(Path.GetFileName));
    }

    private IndexResult Index(ModelChoice model) =>
        IndexTask.Run(new IndexOptions { Folder = _sounds.Music, Catalogue = _sounds.Catalogue, Model = model });

    private static string Repository()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Euterpe.slnx")))
            folder = folder.Parent;
        return folder!.FullName;
    }
}
