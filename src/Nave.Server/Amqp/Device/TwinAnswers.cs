using Nave.Amqp;

namespace Nave.Server.Amqp.Device;

/// <summary>
/// The links by which a device receives answers about its twin, and changes of it. Links of the same channel belong together; with only one
/// there is no choice (wire facts 6.3, 6.12, 6.13). Guarded by the peer's turn, but for <see cref="Push"/>.
/// </summary>
internal sealed class TwinAnswers(DevicePeer device) : IPeerWork
{
    // Answers are bounded by the requests; changes come from outside. Who leaves that many unread reads the twin again.
    private const int Capacity = 128;

    private readonly Dictionary<string, ReplyChannel> _channels = [];

    // Guards the changes that are on their way to the turn.
    private readonly Lock _gate = new();
    private readonly Queue<(long Version, ReadOnlyMemory<byte> Patch)> _changes = new();
    private string _subscribed = string.Empty;
    private bool _posted;

    /// <summary>Gets the channel that a link names, or empty.</summary>
    public static string ChannelOf(LinkRequest request) => request.Property("com.microsoft:channel-correlation-id") ?? string.Empty;

    /// <summary>Takes a link that the device receives by.</summary>
    /// <returns>Whether it was accepted.</returns>
    public bool Attach(LinkRequest request)
    {
        var name = ChannelOf(request);
        if (!_channels.TryGetValue(name, out var channel))
        {
            // Answers may wait already, for a request that came over a link without a channel.
            var sole = _channels.Count == 1 ? _channels.First() : default;
            channel = sole.Value is { IsAttached: false } ? sole.Value : new ReplyChannel(device.Peer, Capacity) { Detached = Detached };
            if (sole.Value == channel)
            {
                _channels.Remove(sole.Key);
            }

            _channels.Add(name, channel);
        }

        return channel.Attach(request);
    }

    /// <summary>Notes which channel is told changes.</summary>
    public void Subscribe(string channel)
    {
        lock (_gate)
        {
            _subscribed = channel;
        }
    }

    /// <summary>Sends an answer, now or when the device takes it.</summary>
    /// <param name="request">What is answered.</param>
    /// <param name="status">As HTTP's.</param>
    /// <param name="version">The new version of the reported section, or <see langword="null"/>.</param>
    /// <param name="body">JSON, or empty.</param>
    public void Answer(TwinMessage request, int status, long? version, ReadOnlySpan<byte> body)
    {
        var writer = MessageScratch.Writer;
        var annotations = writer.BeginMessageAnnotations();
        writer.Symbol("status"u8);
        writer.Int(status);
        if (version is { } number)
        {
            writer.Symbol("version"u8);
            writer.Long(number);
        }

        writer.End(annotations, version is null ? 2 : 4);
        writer.Properties(new AmqpPropertiesFields { CorrelationId = request.CorrelationId });
        writer.Data(body);
        Send(request.Channel, writer.Written);
    }

    /// <summary>Tells a change of desired properties. From any thread; never waits.</summary>
    public void Push(long version, ReadOnlyMemory<byte> patch)
    {
        bool post;
        lock (_gate)
        {
            _changes.Enqueue((version, patch));
            post = !_posted;
            _posted = true;
        }

        if (post)
        {
            device.Peer.Post(this);
        }
    }

    /// <inheritdoc/>
    void IPeerWork.Run()
    {
        while (TryTakeChange(out var change, out var channel))
        {
            var writer = MessageScratch.Writer;
            var annotations = writer.BeginMessageAnnotations();
            writer.Symbol("resource"u8);
            writer.String("/notifications/twin/properties/desired"u8);
            writer.Symbol("version"u8);
            writer.Long(change.Version);
            writer.End(annotations, 4);
            writer.Data(change.Patch.Span);
            Send(channel, writer.Written);
        }
    }

    private bool TryTakeChange(out (long Version, ReadOnlyMemory<byte> Patch) change, out string channel)
    {
        lock (_gate)
        {
            channel = _subscribed;
            _posted = _changes.TryDequeue(out change);
            return _posted;
        }
    }

    private void Send(string name, ReadOnlySpan<byte> message)
    {
        if (!_channels.TryGetValue(name, out var channel))
        {
            if (_channels.Count == 1)
            {
                channel = _channels.First().Value;
            }
            else
            {
                _channels.Add(name, channel = new ReplyChannel(device.Peer, Capacity) { Detached = Detached });
            }
        }

        if (!channel.TrySend(message))
        {
            channel.Close(new AmqpError(AmqpCondition.ResourceLimitExceeded, $"{Capacity} messages wait for the device; it does not read them."));
        }
    }

    private void Detached(ReplyChannel channel, AmqpLink link)
    {
        foreach (var (name, known) in _channels)
        {
            if (known == channel && !channel.IsAttached)
            {
                _channels.Remove(name);
                break;
            }
        }

        device.Detached(link);
    }
}
