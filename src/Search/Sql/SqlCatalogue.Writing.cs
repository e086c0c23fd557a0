using System.Runtime.InteropServices;
using Euterpe.Numerics;

namespace Euterpe.Search.Sql;

// Changes.
internal sealed partial class SqlCatalogue
{
    // Within one transaction: most changes of a write have the same.
    private readonly Dictionary<(string Key, int Dimension, Provenance Made), (long Space, long Provenance)> homes = [];

    public int Write(IReadOnlyList<Change> changes, string? worker = null)
    {
        foreach (Change change in changes)
            CheckNumbers(change);
        return changes.Count == 0 ? 0 : session.InTransaction(() =>
        {
            homes.Clear();
            return changes.Count(change => !Apply(change, worker));
        });
    }

    private bool Apply(Change change, string? worker)
    {
        switch (change)
        {
            case Change.Holds holds:
                if (!Finish(holds.Track.Path, holds.Track.Stamp, worker))
                    return false;
                WriteTrack(holds);
                return true;
            case Change.Fails fails:
                if (!Finish(fails.Failure.Path, fails.Failure.Stamp, worker))
                    return false;
                WriteFailure(fails.Failure);
                return true;
            case Change.Vanishes vanishes:
                if (!Finish(vanishes.Path, null, worker))
                    return false;
                session.Execute("update track set absent = 1 where path = @path", ("@path", vanishes.Path));
                session.Execute("delete from failure where path = @path", ("@path", vanishes.Path));
                return true;
            case Change.Gains gains:
                if (session.Scalar("select id from content where sha256 = @sha", ("@sha", Bytes(gains.Sound))) is not long sound)
                    return false;
                WriteVectors(sound, gains.Vector, gains.Segments);
                return true;
            case Change.Identifies identifies:
                Identify(identifies);
                return true;
            default:
                throw new ArgumentException($"[catalogue] A change of a kind that is not known: {change.GetType().Name}.");
        }
    }

    /// <summary>Takes a path out of the queue; false where a worker writes what is not leased to it. A file that was found anew meanwhile, changed, keeps waiting.</summary>
    private bool Finish(string path, FileStamp? stamp, string? worker)
    {
        path = StoredText.Exact(path);
        if (worker is not null && (string?)session.Scalar("select worker from queue where path = @path" + session.Dialect.ForUpdate, ("@path", path)) != worker)
            return false;
        if (stamp is { } known)
        {
            int done = session.Execute(
                "delete from queue where path = @path and size = @size and modified = @modified", ("@path", path), ("@size", known.Size), ("@modified", known.Modified));
            if (done == 0 && worker is not null)
                session.Execute("update queue set worker = null, until = null where path = @path", ("@path", path));
        }
        else
        {
            session.Execute("delete from queue where path = @path", ("@path", path));
        }

        return true;
    }

    private void WriteTrack(Change.Holds holds)
    {
        Track track = holds.Track;
        SoundFacts facts = track.Facts;
        byte[] sha = Bytes(track.Sound);
        long content = (long)session.Scalar(
            """
            insert into content (sha256, identified, decoded, seconds, rate, channels, frames) values (@sha, @identified, @decoded, @seconds, @rate, @channels, @frames)
            on conflict (sha256) do update set decoded = coalesce(excluded.decoded, content.decoded) returning id
            """,
            ("@sha", sha), ("@identified", track.Identified ? 1L : 0L), ("@decoded", facts.DecodedSha256.Length == 0 ? null : Bytes(facts.DecodedSha256)),
            ("@seconds", facts.Seconds), ("@rate", (long)facts.SampleRate), ("@channels", (long)facts.Channels), ("@frames", facts.Frames))!;
        TrackTags tags = track.Tags;
        session.Execute(
            """
            insert into track (path, size, modified, file_sha256, content, absent, tags_revision,
                title, artist, album, album_artist, genre, year, track_number, mb_recording, mb_release, mb_artist)
            values (@path, @size, @modified, @file, @content, @absent, @revision,
                @title, @artist, @album, @album_artist, @genre, @year, @track_number, @mb_recording, @mb_release, @mb_artist)
            on conflict (path) do update set size = excluded.size, modified = excluded.modified, file_sha256 = excluded.file_sha256, content = excluded.content,
                absent = excluded.absent, tags_revision = excluded.tags_revision, title = excluded.title, artist = excluded.artist, album = excluded.album,
                album_artist = excluded.album_artist, genre = excluded.genre, year = excluded.year, track_number = excluded.track_number,
                mb_recording = excluded.mb_recording, mb_release = excluded.mb_release, mb_artist = excluded.mb_artist
            """,
            ("@path", StoredText.Exact(track.Path)), ("@size", track.Stamp.Size), ("@modified", track.Stamp.Modified), ("@file", Bytes(track.FileSha256)), ("@content", content),
            ("@absent", track.Absent ? 1L : 0L), ("@revision", (long)track.TagsRevision), ("@title", StoredText.CleanOrNull(tags.Title)), ("@artist", StoredText.CleanOrNull(tags.Artist)), ("@album", StoredText.CleanOrNull(tags.Album)),
            ("@album_artist", StoredText.CleanOrNull(tags.AlbumArtist)), ("@genre", StoredText.CleanOrNull(tags.Genre)), ("@year", (long?)tags.Year), ("@track_number", (long?)tags.TrackNumber),
            ("@mb_recording", StoredText.CleanOrNull(tags.MusicBrainzRecording)), ("@mb_release", StoredText.CleanOrNull(tags.MusicBrainzRelease)), ("@mb_artist", StoredText.CleanOrNull(tags.MusicBrainzArtist)));
        session.Execute("delete from failure where path = @path", ("@path", track.Path));
        WriteVectors(content, holds.Vector, holds.Segments);
    }

    private void WriteVectors(long content, NewVector? newVector, NewSegments? newSegments)
    {
        if (newVector is { } vector)
        {
            (long space, long provenance) = Home(vector.Key, vector.Model, vector.Values.Length, vector.Provenance);
            // Replaced, not changed: who follows the ids sees it.
            session.Execute("delete from vector where space = @space and content = @content", ("@space", space), ("@content", content));
            session.Execute(
                "insert into vector (space, content, provenance, data) values (@space, @content, @provenance, @data)",
                ("@space", space), ("@content", content), ("@provenance", provenance), ("@data", Bytes(vector.Values)));
        }

        if (newSegments is { } segments)
        {
            int dimension = segments.Spans.Count == 0 ? 0 : segments.Values.Length / segments.Spans.Count;
            if (dimension == 0 || dimension * segments.Spans.Count != segments.Values.Length)
            {
                throw new ShapeException($"[catalogue] Segments come as [segments, dimension]: there are {segments.Values.Length} numbers for {segments.Spans.Count} segments.");
            }

            (long space, long provenance) = Home(segments.Key, segments.Model, dimension, segments.Provenance);
            session.Execute("delete from segments where space = @space and content = @content", ("@space", space), ("@content", content));
            session.Execute(
                "insert into segments (space, content, provenance, rule, spans, data) values (@space, @content, @provenance, @rule, @spans, @data)",
                ("@space", space), ("@content", content), ("@provenance", provenance), ("@rule", segments.Rule),
                ("@spans", MemoryMarshal.AsBytes(segments.Spans.ToArray().AsSpan()).ToArray()), ("@data", Bytes(segments.Values)));
        }
    }

    /// <summary>The ids of a space and of who made a vector, which are made where they are not there.</summary>
    private (long Space, long Provenance) Home(string key, string model, int dimension, Provenance made)
    {
        if (!homes.TryGetValue((key, dimension, made), out (long Space, long Provenance) home))
        {
            home = NewHome(key, model, dimension, made);
            homes.Add((key, dimension, made), home);
        }

        return home;
    }

    private (long Space, long Provenance) NewHome(string key, string model, int dimension, Provenance made)
    {
        session.Execute(
            "insert into space (key, model, dimension) values (@key, @model, @dimension) on conflict (key) do nothing",
            ("@key", key), ("@model", model), ("@dimension", (long)dimension));
        (long space, long known) = session.First("select id, dimension from space where key = @key", r => (r.GetInt64(0), r.GetInt64(1)), ("@key", key));
        if (known != dimension)
            throw new ShapeException($"[catalogue] Vectors of one compatibility key have one length: this one has {dimension}, the others of {key} have {known}.");
        session.Execute(
            "insert into provenance (program, decoder, machine) values (@program, @decoder, @machine) on conflict (program, decoder, machine) do nothing",
            ("@program", made.Program), ("@decoder", made.Decoder), ("@machine", made.Machine));
        long provenance = (long)session.Scalar(
            "select id from provenance where program = @program and decoder = @decoder and machine = @machine",
            ("@program", made.Program), ("@decoder", made.Decoder), ("@machine", made.Machine))!;
        return (space, provenance);
    }

    private void WriteFailure(Failure failure)
    {
        session.Execute("update track set absent = 1 where path = @path", ("@path", failure.Path));
        session.Execute(
            """
            insert into failure (path, size, modified, reason, sentence, program, decoder)
            values (@path, @size, @modified, @reason, @sentence, @program, @decoder)
            on conflict (path) do update set size = excluded.size, modified = excluded.modified, reason = excluded.reason,
                sentence = excluded.sentence, program = excluded.program, decoder = excluded.decoder
            """,
            ("@path", StoredText.Exact(failure.Path)), ("@size", failure.Stamp.Size), ("@modified", failure.Stamp.Modified), ("@reason", failure.Reason),
            ("@sentence", StoredText.Clean(failure.Sentence)), ("@program", failure.Program), ("@decoder", failure.Decoder));
    }

    private void Identify(Change.Identifies change)
    {
        if (change.FileSha256 == change.Sound)
        {
            session.Execute("update content set identified = 1 where sha256 = @new", ("@new", Bytes(change.Sound)));
            return;
        }

        if (session.Scalar("select id from content where sha256 = @old and identified = 0", ("@old", Bytes(change.FileSha256))) is not long old)
            return;
        if (session.Scalar("select id from content where sha256 = @new", ("@new", Bytes(change.Sound))) is not long known)
        {
            session.Execute("update content set sha256 = @new, identified = 1 where id = @old", ("@new", Bytes(change.Sound)), ("@old", old));
            return;
        }

        // Two files of one sound: what the sound has no vector of in a space, it takes over from the old one.
        foreach (string table in (string[])["vector", "segments"])
        {
            session.Execute(
                $"""
                update {table} set content = @known where content = @old
                and not exists (select 1 from {table} other where other.space = {table}.space and other.content = @known)
                """,
                ("@known", known), ("@old", old));
            session.Execute($"delete from {table} where content = @old", ("@old", old));
        }

        session.Execute(
            "update content set decoded = (select decoded from content where id = @old) where id = @known and decoded is null", ("@known", known), ("@old", old));
        session.Execute("update track set content = @known where content = @old", ("@known", known), ("@old", old));
        session.Execute("delete from content where id = @old", ("@old", old));
    }

    private static void CheckNumbers(Change change)
    {
        (NewVector? vector, NewSegments? segments) = change switch
        {
            Change.Holds holds => (holds.Vector, holds.Segments),
            Change.Gains gains => (gains.Vector, gains.Segments),
            _ => (null, null),
        };
        if ((vector is not null && !AllFinite(vector.Values)) || (segments is not null && !AllFinite(segments.Values)))
            throw new ArgumentException("[catalogue] A vector must be finite: NaN or infinity would make every comparison meaningless.");
        if (segments is not null && segments.Spans.Any(span => span.Start < 0 || span.Frames <= 0 || span.Start > long.MaxValue - span.Frames))
            throw new ArgumentException("[catalogue] A segment begins at 0 or later, and is longer than nothing.");
        if (change is Change.Holds { Track.Facts: { } facts } && !(facts.Seconds >= 0 && double.IsFinite(facts.Seconds)))
            throw new ArgumentException($"[catalogue] The length of a sound must be finite and not negative, and is {facts.Seconds}.");
    }

    private static bool AllFinite(float[] values)
    {
        foreach (float value in values)
        {
            if (!float.IsFinite(value))
                return false;
        }

        return true;
    }
}
