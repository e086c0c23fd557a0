using System.Runtime.InteropServices;
using Euterpe.Numerics;
using Microsoft.Data.Sqlite;

namespace Euterpe.Search;

public sealed partial class SqliteCatalogue
{
    /// <inheritdoc/>
    public void Write(IReadOnlyList<Change> changes)
    {
        if (changes.Count == 0)
            return;
        lock (_gate)
        {
            InTransaction(() =>
            {
                foreach (Change change in changes)
                {
                    switch (change)
                    {
                        case Change.Holds holds:
                            WriteTrack(holds.Track, holds.Vector);
                            break;
                        case Change.Fails fails:
                            WriteFailure(fails.Failure);
                            break;
                        case Change.Vanishes vanishes:
                            Execute("update track set absent = 1 where path = $path", ("$path", vanishes.Path));
                            Execute("delete from failure where path = $path", ("$path", vanishes.Path));
                            break;
                    }
                }
            });
        }
    }

    private void WriteTrack(Track track, NewVector? vector)
    {
        byte[] sha = Convert.FromHexString(track.ContentSha256);
        Execute(
            "insert into content (sha256, seconds, rate, channels, frames) values ($sha, $seconds, $rate, $channels, $frames) on conflict (sha256) do nothing",
            ("$sha", sha), ("$seconds", track.Facts.Seconds), ("$rate", track.Facts.SampleRate), ("$channels", track.Facts.Channels), ("$frames", track.Facts.Frames));
        long content = (long)Scalar("select id from content where sha256 = $sha", ("$sha", sha))!;
        Execute(
            """
            insert into track (path, size, modified, content, absent) values ($path, $size, $modified, $content, $absent)
            on conflict (path) do update set size = excluded.size, modified = excluded.modified, content = excluded.content, absent = excluded.absent
            """,
            ("$path", track.Path), ("$size", track.Stamp.Size), ("$modified", track.Stamp.Modified), ("$content", content), ("$absent", track.Absent ? 1L : 0L));
        Execute("delete from failure where path = $path", ("$path", track.Path));
        if (vector is not null)
            WriteVector(content, vector);
    }

    private void WriteVector(long content, NewVector vector)
    {
        foreach (float value in vector.Values)
        {
            if (!float.IsFinite(value))
                throw new ArgumentException("[catalogue] A vector must be finite: NaN or infinity would make every comparison meaningless.");
        }

        Execute(
            "insert into space (key, model, dimension) values ($key, $model, $dimension) on conflict (key) do nothing",
            ("$key", vector.Key), ("$model", vector.Model), ("$dimension", vector.Values.Length));
        using (SqliteDataReader reader = Command("select id, dimension from space where key = $key", [("$key", vector.Key)]).ExecuteReader())
        {
            reader.Read();
            if (reader.GetInt32(1) != vector.Values.Length)
            {
                throw new ShapeException($"[catalogue] Vectors of one compatibility key have one length: this one has {vector.Values.Length}, "
                    + $"the others of {vector.Key} have {reader.GetInt32(1)}.");
            }
        }

        long space = (long)Scalar("select id from space where key = $key", ("$key", vector.Key))!;
        Provenance p = vector.Provenance;
        Execute(
            "insert into provenance (program, decoder, machine) values ($program, $decoder, $machine) on conflict do nothing",
            ("$program", p.Program), ("$decoder", p.Decoder), ("$machine", p.Machine));
        long provenance = (long)Scalar(
            "select id from provenance where program = $program and decoder = $decoder and machine = $machine",
            ("$program", p.Program), ("$decoder", p.Decoder), ("$machine", p.Machine))!;
        Execute(
            """
            insert into vector (space, content, provenance, data) values ($space, $content, $provenance, $data)
            on conflict (space, content) do update set provenance = excluded.provenance, data = excluded.data
            """,
            ("$space", space), ("$content", content), ("$provenance", provenance), ("$data", MemoryMarshal.AsBytes(vector.Values.AsSpan()).ToArray()));
    }

    private void WriteFailure(Failure failure)
    {
        Execute("update track set absent = 1 where path = $path", ("$path", failure.Path));
        Execute(
            """
            insert into failure (path, size, modified, reason, sentence, program, decoder)
            values ($path, $size, $modified, $reason, $sentence, $program, $decoder)
            on conflict (path) do update set size = excluded.size, modified = excluded.modified, reason = excluded.reason,
                sentence = excluded.sentence, program = excluded.program, decoder = excluded.decoder
            """,
            ("$path", failure.Path), ("$size", failure.Stamp.Size), ("$modified", failure.Stamp.Modified), ("$reason", failure.Reason),
            ("$sentence", failure.Sentence), ("$program", failure.Program), ("$decoder", failure.Decoder));
    }
}
