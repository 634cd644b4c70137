using Nave.Hub.Connections;

namespace Nave.Server.Connections;

/// <summary>
/// The protocol on top of a <see cref="Connection"/>. <see cref="OnReceived"/> and <see cref="OnClosed"/> are never called at the same
/// time; the others may be called beside them.
/// </summary>
internal interface IConnectionHandler
{
    /// <summary>Called once, before anything else: ties the handler to its connection.</summary>
    void Start(Connection connection);

    /// <summary>Takes bytes that arrived, those of an earlier call that were not consumed in front.</summary>
    /// <param name="data">The bytes; valid during the call only.</param>
    /// <param name="needed">How many bytes the first unconsumed packet has in all, 0 if that is not known yet.</param>
    /// <returns>How many bytes were consumed.</returns>
    int OnReceived(ReadOnlySpan<byte> data, out int needed);

    /// <summary>Called when the deadline has passed that the handler set last.</summary>
    /// <param name="now">The lane's clock, in milliseconds.</param>
    /// <returns>The next deadline on the same clock, or 0 for none.</returns>
    long OnTimer(long now);

    /// <summary>Called when output that had been held up has gone out.</summary>
    void OnDrained();

    /// <summary>Called when the server stops: say goodbye and close.</summary>
    void OnStopping();

    /// <summary>Called when one of the other methods threw, which is a bug; the connection is closed. Must not throw.</summary>
    void OnFailed(Exception exception);

    /// <summary>Called once, when the connection has ended; nothing is called afterwards.</summary>
    void OnClosed(CloseReason reason);
}
