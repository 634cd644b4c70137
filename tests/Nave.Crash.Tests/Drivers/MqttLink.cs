using System.Buffers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Nave.Api;
using Nave.Crash.Tests.Hosting;
using Nave.Mqtt;

namespace Nave.Crash.Tests.Drivers;

/// <summary>
/// One MQTT 3.1.1 connection of a device that hides nothing: each acknowledgement is seen, nothing is repeated, and it never connects
/// again by itself.
/// </summary>
internal sealed class MqttLink : IDisposable
{
    private const int MaxPacketBytes = 512 * 1024;
    private static readonly TimeSpan s_openTimeout = TimeSpan.FromSeconds(20);

    private readonly Stream _stream;
    private readonly MqttTopics _topics;
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _writing = new(1);
    private readonly CancellationTokenSource _ended = new();
    private ArrayBufferWriter<byte> _pending = new(4096);
    private ArrayBufferWriter<byte> _spare = new(4096);
    private byte[] _received = new byte[16 * 1024];
    private int _receivedLength;
    private ushort _lastPacketId;

    private MqttLink(Stream stream, string deviceId)
    {
        _stream = stream;
        _topics = new MqttTopics(new IdentityId(deviceId));
        DeviceId = deviceId;
    }

    /// <summary>Gets whose connection this is.</summary>
    public string DeviceId { get; }

    /// <summary>Gets a token that is cancelled when the connection has ended.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>Connects and subscribes.</summary>
    /// <exception cref="IOException">Not reachable, cut off, or refused.</exception>
    public static async Task<MqttLink> OpenAsync(
        HubAddress hub, string deviceId, bool tls, IReadOnlyList<string> filters, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(s_openTimeout);
        var link = new MqttLink(await ConnectAsync(hub, tls, limit.Token), deviceId);
        try
        {
            await link.LogInAsync(hub, filters, limit.Token);
            return link;
        }
        catch (Exception e)
        {
            link.Dispose();
            throw e is MqttProtocolException ? new IOException(e.Message, e) : e;
        }
    }

    /// <summary>Reads until the connection ends; hands everything to the handler.</summary>
    public async Task ReadAsync(IMqttLinkHandler handler, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                Process(handler);
                await ReceiveAsync(cancellationToken);
            }
        }
        finally
        {
            await _ended.CancelAsync();
        }
    }

    /// <summary>Gets the identifier of the next message; at most 65,000 may be unacknowledged.</summary>
    public ushort NextPacketId() => _lastPacketId = _lastPacketId == ushort.MaxValue ? (ushort)1 : (ushort)(_lastPacketId + 1);

    /// <summary>Encodes a message; <see cref="FlushAsync"/> sends it.</summary>
    /// <param name="topic">Where to.</param>
    /// <param name="payload">The body.</param>
    /// <param name="packetId">QoS 1 with this identifier; 0 = QoS 0.</param>
    public void Publish(ReadOnlySpan<byte> topic, ReadOnlySpan<byte> payload, ushort packetId)
    {
        lock (_gate)
        {
            new MqttPublish { Topic = topic, Payload = payload, PacketId = packetId, Qos = packetId == 0 ? MqttQos.AtMostOnce : MqttQos.AtLeastOnce }
                .Encode(_pending, MqttVersion.V311, MqttSender.Client);
        }
    }

    /// <summary>Encodes telemetry; <see cref="FlushAsync"/> sends it.</summary>
    public void PublishEvent(ReadOnlySpan<byte> body, ushort packetId) => Publish(_topics.TelemetryPrefix, body, packetId);

    /// <summary>Acknowledges a message at once, without waiting until that has left.</summary>
    public void Acknowledge(ushort packetId)
    {
        lock (_gate)
        {
            new MqttAck(MqttPacketType.PubAck, packetId).Encode(_pending, MqttVersion.V311);
        }

        _ = TryFlushAsync();
    }

    /// <summary>Sends what is encoded; a connection that is broken shows itself to the reader.</summary>
    public async Task TryFlushAsync()
    {
        try
        {
            await FlushAsync();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or SocketException or InvalidOperationException)
        {
            _stream.Dispose();
        }
    }

    /// <summary>Sends what is encoded.</summary>
    public async Task FlushAsync()
    {
        await _writing.WaitAsync(CancellationToken.None);
        try
        {
            ArrayBufferWriter<byte> full;
            lock (_gate)
            {
                (full, _pending, _spare) = (_pending, _spare, _pending);
            }

            if (full.WrittenCount > 0)
            {
                await _stream.WriteAsync(full.WrittenMemory, CancellationToken.None);
                full.ResetWrittenCount();
            }
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Cuts the connection off, without DISCONNECT.</summary>
    public void Dispose() => _stream.Dispose();

    private static async Task<Stream> ConnectAsync(HubAddress hub, bool tls, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync("localhost", tls ? hub.MqttPort : hub.MqttPlainPort, cancellationToken);
            Stream stream = new NetworkStream(socket, ownsSocket: true);
            if (tls)
            {
                var secure = new SslStream(stream);
                stream = secure;
                var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
                policy.CustomTrustStore.AddRange(hub.Roots);
                await secure.AuthenticateAsClientAsync(
                    new SslClientAuthenticationOptions { TargetHost = hub.Owner.HostName, CertificateChainPolicy = policy }, cancellationToken);
            }

            return stream;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task LogInAsync(HubAddress hub, IReadOnlyList<string> filters, CancellationToken cancellationToken)
    {
        new MqttConnect
        {
            ClientId = DeviceId,
            KeepAliveSeconds = 600,
            UserName = $"{hub.Owner.HostName}/{DeviceId}/?api-version=2021-04-12",
            Password = Encoding.ASCII.GetBytes(DeviceKeys.TokenOf(hub.Owner.HostName, DeviceId)),
        }.Encode(_pending);
        await FlushAsync();
        while (!TryTakeConnAck())
        {
            await ReceiveAsync(cancellationToken);
        }

        if (filters.Count > 0)
        {
            // The answer is not awaited: what arrives on a topic proves it.
            new MqttSubscribe { PacketId = NextPacketId(), Subscriptions = [.. filters.Select(filter => new MqttSubscription(filter, MqttQos.AtLeastOnce))] }
                .Encode(_pending, MqttVersion.V311);
            await FlushAsync();
        }
    }

    private bool TryTakeConnAck()
    {
        ReadOnlySpan<byte> rest = _received.AsSpan(0, _receivedLength);
        if (!MqttFrame.TryRead(ref rest, MaxPacketBytes, out var frame))
        {
            return false;
        }

        var reason = MqttConnAck.Decode(frame, MqttVersion.V311).Reason;
        rest.CopyTo(_received);
        _receivedLength = rest.Length;
        return reason == MqttReason.Success
            ? true
            : throw new RefusedException($"The hub refused {DeviceId}: {reason}.", reason is MqttReason.ServerUnavailable or MqttReason.ServerBusy);
    }

    private void Process(IMqttLinkHandler handler)
    {
        ReadOnlySpan<byte> rest = _received.AsSpan(0, _receivedLength);
        while (MqttFrame.TryRead(ref rest, MaxPacketBytes, out var frame))
        {
            if (frame.Type == MqttPacketType.PubAck)
            {
                handler.Acknowledged(this, MqttAck.Decode(frame, MqttVersion.V311).PacketId);
            }
            else if (frame.Type == MqttPacketType.Publish)
            {
                var publish = MqttPublish.Decode(frame, MqttVersion.V311, MqttSender.Server);
                handler.Published(this, _topics.ParseReceived(publish.Topic), publish.Payload, publish.PacketId);
            }
        }

        rest.CopyTo(_received);
        _receivedLength = rest.Length;
    }

    private async Task ReceiveAsync(CancellationToken cancellationToken)
    {
        if (_receivedLength == _received.Length)
        {
            Array.Resize(ref _received, _received.Length * 2);
        }

        var count = await _stream.ReadAsync(_received.AsMemory(_receivedLength), cancellationToken);
        _receivedLength += count > 0 ? count : throw new EndOfStreamException("The hub closed the connection.");
    }
}
