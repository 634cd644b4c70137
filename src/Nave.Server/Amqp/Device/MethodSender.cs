using System.Diagnostics.CodeAnalysis;
using Nave.Amqp;

namespace Nave.Server.Amqp.Device;

/// <summary>Sends direct methods to a device over the link that it receives them by. Source: wire facts 6.9.</summary>
internal sealed class MethodSender(DevicePeer device, AmqpSenderLink link) : IAmqpSenderHandler, IPeerWork
{
    // Twice what one device may have under way (DirectMethodService): those that timed out stay a while.
    private const int MaxCalls = 128;

    // Of requests that wait for credit; one always fits.
    private const int MaxWaitingBytes = 512 * 1024;

    // Guards everything but the link.
    private readonly Lock _gate = new();
    private readonly Queue<(Guid Correlation, byte[] Message)> _waiting = new();
    private readonly Queue<Guid> _order = new();
    private readonly Dictionary<Guid, string> _calls = [];
    private int _waitingBytes;
    private bool _gone;
    private bool _posted;

    /// <summary>Sends a request, or keeps it until the device gives credit. From any thread; never waits.</summary>
    /// <returns><see langword="false"/> if the link is gone, or so much waits that the device must have stopped to take any.</returns>
    public bool TryInvoke(string requestId, string methodName, ReadOnlyMemory<byte> payload)
    {
        // The device sends it back; .NET wants the uuid type.
        var correlation = Guid.NewGuid();
        var writer = MessageScratch.Writer;
        writer.Properties(new AmqpPropertiesFields { CorrelationId = correlation });
        var properties = writer.BeginApplicationProperties();
        writer.String("IoThub-methodname"u8);
        writer.String(methodName);
        writer.End(properties, 2);
        writer.Data(payload.Span);

        bool post;
        lock (_gate)
        {
            if (_gone || _waiting.Count >= MaxCalls || (_waiting.Count > 0 && _waitingBytes + writer.Length > MaxWaitingBytes))
            {
                return false;
            }

            if (_order.Count >= MaxCalls)
            {
                _calls.Remove(_order.Dequeue());
            }

            _order.Enqueue(correlation);
            _calls.Add(correlation, requestId);
            _waitingBytes += writer.Length;
            _waiting.Enqueue((correlation, writer.Written.ToArray()));
            post = !_posted;
            _posted = true;
        }

        if (post)
        {
            device.Peer.Post(this);
        }

        return true;
    }

    /// <summary>Finds the request that an answer names, once.</summary>
    public bool TryTake(Guid correlation, [NotNullWhen(true)] out string? requestId)
    {
        lock (_gate)
        {
            return _calls.Remove(correlation, out requestId);
        }
    }

    /// <inheritdoc/>
    public void OnCredit(AmqpSenderLink link) => Send();

    /// <inheritdoc/>
    public void OnDrain(AmqpSenderLink link)
    {
        Send();
        link.Drained();
    }

    /// <inheritdoc/>
    public void OnDetached(AmqpLink link, AmqpError? error)
    {
        lock (_gate)
        {
            _gone = true;
            _waiting.Clear();
        }

        device.Ended(this);
        device.Detached(link);
    }

    /// <inheritdoc/>
    void IPeerWork.Run() => Send();

    // In the peer's turn.
    private void Send()
    {
        Span<byte> tag = stackalloc byte[16];
        lock (_gate)
        {
            _posted = false;
            while (!_gone && _waiting.TryPeek(out var call) && device.Peer.MaySend(link))
            {
                call.Correlation.TryWriteBytes(tag);
                if (!MessageSize.Fits(link, call.Message.Length) || !link.TrySend(call.Message, tag, settled: true, out _))
                {
                    return;
                }

                _waiting.Dequeue();
                _waitingBytes -= call.Message.Length;
            }
        }
    }
}
