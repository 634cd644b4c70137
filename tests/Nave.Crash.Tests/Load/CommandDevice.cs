using System.Text;
using Nave.Api;
using Nave.Crash.Tests.Drivers;
using Nave.Crash.Tests.History;

namespace Nave.Crash.Tests.Load;

/// <summary>Receives cloud-to-device messages over MQTT: acknowledges most at once, some later and some never, and drops connections.</summary>
internal sealed class CommandDevice(LoadContext context, string deviceId)
    : DeviceActor(context, deviceId, tls: false, [new MqttTopics(new IdentityId(deviceId)).CloudToDeviceFilter])
{
    // What arrives is read by another thread than the one that works.
    private readonly Random _choices = context.RandomOf(deviceId + " choices");
    private readonly Lock _gate = new();
    private readonly List<(CommandReceipt Receipt, ushort PacketId)> _later = [];

    public override void Acknowledged(MqttLink link, ushort packetId) =>
        Context.History.Anomalies.Enqueue((DeviceId, $"PUBACK {packetId} of nothing"));

    public override void Published(MqttLink link, in MqttTopicMatch topic, ReadOnlySpan<byte> payload, ushort packetId)
    {
        if (topic.Kind != MqttTopicKind.CloudToDevice)
        {
            return;
        }

        // The connection is the lock: it was asked for when the connection began, so only the end is known.
        var now = Period.Now;
        var receipt = new CommandReceipt(DeviceId, Encoding.UTF8.GetString(payload), $"{DeviceId}#{Incarnation}", Life, new Period(now, now));
        Context.History.Receipts.Enqueue(receipt);
        switch (_choices.Next(10))
        {
            case < 7:
                Settle(link, receipt, packetId);
                break;
            case < 9:
                lock (_gate)
                {
                    _later.Add((receipt, packetId));
                }

                break;
            default:
                break;
        }
    }

    protected override async Task WorkAsync(MqttLink link, CancellationToken stop)
    {
        for (var left = Random.Next(3, 15); left > 0 && !stop.IsCancellationRequested; left--)
        {
            await PauseAsync(60, link.Ended);
            (CommandReceipt, ushort)[] later;
            lock (_gate)
            {
                later = [.. _later];
                _later.Clear();
            }

            foreach (var (receipt, packetId) in later)
            {
                Settle(link, receipt, packetId);
            }
        }
    }

    protected override void Disconnected()
    {
        lock (_gate)
        {
            _later.Clear();
        }
    }

    private static void Settle(MqttLink link, CommandReceipt receipt, ushort packetId)
    {
        var start = Period.Now;
        receipt.Settlements.Add(new CommandSettlement(SettlementKind.Complete, new Period(start, start), Outcome.Unknown));
        link.Acknowledge(packetId);
    }
}
