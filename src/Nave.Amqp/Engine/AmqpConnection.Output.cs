using Nave.Amqp.Wire;

namespace Nave.Amqp;

/// <content>What goes out.</content>
public sealed partial class AmqpConnection
{
    private const int KeptBytes = 64 * 1024;

    // One buffer a thread: a frame is composed and handed over without anything in between, and idle connections hold none.
    [ThreadStatic]
    private static AmqpWriter? s_frame;

    private readonly IAmqpOutput _output;
    private AmqpSession? _dirty;
    private bool _sentSinceTick;

    /// <summary>Gets how large a frame to the peer may be, in bytes.</summary>
    internal int MaxOutgoingFrame => _maxOutgoingFrame;

    /// <summary>Writes what is held back to go out together: dispositions of consecutive deliveries. Call after a round of <see cref="AmqpLink.Settle"/>.</summary>
    public void Flush()
    {
        if (_phase == ConnectionPhase.Open)
        {
            FlushDispositions();
        }
    }

    /// <summary>Begins a frame; nothing else may be written until EndFrame.</summary>
    internal static AmqpWriter BeginFrame(ushort channel, byte type = AmqpFrame.AmqpType)
    {
        var writer = s_frame;
        if (writer is null || writer.Capacity > KeptBytes)
        {
            // One large frame must not keep its buffer for ever.
            s_frame = writer = new AmqpWriter();
        }

        AmqpFrame.Begin(writer, type, channel);
        return writer;
    }

    internal void EndFrame(AmqpWriter writer)
    {
        AmqpFrame.End(writer);
        _output.Write(writer.Written);
        _sentSinceTick = true;
    }

    internal void EndFrame(AmqpWriter writer, ReadOnlySpan<byte> payload)
    {
        AmqpFrame.End(writer, payload.Length);
        _output.Write(writer.Written);
        _output.Write(payload);
        _sentSinceTick = true;
    }

    /// <summary>Notes that a session holds a disposition back.</summary>
    internal void MarkDirty(AmqpSession session)
    {
        session.NextDirty = _dirty;
        _dirty = session;
    }

    private void FlushDispositions()
    {
        while (_dirty is { } session)
        {
            _dirty = session.NextDirty;
            session.NextDirty = null;
            session.IsDirty = false;
            session.WriteDisposition();
        }
    }

    private void SendOpen()
    {
        _openSent = true;
        var writer = BeginFrame(0);
        AmqpOpenCodec.Write(writer, new AmqpOpen
        {
            ContainerId = _options.ContainerId,
            HostName = _options.HostName,
            MaxFrameSize = (uint)_options.MaxFrameSize,
            ChannelMax = (ushort)(_options.MaxSessions - 1),
            IdleTimeout = _options.IdleTimeout == 0 ? null : (uint)_options.IdleTimeout,
            OfferedCapabilities = _options.OfferedCapabilities,
            DesiredCapabilities = _options.DesiredCapabilities,
            Properties = _options.Properties,
        });
        EndFrame(writer);
    }
}
