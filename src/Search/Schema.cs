namespace Euterpe.Search;

/// <summary>The tables of a catalogue in SQLite. A new version comes with a step that leads to it from the version before.</summary>
internal static class Schema
{
    public const int Version = 1;

    /// <summary>"EUTP": tells a catalogue from other people's databases.</summary>
    public const int ApplicationId = 0x45555450;

    public const string Create = """
        create table setting (
            name text primary key,
            value text not null) strict, without rowid;
        create table content (
            id integer primary key,
            sha256 blob not null unique check (length(sha256) = 32),
            seconds real not null,
            rate integer not null,
            channels integer not null,
            frames integer not null) strict;
        create table track (
            id integer primary key,
            path text not null unique,
            size integer not null,
            modified integer not null,
            content integer not null references content (id),
            absent integer not null default 0) strict;
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
        create table vector (
            id integer primary key,
            space integer not null references space (id),
            content integer not null references content (id),
            provenance integer not null references provenance (id),
            data blob not null,
            unique (space, content)) strict;
        create table failure (
            path text primary key,
            size integer not null,
            modified integer not null,
            reason text not null,
            sentence text not null,
            program text not null,
            decoder text not null) strict, without rowid;
        """;
}
