using System.Globalization;
using System.Runtime.InteropServices;
using Euterpe.Models;
using Euterpe.Numerics;
using Euterpe.Search;
using Euterpe.Signals.Files;
using Euterpe.Tasks.Sounds;

namespace Euterpe.Tasks;

/// <summary>
/// A model that stays open, for programs that ask again and again: words and sounds to vectors, in plain values. It serves several callers at once,
/// each with the bits that it would get alone. Disposing it ends the model when the last caller is through.
/// </summary>
public sealed class OpenEmbedder : IDisposable
{
    private readonly OpenModel model;
    private readonly AudioFileOptions audio;
    private readonly Lazy<string> key;
    private readonly Lock gate = new();
    private int callers;
    private bool ended;

    private OpenEmbedder(OpenModel model, AudioFileOptions audio)
    {
        (this.model, this.audio) = (model, audio);
        key = new Lazy<string>(() => Any.CompatibilityKey);
    }

    /// <summary>The name or full folder that opens it again.</summary>
    public string Model => model.Reference;

    /// <summary>Numbers of a vector.</summary>
    public int Dimension => Any.Dimension;

    /// <summary>Whether it turns sounds into vectors.</summary>
    public bool HearsSounds => model.Sound is not null;

    /// <summary>Whether it turns words into vectors.</summary>
    public bool ReadsWords => model.Words is not null;

    private IEmbedder Any => (IEmbedder?)model.Sound ?? model.Words!;

    /// <summary>Opens a model; weights are read when they are first used.</summary>
    /// <param name="choice">Which; null for the default.</param>
    /// <param name="context">Where models come from, how sound is decoded, which threads; null for the defaults.</param>
    /// <param name="token">Looked at before the model is opened.</param>
    /// <exception cref="ModelFileException">There is no such model, or it turns nothing into vectors.</exception>
    public static OpenEmbedder Open(ModelChoice? choice = null, TaskContext? context = null, CancellationToken token = default)
    {
        context ??= new TaskContext();
        context.Begin();
        OpenModel model = context.Models.Open(choice ?? new ModelChoice(), token);
        if (model.Sound is null && model.Words is null)
        {
            model.Dispose();
            throw new ModelFileException($"[model] {model.Reference} makes no vectors. Hint: euterpe show {model.Reference} tells what it can do.");
        }

        return new OpenEmbedder(model, context.Audio);
    }

    /// <summary>
    /// The compatibility key: only vectors with the same may be compared. The first time the weights are read and hashed for it.
    /// </summary>
    public string Key() => key.IsValueCreated ? key.Value : During(() => key.Value);

    /// <summary>Words to a vector of unit length.</summary>
    /// <exception cref="InvalidOperationException">The model does not understand words.</exception>
    public EmbeddedWords OfWords(string words, CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(words);
        ITextEmbedder embedder = model.Words ?? throw new InvalidOperationException(
            $"[embed] {model.Reference} does not understand words. Hint: checkpoints of CLAP and MuQ-MuLan do.");
        return During(() =>
        {
            TextReach reach = embedder.Reach(words);
            return new EmbeddedWords(embedder.Embed(words, token), reach.Tokens, Math.Min(reach.Tokens, reach.Read));
        });
    }

    /// <summary>A sound file to a vector of unit length.</summary>
    /// <exception cref="FileFormatException">The file is not sound that can be read.</exception>
    /// <exception cref="FileNotFoundException">The file, or FFmpeg where it is needed, is not there.</exception>
    public EmbeddedFile OfFile(string path, CancellationToken token = default)
    {
        string full = Path.GetFullPath(path);
        return During(() => Result(full, Listening.Embed(full, Sound(), audio, token), null));
    }

    /// <summary>
    /// A sound file that is in memory to a vector of unit length: WAV is read where it is, anything else by FFmpeg from a temporary file that
    /// only this user may read. What it is, its first bytes say.
    /// </summary>
    /// <param name="file">All bytes of the file.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="token">Looked at within the sound.</param>
    /// <exception cref="FileFormatException">The bytes are not sound that can be read.</exception>
    public EmbeddedFile OfBytes(ReadOnlyMemory<byte> file, string name = "the sound", CancellationToken token = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        IAudioEmbedder embedder = Sound();
        if (file.IsEmpty)
            throw new FileFormatException($"[embed] {name}: there are no bytes.");
        SoundKind kind = SoundKinds.Of(file.Span[..Math.Min(file.Length, SoundKinds.HeadLength)]);
        return During(() => kind switch
        {
            SoundKind.Unknown => throw new FileFormatException(
                $"[embed] {name}: its first bytes are not those of a sound file of a kind that is read."),
            SoundKind.Wav => OfWav(file, name, embedder, token),
            _ => OfTemporary(file, name, embedder, token),
        });
    }

    /// <summary>No new caller is served; the model ends with the last one.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            if (ended)
                return;
            ended = true;
            if (callers > 0)
                return;
        }

        model.Dispose();
    }

    private EmbeddedFile OfWav(ReadOnlyMemory<byte> file, string name, IAudioEmbedder embedder, CancellationToken token)
    {
        ArraySegment<byte> bytes = MemoryMarshal.TryGetArray(file, out ArraySegment<byte> whole) ? whole : file.ToArray();
        var stream = new MemoryStream(bytes.Array!, bytes.Offset, bytes.Count, writable: false);
        WavReader wav = Wav.Open(stream, name, WavLength.UntilEndIfUnknown);
        if (wav.FrameCount is { } frames && frames > audio.LongestSound.TotalSeconds * wav.SampleRate)
        {
            wav.Dispose();
            throw new FileFormatException(string.Create(CultureInfo.InvariantCulture,
                $"[embed] {name}: the sound is longer than {audio.LongestSound.TotalSeconds:N0} s, the most that is taken."));
        }

        using var sound = new Heard(wav);
        float[] vector;
        try
        {
            vector = embedder.Embed(sound, token);
        }
        catch (ArgumentException) when (sound.Frames == 0)
        {
            throw new FileFormatException($"[embed] {name}: the file holds no samples.");
        }

        return vector.All(float.IsFinite) ? new EmbeddedFile(name, sound.Facts.Seconds, sound.SampleRate, sound.Channels, vector)
            : throw new FileFormatException($"[embed] {name}: the embedding holds NaN or infinity; the samples probably do too.");
    }

    private EmbeddedFile OfTemporary(ReadOnlyMemory<byte> file, string name, IAudioEmbedder embedder, CancellationToken token)
    {
        string path = Path.Combine(Path.GetTempPath(), $"euterpe-{Guid.NewGuid():N}");
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            using (var stream = new FileStream(path, options))
                stream.Write(file.Span);
            return Result(name, Listening.Embed(path, embedder, audio, token), Path.GetFileName(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <param name="path">What the caller calls it.</param>
    /// <param name="outcome">What came of it.</param>
    /// <param name="inside">The name that it had meanwhile, which nobody wants to read.</param>
    private static EmbeddedFile Result(string path, Listening.Outcome outcome, string? inside)
    {
        if (outcome.Bad is { } bad)
        {
            string sentence = inside is null ? bad.Sentence : bad.Sentence.Replace(inside, path, StringComparison.Ordinal);
            throw Searching.Error("embed", bad with { Path = path, Sentence = sentence });
        }

        SoundFacts facts = outcome.Facts!;
        return new EmbeddedFile(path, facts.Seconds, facts.SampleRate, facts.Channels, outcome.Vector!);
    }

    private IAudioEmbedder Sound() => model.SoundOrThrow();

    /// <summary>The model does not end while somebody is at work with it.</summary>
    private T During<T>(Func<T> work)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(ended, this);
            callers++;
        }

        try
        {
            return work();
        }
        finally
        {
            bool last;
            lock (gate)
                last = --callers == 0 && ended;
            if (last)
                model.Dispose();
        }
    }
}

/// <summary>Words and their vector.</summary>
/// <param name="Vector">Of unit length.</param>
/// <param name="Tokens">What the words are in tokens.</param>
/// <param name="Read">How many of these the model read: fewer where the words are too long.</param>
public sealed record EmbeddedWords(float[] Vector, int Tokens, int Read);
