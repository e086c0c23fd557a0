namespace Euterpe.Search.Sql;

/// <summary>The tables of a catalogue in SQLite. A new version comes with a step that leads to it from the version before.</summary>
internal static class SqliteSchema
{
    public const int Version = 2;

    private const string Queue = """
        create table queue (
            path text primary key,
            size integer not null,
            modified integer not null,
            attempts integer not null,
            worker text,
            until integer) strict, without rowid;
        create index queue_worker on queue (worker);
        """;

    private const string Segments = """
        create table segments (
            id integer primary key autoincrement,
            space integer not null references space (id),
            content integer not null references content (id),
            provenance integer not null references provenance (id),
            rule text not null,
            spans blob not null,
            data blob not null,
            unique (content, space)) strict;
        create index segments_space on segments (space, id);
        create index segments_provenance on segments (provenance);
        """;

    // Ids are never used again (autoincrement): indexes of vectors follow them.
    private const string Vector = """
        create table vector (
            id integer primary key autoincrement,
            space integer not null references space (id),
            content integer not null references content (id),
            provenance integer not null references provenance (id),
            data blob not null,
            unique (content, space)) strict;
        create index vector_space on vector (space, id);
        create index vector_provenance on vector (provenance);
        """;

    private const string FileIndexes = """
        create index track_file on track (file_sha256);
        create index track_absent on track (path) where absent <> 0;
        create index content_decoded on content (decoded);
        """;

    public const string Create = $"""
        create table setting (
            name text primary key,
            value text not null) strict, without rowid;
        create table content (
            id integer primary key,
            sha256 blob not null unique check (length(sha256) = 32),
            identified integer not null default 1,
            decoded blob check (length(decoded) = 32),
            seconds real not null,
            rate integer not null,
            channels integer not null,
            frames integer not null) strict;
        create table track (
            id integer primary key,
            path text not null unique,
            size integer not null,
            modified integer not null,
            file_sha256 blob not null check (length(file_sha256) = 32),
            content integer not null references content (id),
            absent integer not null default 0,
            tags_revision integer not null default 0,
            title text, artist text, album text, album_artist text, genre text, year integer, track_number integer,
            mb_recording text, mb_release text, mb_artist text) strict;
        create index track_content on track (content);
        create table space (
            id integer primary key,
            key text not null unique,
            model text not null,
            dimension integer not null) strict;
        create table provenance (
            id integer primary key,
            program text not null,
            decoder text not null,
            machine text not null,
            unique (program, decoder, machine)) strict;
        create table failure (
            path text primary key,
            size integer not null,
            modified integer not null,
            reason text not null,
            sentence text not null,
            program text not null,
            decoder text not null) strict, without rowid;
        {Vector}
        {Segments}
        {Queue}
        {FileIndexes}
        """;

    /// <summary>Step 0 leads from version 1 to version 2, and so on.</summary>
    public static IReadOnlyList<string> Steps { get; } =
    [
        // Version 1 knew a sound by the SHA-256 of its whole file.
        $"""
        alter table content add column identified integer not null default 1;
        alter table content add column decoded blob check (length(decoded) = 32);
        update content set identified = 0;
        alter table track rename to track_1;
        drop index track_content;
        create table track (
            id integer primary key,
            path text not null unique,
            size integer not null,
            modified integer not null,
            file_sha256 blob not null check (length(file_sha256) = 32),
            content integer not null references content (id),
            absent integer not null default 0,
            tags_revision integer not null default 0,
            title text, artist text, album text, album_artist text, genre text, year integer, track_number integer,
            mb_recording text, mb_release text, mb_artist text) strict;
        insert into track (id, path, size, modified, file_sha256, content, absent)
            select t.id, t.path, t.size, t.modified, c.sha256, t.content, t.absent from track_1 t join content c on c.id = t.content;
        drop table track_1;
        create index track_content on track (content);
        alter table vector rename to vector_1;
        {Vector}
        insert into vector (id, space, content, provenance, data) select id, space, content, provenance, data from vector_1;
        drop table vector_1;
        {Segments}
        {Queue}
        {FileIndexes}
        """,
    ];
}
