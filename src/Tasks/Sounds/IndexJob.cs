using Euterpe.Search;
using Euterpe.Signals.Files;

namespace Euterpe.Tasks.Sounds;

/// <summary>
/// One leased file on its way through the pipeline. <see cref="Prepare"/> finds out as cheaply as can be what is to be done: the catalogue's stamp, then the SHA-256 of the
/// file's bytes, then its identity without decoding; what is left is one pass of the decoder, which identifies beside.
/// </summary>
internal sealed class IndexJob(WorkItem item, ICatalogue catalogue, IndexSpace space, AudioFileOptions audio, bool identifyFirst)
{
    public WorkItem Item => item;

    public string Path => item.Path;

    /// <summary>What the catalogue will say of the file; without sound and facts while only decoding can tell.</summary>
    public Track? Track { get; private set; }

    /// <summary>A catalogue of version 1 knew the sound by these bytes.</summary>
    public string? Legacy { get; private set; }

    /// <summary>Its tags were read without decoding it.</summary>
    public bool Retagged { get; private set; }

    public string FileSha256 { get; private set; } = "";

    /// <summary>The file is not the one that was put into the queue: it is to be looked at anew.</summary>
    public FileStamp? ChangedTo { get; private set; }

    public Prepared Prepare(SoundKind kind, CancellationToken token)
    {
        FileStamp stamp = Listening.StampOf(Path);
        if (stamp != item.Stamp)
        {
            ChangedTo = stamp;
            return Done();
        }

        Track? known = Ask(() => catalogue.Find(Path));
        if (known is not null && IndexSpace.IsKnown(known, stamp))
        {
            FileSha256 = known.FileSha256;
            return From(known, token);
        }

        // A catalogue of version 1 has the bytes' hash already.
        FileSha256 = known is { Absent: false, Identified: false } && known.Stamp == stamp ? known.FileSha256 : Listening.Sha256Of(Path, token);
        IReadOnlyList<Track> twins = Ask(() => catalogue.FindFile(FileSha256, 16));
        if (twins.FirstOrDefault(twin => twin.Identified) is { } identified)
            return From(identified, token);
        if (twins.Count > 0)
            return FromLegacy(twins[0], token);
        if (known is null && !identifyFirst)
            return new Prepared(new SoundWish(true, space.Segments, Identify: true), null);

        // Other tags, or another name and other tags: the sound may be known all the same.
        AudioIdentity identity = AudioFile.Identify(Path, audio, token);
        if (Ask(() => catalogue.FindSound(identity.PacketsSha256)).FirstOrDefault() is { } same)
            return Need(Named(same, identity), Ask(() => space.NeedOf(same.Sound)));
        return new Prepared(new SoundWish(true, space.Segments, Identify: true), null);
    }

    private static Prepared Done() => new(null, new Listening.Outcome(null, null, "", null));

    /// <summary>A file with the bytes of a known one.</summary>
    private Prepared From(Track known, CancellationToken token)
    {
        Need need = Ask(() => space.NeedOf(known));
        Track track = known with { Path = Path, Stamp = item.Stamp, Absent = false };
        if (need.Tags && !need.Sound)
            track = Named(track, AudioFile.Identify(Path, audio, token));
        return Need(track, need);
    }

    private Prepared FromLegacy(Track legacy, CancellationToken token)
    {
        AudioIdentity identity = AudioFile.Identify(Path, audio, token);
        Legacy = legacy.Sound;
        Need old = Ask(() => space.NeedOf(legacy.Sound)), now = Ask(() => space.NeedOf(identity.PacketsSha256));
        return Need(Named(legacy, identity), new Need(old.Vector && now.Vector, old.Segments && now.Segments, false));
    }

    private Track Named(Track known, AudioIdentity identity)
    {
        Retagged = true;
        return known with
        {
            Path = Path,
            Stamp = item.Stamp,
            Absent = false,
            Identified = true,
            FileSha256 = FileSha256,
            Sound = identity.PacketsSha256,
            Tags = IndexSpace.Tags(identity.Tags),
            TagsRevision = AudioTags.TagsRevision,
        };
    }

    private Prepared Need(Track track, Need need)
    {
        Track = track;
        return need.Sound ? new Prepared(new SoundWish(need.Vector, need.Segments ? space.Segments : null, need.Tags), null) : Done();
    }

    private static T Ask<T>(Func<T> question) => EndsTheRunException.Guard(question);
}
