using Euterpe.Numerics;
using Euterpe.Search.Sql;
using Microsoft.Data.Sqlite;

namespace Euterpe.Search;

/// <summary>Opens catalogues.</summary>
public static class Catalogue
{
    /// <summary>Opens the catalogue at <paramref name="place"/>, or makes one there (with its folder).</summary>
    /// <param name="place">A file for SQLite.</param>
    /// <param name="clock">For the leases of its queue; null for the system's.</param>
    /// <exception cref="FileFormatException">What is there is no catalogue, or one of a newer version.</exception>
    public static ICatalogue OpenOrCreate(string place, TimeProvider? clock = null)
    {
        string full = Path.GetFullPath(place);
        if (Directory.Exists(full))
            throw new FileFormatException($"[catalogue] {full} is a folder. Hint: name a file in it, such as {Path.Combine(place, "catalogue.db")}.");
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        return Sqlite(full, SqliteOpenMode.ReadWriteCreate, clock);
    }

    /// <summary>Opens the catalogue at <paramref name="place"/>; a missing file is a <see cref="FileNotFoundException"/>.</summary>
    /// <inheritdoc cref="OpenOrCreate"/>
    public static ICatalogue OpenExisting(string place, TimeProvider? clock = null)
    {
        string full = Path.GetFullPath(place);
        if (!File.Exists(full))
            throw new FileNotFoundException($"[catalogue] There is no catalogue at {full}. Hint: euterpe index FOLDER makes one.", full);
        return Sqlite(full, SqliteOpenMode.ReadWrite, clock);
    }

    internal static SqlCatalogue Sqlite(string full, SqliteOpenMode mode, TimeProvider? clock, TimeSpan? patience = null)
    {
        TimeSpan wait = patience ?? SqliteDialect.Patience;
        var text = new SqliteConnectionStringBuilder { DataSource = full, Mode = mode, Pooling = false, DefaultTimeout = Math.Max(1, (int)wait.TotalSeconds) };
        var session = new SqlSession(new SqliteConnection(text.ToString()), new SqliteDialect(clock ?? TimeProvider.System, wait), full);
        return new SqlCatalogue(session);
    }
}
