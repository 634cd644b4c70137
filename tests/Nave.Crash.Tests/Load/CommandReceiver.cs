using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Nave.Crash.Tests.Drivers;
using Nave.Crash.Tests.History;

namespace Nave.Crash.Tests.Load;

/// <summary>
/// Receives cloud-to-device messages over HTTPS, several of these from the same queue: completes, rejects, abandons or forgets them, and
/// now and then tries to settle with a lock that it has lost.
/// </summary>
internal sealed class CommandReceiver(LoadContext context, string name, string deviceId, ConcurrentDictionary<string, CommandReceipt> latest)
    : ServiceActor(context, name)
{
    /// <summary>How long a message stays locked: the shortest time that the hub permits.</summary>
    public const int LockSeconds = 5;

    protected override int MaxPause => 8;

    /// <summary>Receives one message.</summary>
    /// <returns>The answer, and the message if there was one.</returns>
    public static async Task<(HubReply Reply, CommandReceipt? Receipt)> ReceiveAsync(HubLife life, string deviceId, string receiver)
    {
        var start = Period.Now;
        var reply = await life.Http.DeviceAsync(
            HttpMethod.Get,
            deviceId,
            "messages/devicebound",
            ("IotHub-MessageLockTimeout", LockSeconds.ToString(CultureInfo.InvariantCulture)));
        if (reply.Status != 200)
        {
            return (reply, null);
        }

        _ = long.TryParse(reply.Header("iothub-sequencenumber"), CultureInfo.InvariantCulture, out var sequence);
        var receipt = new CommandReceipt(deviceId, Encoding.UTF8.GetString(reply.Body.Span), receiver, life.Number, Period.Since(start))
        {
            LockToken = reply.ETag,
            SequenceNumber = sequence,
        };
        return (reply, receipt);
    }

    /// <summary>Settles a message.</summary>
    public static async Task<HubReply> SettleAsync(HubLife life, CommandReceipt receipt, SettlementKind kind)
    {
        var start = Period.Now;
        var path = $"messages/devicebound/{receipt.LockToken}";
        var reply = kind switch
        {
            SettlementKind.Abandon => await life.Http.DeviceAsync(HttpMethod.Post, receipt.DeviceId, path + "/abandon"),
            SettlementKind.Reject => await life.Http.DeviceAsync(HttpMethod.Delete, receipt.DeviceId, path + "?reject"),
            _ => await life.Http.DeviceAsync(HttpMethod.Delete, receipt.DeviceId, path),
        };
        lock (receipt)
        {
            receipt.Settlements.Add(new CommandSettlement(kind, Period.Since(start), reply.Outcome));
        }

        return reply;
    }

    protected override async Task<bool> StepAsync(HubLife life)
    {
        var (reply, receipt) = await ReceiveAsync(life, deviceId, Name);
        if (receipt is null)
        {
            return Answered(reply);
        }

        History.Receipts.Enqueue(receipt);
        CommandReceipt? before = null;
        latest.AddOrUpdate(receipt.Marker, receipt, (_, other) =>
        {
            before = other;
            return receipt;
        });

        // A lock that is lost must settle nothing.
        if (before is not null && Random.Next(2) == 0 && !Answered(await SettleAsync(life, before, SettlementKind.Complete)))
        {
            return false;
        }

        return Random.Next(20) switch
        {
            < 12 => Answered(await SettleAsync(life, receipt, SettlementKind.Complete)),
            < 14 => Answered(await SettleAsync(life, receipt, SettlementKind.Reject)),
            < 18 => Answered(await SettleAsync(life, receipt, SettlementKind.Abandon)),
            < 19 => Answered(await SettleAsync(life, receipt, SettlementKind.Complete))
                && Answered(await SettleAsync(life, receipt, SettlementKind.Complete)),
            _ => true,
        };
    }
}
