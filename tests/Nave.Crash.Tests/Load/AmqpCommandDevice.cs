using System.Text;
using Nave.Amqp;
using Nave.Client;
using Nave.Crash.Tests.History;

namespace Nave.Crash.Tests.Load;

/// <summary>
/// Receives cloud-to-device messages over AMQP, on a link whose receiver settles second: accepts most at once, rejects and releases some,
/// settles others later or never, and drops connections. The hub's confirmation is what it knows.
/// </summary>
internal sealed class AmqpCommandDevice(LoadContext context, string deviceId, bool tls) : AmqpActor(context, deviceId, tls), IAmqpReceiverHandler
{
    private const int Credit = 20;

    // What arrives is read by another thread than the one that works.
    private readonly Random _choices = context.RandomOf(deviceId + " choices");

    // Both under the connection's gate.
    private readonly List<(CommandReceipt Receipt, uint DeliveryId)> _later = [];
    private readonly Dictionary<uint, (CommandReceipt Receipt, int Index, AmqpOutcome Asked)> _settling = [];

    public void OnDelivery(AmqpReceiverLink link, in AmqpDelivery delivery)
    {
        // The connection is the lock: it was asked for when the connection began, so only the end is known.
        var now = Period.Now;
        var body = Encoding.UTF8.GetString(AmqpMessage.Parse(delivery.Payload).Data);
        var receipt = new CommandReceipt(DeviceId, body, $"{DeviceId}#{Incarnation}", Life, new Period(now, now));
        Context.History.Receipts.Enqueue(receipt);
        switch (_choices.Next(20))
        {
            case < 12:
                Settle(link, receipt, delivery.Id, SettlementKind.Complete);
                break;
            case < 14:
                Settle(link, receipt, delivery.Id, SettlementKind.Reject);
                break;
            case < 16:
                Settle(link, receipt, delivery.Id, SettlementKind.Abandon);
                break;
            case < 19:
                _later.Add((receipt, delivery.Id));
                break;
            default:
                break;
        }
    }

    public void OnSettled(AmqpReceiverLink link, uint deliveryId, AmqpOutcome outcome)
    {
        if (!_settling.Remove(deliveryId, out var settling))
        {
            Context.History.Anomalies.Enqueue((DeviceId, $"delivery {deliveryId} was settled, which nobody asked for"));
            return;
        }

        // A refusal is an outcome of the other kind, or has an error.
        var (receipt, index, asked) = settling;
        var before = receipt.Settlements[index];
        var known = outcome.Kind == asked.Kind && outcome.Error is null ? Outcome.Acknowledged : Outcome.Refused;
        receipt.Settlements[index] = before with { Time = Period.Since(before.Time.Start), Outcome = known };
    }

    public void OnDetached(AmqpLink link, AmqpError? error)
    {
        if (error is not null && error.Condition is not (AmqpCondition.LinkStolen or AmqpCondition.ConnectionForced))
        {
            Context.History.Anomalies.Enqueue((DeviceId, $"the link was detached: {error}"));
        }
    }

    protected override async Task WorkAsync(AmqpPeer peer, CancellationToken stop)
    {
        AmqpReceiverLink link;
        lock (peer.Gate)
        {
            _later.Clear();
            _settling.Clear();
            link = peer.Engine.Begin().AttachReceiver(
                new AmqpAttach
                {
                    Name = $"{DeviceId}#{Incarnation}",
                    Source = new AmqpSource { Address = $"/devices/{DeviceId}/messages/devicebound" },
                    Target = new AmqpTarget(),
                    ReceiverSettleMode = AmqpReceiverSettleMode.Second,
                },
                this,
                Credit);
            peer.Flush();
        }

        for (var left = Random.Next(3, 15); left > 0 && !stop.IsCancellationRequested && !peer.Closed.IsCompleted; left--)
        {
            await PauseAsync(60, CancellationToken.None);
            lock (peer.Gate)
            {
                foreach (var (receipt, deliveryId) in link.Session.IsOpen ? _later : [])
                {
                    Settle(link, receipt, deliveryId, SettlementKind.Complete);
                }

                _later.Clear();
                peer.Flush();
            }
        }

        // Half of the connections break, half say goodbye.
        if (Random.Next(2) == 0)
        {
            peer.Abort(null);
        }
    }

    private void Settle(AmqpReceiverLink link, CommandReceipt receipt, uint deliveryId, SettlementKind kind)
    {
        var start = Period.Now;
        var outcome = kind switch
        {
            SettlementKind.Reject => AmqpOutcome.Rejected(null),
            SettlementKind.Abandon => AmqpOutcome.Released,
            _ => AmqpOutcome.Accepted,
        };
        _settling[deliveryId] = (receipt, receipt.Settlements.Count, outcome);
        receipt.Settlements.Add(new CommandSettlement(kind, new Period(start, start), Outcome.Unknown));
        link.Settle(deliveryId, outcome);
    }
}
