using System.Net.Sockets;
using Npgsql;

namespace Nave.Storage.Postgres;

/// <summary>What an error of PostgreSQL or of the way to it means.</summary>
internal static class PostgresFailure
{
    /// <summary>Tells whether an exception is about the server or the way to it, rather than a bug of ours.</summary>
    public static bool IsOf(Exception e) => e is NpgsqlException or SocketException or IOException or TimeoutException;

    /// <summary>Tells whether the server refused a statement and lives on: what was sent with it was not applied.</summary>
    public static bool IsRefusal(Exception e) => e is PostgresException { InvariantSeverity: "ERROR" };

    /// <summary>Tells whether the commit's fence fell: somebody else has opened the store, or the connection is another.</summary>
    public static bool IsFence(Exception e) => e is PostgresException { SqlState: PostgresErrorCodes.DivisionByZero };

    /// <summary>
    /// Tells whether the same may succeed later: the way is broken, the server stops or starts, is out of space, memory or connections
    /// (classes 08, 53, 57, 58), somebody else is in the way (40, 55), or it has become a standby.
    /// </summary>
    public static bool IsTransient(Exception e) => e is not PostgresException server
        ? IsOf(e)
        : server.SqlState is PostgresErrorCodes.ReadOnlySqlTransaction || server.SqlState[..2] is "08" or "40" or "53" or "55" or "57" or "58";

    /// <summary>Says what happened. Neither Npgsql nor the server quotes passwords or data here: error details are off.</summary>
    public static string Describe(Exception e) => e switch
    {
        PostgresException server => $"PostgreSQL says: {server.MessageText} (SQLSTATE {server.SqlState}).",
        NpgsqlException { InnerException: TimeoutException } => "PostgreSQL did not answer in time.",
        NpgsqlException { InnerException: { } inner } => $"{e.Message} {inner.Message}",
        _ => e.Message,
    };
}
