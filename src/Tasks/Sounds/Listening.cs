using System.Buffers;
using System.Security.Cryptography;
using Euterpe.Models;
using Euterpe.Numerics;
using Euterpe.Search;
using Euterpe.Signals;
using Euterpe.Signals.Files;

namespace Euterpe.Tasks.Sounds;

/// <summary>One file to its vector, or to the reason why not.</summary>
internal static class Listening
{
    /// <summary>The reason of a file that took more than --max-memory leaves.</summary>
    public const string TooMuchMemory = "too-much-memory";

    /// <summary>What came of a file: what was wished, and the facts of a sound that was decoded to its end; or why not.</summary>
    public sealed record Outcome(float[]? Vector, SoundFacts? Facts, string Decoder, BadFile? Bad)
    {
        /// <summary>Where segments were wished.</summary>
        public SegmentedSound? Segments { get; init; }

        /// <summary>Where it was wished.</summary>
        public AudioIdentity? Identity { get; init; }
    }

    public static string Sha256Of(string path, CancellationToken token)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] block = ArrayPool<byte>.Shared.Rent(1 << 17);
        try
        {
            for (int read; (read = stream.Read(block)) > 0;)
            {
                hash.AppendData(block, 0, read);
                token.ThrowIfCancellationRequested();
            }

            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }

    public static FileStamp StampOf(string path)
    {
        var file = new FileInfo(path);
        if (file.LinkTarget is not null)
            file = file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
        return new FileStamp(file.Length, file.LastWriteTimeUtc.Ticks);
    }

    /// <summary>Whether a file looks as it did.</summary>
    public static bool IsStill(string path, FileStamp stamp)
    {
        try
        {
            return StampOf(path) == stamp;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Opens and embeds one file on the caller's thread.</summary>
    public static Outcome Embed(string path, IAudioEmbedder embedder, AudioFileOptions audio, CancellationToken token)
    {
        SoundKind kind = SoundKind.Unknown;
        try
        {
            if (Check(path, out kind) is { } bad)
                return new Outcome(null, null, "", bad);
            using var sound = new OpenSound(path, SoundWish.Vector, audio, token);
            return Embed(path, kind, sound, embedder, token);
        }
        catch (Exception e) when (!Ends(e))
        {
            return new Outcome(null, null, "", Failed(path, e, kind, token));
        }
    }

    /// <summary>Makes of an opened sound what was wished; errors of the file become its outcome.</summary>
    public static Outcome Embed(string path, SoundKind kind, OpenSound sound, IAudioEmbedder embedder, CancellationToken token)
    {
        IFrameSource source = sound.Source;
        try
        {
            SegmentedSound? segmented = null;
            float[]? vector = null;
            if (sound.Wish.Segments is { } rule)
                segmented = embedder.Embed(source, rule, sound.Wish.Whole, token);
            else if (sound.Wish.Whole)
                vector = embedder.Embed(source, token);
            vector ??= segmented?.Vector;
            ReadOn(source, token);
            SoundFacts facts = sound.Facts;
            if (facts.Frames == 0)
                return NoFrames();
            if (!AllFinite(vector) || !AllFinite(segmented?.Segments))
                return Bad(Reasons.NotFinite, "The embedding holds NaN or infinity; the samples of the file probably do too.");
            return new Outcome(vector, facts, sound.Decoder, null) { Segments = segmented, Identity = sound.Wish.Identify ? sound.Identity : null };
        }
        catch (ArgumentException) when (sound.Facts.Frames == 0)
        {
            return NoFrames();
        }
        catch (OutOfMemoryException) when (MemoryPlan.Limited)
        {
            return Bad(TooMuchMemory, "There is not enough memory for it. Hint: more of --max-memory, or shorter --segments.");
        }
        catch (Exception e) when (!Ends(e))
        {
            return new Outcome(null, null, sound.Decoder, Failed(path, e, kind, token));
        }

        Outcome NoFrames() => Bad(Reasons.NoFrames, "The file holds no samples.");
        Outcome Bad(string reason, string sentence) => new(null, null, sound.Decoder, new BadFile(path, reason, $"{Path.GetFileName(path)}: {sentence}"));
    }

    /// <summary>To the end, of which an embedder may leave the last, empty read.</summary>
    private static void ReadOn(IFrameSource source, CancellationToken token)
    {
        var rest = new float[Math.Max(source.Channels, 1024)];
        while (source.Read(rest, token) > 0)
        {
        }
    }

    private static bool AllFinite(float[]? values)
    {
        foreach (float value in values ?? [])
        {
            if (!float.IsFinite(value))
                return false;
        }

        return true;
    }

    /// <summary>
    /// What was wrong with a file; an <see cref="OperationCanceledException"/> if it was only that the run is ending. Ctrl-C at a terminal reaches the decoder's
    /// process too, which may end before we hear of it: a file must not be called broken for that.
    /// </summary>
    public static BadFile Failed(string path, Exception e, SoundKind kind, CancellationToken token)
    {
        const int GraceMilliseconds = 50;
        if (e is FileFormatException && kind != SoundKind.Wav && token.CanBeCanceled)
            token.WaitHandle.WaitOne(GraceMilliseconds);
        token.ThrowIfCancellationRequested();
        return Reasons.Of(path, e, kind);
    }

    /// <summary>What can be told without decoding: the kind by content; an outcome when the file is certainly not one to decode.</summary>
    public static BadFile? Check(string path, out SoundKind kind)
    {
        kind = SoundKind.Unknown;
        string name = Path.GetFileName(path);
        if (Directory.Exists(path))
            return new BadFile(path, Reasons.NotSound, $"{name} is a folder. Hint: euterpe index makes a catalogue of a folder.");
        var file = new FileInfo(path);
        if (!file.Exists)
            return new BadFile(path, Reasons.Missing, $"{name}: there is no such file.");
        // Pipes and devices have no length either, and reading one could wait for ever.
        if (StampOf(path).Size == 0)
            return new BadFile(path, Reasons.Empty, $"{name}: the file is empty.");
        kind = SoundKinds.Read(path);
        return null;
    }

    /// <summary>Whether an exception ends the run rather than one file.</summary>
    public static bool Ends(Exception e) => e is OperationCanceledException or OutOfMemoryException or EndsTheRunException;
}
