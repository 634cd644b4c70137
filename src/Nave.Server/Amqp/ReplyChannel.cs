using Nave.Amqp;

namespace Nave.Server.Amqp;

/// <summary>
/// The way back of a request/response node such as <c>$cbs</c>: replies wait here until the peer has attached its receiver and given credit,
/// in whichever order it does so. Guarded by the peer's turn.
/// </summary>
/// <param name="peer">The connection.</param>
/// <param name="capacity">How many replies may wait.</param>
internal sealed class ReplyChannel(AmqpPeer peer, int capacity) : IAmqpSenderHandler
{
    // Of those that wait; one always fits.
    private const int MaxWaitingBytes = 512 * 1024;

    private readonly Queue<byte[]> _waiting = new();
    private int _waitingBytes;
    private AmqpSenderLink? _link;

    /// <summary>Gets what is called when a receiver that was attached is gone.</summary>
    public Action<ReplyChannel, AmqpLink>? Detached { get; init; }

    /// <summary>Gets a value indicating whether the peer has a receiver attached.</summary>
    public bool IsAttached => _link is not null;

    /// <summary>Takes the peer's receiver; a newer one takes the place of the older.</summary>
    /// <returns><see langword="false"/> if the link is gone by now.</returns>
    public bool Attach(LinkRequest request, AmqpAcceptOptions? options = null)
    {
        // Before it is accepted: the peer may have given credit with its attach, and is sent what waits then.
        var older = _link;
        _link = request.Sender;
        if (!request.Accept(this, options))
        {
            _link = older;
            return false;
        }

        return true;
    }

    /// <summary>Sends a reply, now or as soon as the peer takes it.</summary>
    /// <param name="message">The encoded message; copied.</param>
    /// <returns><see langword="false"/> if too many wait: it is dropped.</returns>
    public bool TrySend(ReadOnlySpan<byte> message)
    {
        if (_waiting.Count == 0 && TrySendNow(message))
        {
            return true;
        }

        if (_waiting.Count >= capacity || (_waiting.Count > 0 && _waitingBytes + message.Length > MaxWaitingBytes))
        {
            return false;
        }

        _waitingBytes += message.Length;
        _waiting.Enqueue(message.ToArray());
        return true;
    }

    /// <summary>Detaches the peer's receiver.</summary>
    public void Close(AmqpError error) => _link?.Detach(error);

    /// <inheritdoc/>
    public void OnCredit(AmqpSenderLink link)
    {
        while (_waiting.TryPeek(out var message) && TrySendNow(message))
        {
            _waiting.Dequeue();
            _waitingBytes -= message.Length;
        }
    }

    /// <inheritdoc/>
    public void OnDrain(AmqpSenderLink link)
    {
        OnCredit(link);
        link.Drained();
    }

    /// <inheritdoc/>
    public void OnDetached(AmqpLink link, AmqpError? error)
    {
        if (_link == link)
        {
            _link = null;
        }

        Detached?.Invoke(this, link);
    }

    private bool TrySendNow(ReadOnlySpan<byte> message)
    {
        if (_link is null || !peer.MaySend(_link))
        {
            return false;
        }

        if (!MessageSize.Fits(_link, message.Length))
        {
            // Dropped: who is detached for it asks again if he still wants to know.
            return true;
        }

        Span<byte> tag = stackalloc byte[16];
        Guid.NewGuid().TryWriteBytes(tag);
        return _link.TrySend(message, tag, settled: true, out _);
    }
}
