using System.Runtime.CompilerServices;
using Euterpe.Numerics;
using Euterpe.Search.Sql;
using Microsoft.Data.Sqlite;

namespace Euterpe.Search;

/// <summary>Opens catalogues: <c>postgres://user@host/database</c> (or <c>postgresql://</c>) is one in PostgreSQL, everything else a file of SQLite.</summary>
public static class Catalogue
{
    /// <summary>Opens the catalogue at <paramref name="place"/>, or makes one there (a file with its folder, or the tables in a database that is there).</summary>
    /// <param name="place">A file, or an address of PostgreSQL.</param>
    /// <param name="clock">For the leases of a file's queue; null for the system's. In PostgreSQL the server's clock counts.</param>
    /// <exception cref="FileFormatException">What is there is no catalogue, or one of a newer version.</exception>
    /// <exception cref="OptionsException">The address is none.</exception>
    public static ICatalogue OpenOrCreate(string place, TimeProvider? clock = null)
    {
        if (IsAddress(place))
            return Postgres(place, create: true);
        string full = Path.GetFullPath(place);
        if (Directory.Exists(full))
            throw new FileFormatException($"[catalogue] {full} is a folder. Hint: name a file in it, such as {Path.Combine(place, "catalogue.db")}.");
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        return Sqlite(full, SqliteOpenMode.ReadWriteCreate, clock);
    }

    /// <summary>Opens the catalogue at <paramref name="place"/>; a missing one is a <see cref="FileNotFoundException"/>.</summary>
    /// <inheritdoc cref="OpenOrCreate"/>
    public static ICatalogue OpenExisting(string place, TimeProvider? clock = null)
    {
        if (IsAddress(place))
            return Postgres(place, create: false);
        string full = Path.GetFullPath(place);
        if (!File.Exists(full))
            throw new FileNotFoundException($"[catalogue] There is no catalogue at {full}. Hint: euterpe index FOLDER makes one.", full);
        return Sqlite(full, SqliteOpenMode.ReadWrite, clock);
    }

    /// <summary>Whether <paramref name="place"/> is an address of a database, and not a file.</summary>
    /// <exception cref="OptionsException">It is an address of a kind that is not known.</exception>
    public static bool IsAddress(string place)
    {
        int end = place.IndexOf("://", StringComparison.Ordinal);
        if (end <= 0 || !place.AsSpan(0, end).ToArray().All(char.IsAsciiLetterOrDigit))
            return false;
        return place[..end].ToLowerInvariant() is "postgres" or "postgresql" ? true
            : throw new OptionsException($"[catalogue] An address of a catalogue begins with postgres:// or postgresql://, and this one with {place[..end]}://.");
    }

    /// <summary><paramref name="place"/> as it means the same from every folder: a full path, or the address as it is.</summary>
    /// <inheritdoc cref="IsAddress" path="/exception"/>
    public static string FullPlace(string place) => IsAddress(place) ? place : Path.GetFullPath(place);

    internal static SqlCatalogue Sqlite(string full, SqliteOpenMode mode, TimeProvider? clock, TimeSpan? patience = null)
    {
        TimeSpan wait = patience ?? SqliteDialect.Patience;
        var text = new SqliteConnectionStringBuilder { DataSource = full, Mode = mode, Pooling = false, DefaultTimeout = Math.Max(1, (int)wait.TotalSeconds) };
        var session = new SqlSession(new SqliteConnection(text.ToString()), new SqliteDialect(clock ?? TimeProvider.System, wait), full);
        return new SqlCatalogue(session);
    }

    // Kept apart, so that nothing of the driver is loaded where there is no PostgreSQL.
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static SqlCatalogue Postgres(string place, bool create, PostgresSchema? schema = null, TimeSpan? patience = null)
    {
        var address = PostgresAddress.Parse(place);
        var dialect = new PostgresDialect(address, create, schema, patience);
        return new SqlCatalogue(new SqlSession(new Npgsql.NpgsqlConnection(address.Connection.ToString()), dialect, address.Place));
    }
}
