using System.Net.Sockets;
using Euterpe.Numerics;
using Npgsql;

namespace Euterpe.Search.Sql;

/// <summary>What PostgreSQL's errors mean for a catalogue. No message holds a password.</summary>
internal static class PostgresErrors
{
    /// <summary>Whether the connection is gone, or the database not there for the moment.</summary>
    public static bool IsLost(Exception e) => e switch
    {
        PostgresException server => server.SqlState.StartsWith("08", StringComparison.Ordinal) || server.SqlState is PostgresErrorCodes.AdminShutdown
            or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.TooManyConnections or "57P05" or "25P03",
        NpgsqlException => e.InnerException is IOException or SocketException or TimeoutException or ObjectDisposedException,
        SocketException or TimeoutException => true,
        _ => false,
    };

    /// <summary>Whether the server undid the transaction because of others that ran beside it.</summary>
    public static bool MayRunAgain(Exception e) => e is PostgresException { SqlState: PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure };

    public static Exception? Translate(Exception e, string place)
    {
        if (e is not PostgresException error)
        {
            string said = (e.InnerException ?? e).Message;
            return new IOException(
                said.Contains("password", StringComparison.OrdinalIgnoreCase)
                    ? $"[catalogue] {place} wants a password, and none was given. Hint: the variable PGPASSWORD, or a line of ~/.pgpass."
                    : $"[catalogue] {place} cannot be reached: {e.Message.TrimEnd('.')}{Inner(e)}. Hint: check host and port, and that the server runs and lets this machine in.",
                e);
        }

        string message = error.MessageText;
        string what = error.SqlState switch
        {
            PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification =>
                $"refuses this user: {message}. Hint: check the user, and the password in PGPASSWORD or ~/.pgpass.",
            PostgresErrorCodes.InvalidCatalogName => $"is not there: {message}. Hint: createdb makes a database.",
            PostgresErrorCodes.InsufficientPrivilege => $"does not allow this: {message}. Hint: the database's owner may grant it: create schema euterpe authorization USER.",
            PostgresErrorCodes.ReadOnlySqlTransaction => $"can only be read: {message}.",
            PostgresErrorCodes.DiskFull => "cannot grow: the disk is full.",
            PostgresErrorCodes.OutOfMemory => $"has no memory left: {message}.",
            PostgresErrorCodes.TooManyConnections => $"takes no more connections: {message}. Hint: fewer workers, or a larger max_connections.",
            PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.QueryCanceled => $"is in use, and the server did not wait any longer: {message}.",
            PostgresErrorCodes.ProgramLimitExceeded => $"cannot keep this: {message}. Hint: paths may be about 2,700 bytes long.",
            PostgresErrorCodes.DataCorrupted or PostgresErrorCodes.IndexCorrupted => $"is damaged: {message}. Hint: restore a copy, or index again into a new schema.",
            _ => IsLost(e) ? $"cannot be reached: {message}." : $"failed: {message} ({error.SqlState}).",
        };
        string line = $"[catalogue] {place} {what}";
        return error.SqlState switch
        {
            PostgresErrorCodes.CharacterNotInRepertoire or PostgresErrorCodes.UntranslatableCharacter => new ArgumentException($"[catalogue] Text with NUL cannot be kept: {message}.", e),
            PostgresErrorCodes.DataCorrupted or PostgresErrorCodes.IndexCorrupted => new FileFormatException(line, e),
            _ => new IOException(line, e),
        };
    }

    private static string Inner(Exception e) => e.InnerException is { } inner && !e.Message.Contains(inner.Message, StringComparison.Ordinal) ? $" ({inner.Message.TrimEnd('.')})" : "";
}
