using System.Diagnostics;
using Nave.Crash.Tests.History;
using Nave.Crash.Tests.Load;

namespace Nave.Crash.Tests.Checking;

/// <summary>Holds the deliveries of cloud-to-device messages against what was sent and settled.</summary>
internal static class CommandChecker
{
    // The hub drops a message that was given back so often. Source: Azure's default.
    private const int MaxDeliveries = 10;
    private static readonly long s_lock = CommandReceiver.LockSeconds * Stopwatch.Frequency;

    public static IEnumerable<Violation> Check(RunHistory history, ReadBack stored)
    {
        var receipts = history.Receipts.Concat(stored.Drained).ToLookup(receipt => receipt.Marker);
        var sent = history.Commands.ToDictionary(command => command.Marker);
        var drained = stored.Drained.Select(receipt => receipt.Marker).ToHashSet();
        return receipts.Where(message => !sent.TryGetValue(message.Key, out var command) || command.Outcome == Outcome.Refused)
            .Select(message => new Violation(ViolationKind.ForeignCommand, message.Key, "it was delivered, and was never sent or was refused", Lines(message)))
            .Concat(sent.Values.SelectMany(command => CheckMessage(command, [.. receipts[command.Marker]], drained.Contains(command.Marker))))
            .Concat(CheckNumbers(history.Commands));
    }

    private static IEnumerable<Violation> CheckMessage(SentCommand command, CommandReceipt[] receipts, bool isDrained)
    {
        var settlements = receipts
            .SelectMany(receipt => receipt.Settlements, (receipt, settlement) => (Receipt: receipt, Settlement: settlement))
            .ToArray();
        var done = settlements.Where(s => s.Settlement is { Outcome: Outcome.Acknowledged, Kind: not SettlementKind.Abandon }).ToArray();
        var maybeDone = settlements.Any(s => s.Settlement.Outcome != Outcome.Refused && s.Settlement.Kind != SettlementKind.Abandon);

        // 1. Sent is there until it is settled.
        if (command.Outcome == Outcome.Acknowledged && !isDrained && !maybeDone && receipts.Length < MaxDeliveries)
        {
            yield return Found(ViolationKind.LostCommand, $"{command} was never settled and is not there");
        }

        // 2. Settled once is settled for ever.
        if (done.Length > 1)
        {
            yield return Found(ViolationKind.LockIgnored, $"{command} was settled {done.Length} times");
        }

        foreach (var receipt in receipts.Where(receipt => done.Any(d => d.Settlement.Time.IsBefore(receipt.Received))))
        {
            yield return Found(ViolationKind.ResurrectedCommand, $"{receipt} after it was settled");
        }

        // 3. Its number is what the sender was told.
        if (receipts.FirstOrDefault(r => r.DeviceId != command.DeviceId || (r.SequenceNumber != 0 && command.SequenceNumber != 0 && r.SequenceNumber != command.SequenceNumber)) is { } other)
        {
            yield return Found(ViolationKind.ForeignCommand, $"{command} was delivered as {other}");
        }

        // 4. One receiver holds it at a time, and only that one settles it.
        var inOrder = receipts.OrderBy(receipt => receipt.Received.End).ToArray();
        for (var i = 1; i < inOrder.Length; i++)
        {
            if (HoldsStill(inOrder[i - 1], inOrder[i]))
            {
                yield return Found(ViolationKind.LockIgnored, $"{inOrder[i]} while another receiver held it: {inOrder[i - 1]}");
            }
        }

        foreach (var (receipt, settlement) in settlements.Where(s => s.Receipt.LockToken is not null && s.Settlement.Outcome == Outcome.Acknowledged))
        {
            if (inOrder.Any(later => later != receipt && later.Received.Start > receipt.Received.End && later.Received.End < settlement.Time.Start))
            {
                yield return Found(ViolationKind.LockIgnored, $"{receipt} was settled ({settlement}) after another receiver got it");
            }
        }

        Violation Found(ViolationKind kind, string message) => new(kind, command.Marker, message, [command.ToString(), .. Lines(receipts)]);
    }

    private static bool HoldsStill(CommandReceipt first, CommandReceipt second)
    {
        if (second.Life > first.Life || first.Settlements.Any(s => s.Kind == SettlementKind.Abandon && s.Time.Start < second.Received.End))
        {
            return false;
        }

        // A lock by connection lasts as long as that: a further delivery on the same one is wrong.
        return first.LockToken is null
            ? first.Receiver == second.Receiver
            : second.Received.End < first.Received.Start + s_lock && second.Received.Start > first.Received.End;
    }

    /// <summary>Numbers of a queue are given once, and grow.</summary>
    private static IEnumerable<Violation> CheckNumbers(IEnumerable<SentCommand> commands) => commands
        .Where(command => command.SequenceNumber != 0)
        .GroupBy(command => (command.DeviceId, command.SequenceNumber))
        .Where(same => same.Count() > 1)
        .Select(same => new Violation(
            ViolationKind.ForeignCommand, same.Key.DeviceId, $"number {same.Key.SequenceNumber} was given twice", [.. same.Select(command => command.ToString())]));

    private static string[] Lines(IEnumerable<CommandReceipt> receipts) => [.. receipts.Select(receipt => receipt.ToString())];
}
