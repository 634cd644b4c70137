using System.Net.Sockets;
using Npgsql;

namespace Nave.Fleet.Replication.Sinks.Postgres;

/// <summary>Tells what a failure of PostgreSQL means for replication.</summary>
internal static class PostgresFailure
{
    /// <summary>Makes the sink's exception; <see langword="null"/> for one that is passed on as it is.</summary>
    public static Exception? Of(Exception exception) => exception switch
    {
        // Class 22: data exceptions, such as a NUL character in jsonb; 54: more than an implementation takes.
        PostgresException { SqlState: ['2', '2', ..] or ['5', '4', ..] } e =>
            new SinkRefusedException($"PostgreSQL does not take the data: {e.MessageText} ({e.SqlState}).", e),
        PostgresException { IsTransient: true } e => new SinkUnavailableException($"PostgreSQL: {e.MessageText} ({e.SqlState}).", e),
        PostgresException e => new InvalidOperationException($"PostgreSQL: {e.MessageText} ({e.SqlState}).", e),
        NpgsqlException or SocketException or IOException or TimeoutException or ObjectDisposedException =>
            new SinkUnavailableException($"PostgreSQL cannot be reached: {(exception.InnerException ?? exception).Message}", exception),
        _ => null,
    };
}
