using System.Text.Json;
using Nave.Crash.Tests.Checking;
using Nave.Crash.Tests.History;
using Nave.Crash.Tests.Load;

namespace Nave.Crash.Tests;

/// <summary>A small history, and what a hub that keeps its promises reads back: tests falsify parts of it.</summary>
internal sealed class HonestRun
{
    /// <summary>The device that sends events, whose first attempt at its event 2 was cut off and is stored as well as the second.</summary>
    public const string Sender = "telemetry-0";

    /// <summary>The device whose twin is written.</summary>
    public const string Twin = "twin-0";

    /// <summary>The identity that is created, updated, deleted and created again.</summary>
    public const string Identity = "registry-0";

    /// <summary>The device with messages.</summary>
    public const string Mailbox = "mailbox-0";

    private long _time;

    public HonestRun()
    {
        SendEvents();
        WriteTwin();
        ChangeIdentity();
        SendCommands();
        History.Methods.Enqueue(new MethodCall(Sender, "call-0", Outcome.Acknowledged, Sender, "call-0"));
        History.MethodsReceived.Enqueue((Sender, "call-0"));
    }

    public RunHistory History { get; } = new();

    /// <summary>Gets the events as they are read back; a test may change them.</summary>
    public List<StoredLine> Events { get; } = [];

    public Dictionary<string, TwinState> Twins { get; } = [];

    public Dictionary<string, StoredIdentity> Identities { get; } = [];

    public List<CommandReceipt> Drained { get; } = [];

    /// <summary>Gets the telemetry of <see cref="Sender"/>: its history.</summary>
    public TelemetryHistory Sent => History.Telemetry.Single();

    /// <summary>Checks this run; places in the log follow from the order of <see cref="Events"/>.</summary>
    public IReadOnlyList<Violation> Check(Action<EventWitness>? before = null)
    {
        var witness = new EventWitness();
        before?.Invoke(witness);
        var events = Events.Select((line, i) => line with { SequenceNumber = line.SequenceNumber < 0 ? i : line.SequenceNumber, Offset = line.Offset < 0 ? i * 100 : line.Offset }).ToArray();
        foreach (var line in events)
        {
            witness.Saw(line);
        }

        return Checker.Check(History, witness, new ReadBack(events, Twins, Identities, Drained));
    }

    /// <summary>Makes the next period, after all before.</summary>
    public Period Tick() => new(++_time, ++_time);

    /// <summary>Makes a stored telemetry event.</summary>
    public static StoredLine EventOf(int ordinal, SentEvent sent) => Line(Sender, "Telemetry") with
    {
        Telemetry = new TelemetryBody(Sender, ordinal, sent.Incarnation, sent.Sequence, sent.Attempt),
        Fingerprint = ordinal,
    };

    /// <summary>Makes a stored event of the twin.</summary>
    public static StoredLine TwinEvent(string operation, string json) =>
        Line(Twin, "twinChangeEvents") with { Operation = operation, Body = JsonDocument.Parse(json).RootElement };

    /// <summary>Makes a stored event of the identity.</summary>
    public static StoredLine LifecycleEvent(bool isCreation, string generation) => Line(Identity, "deviceLifecycleEvents") with
    {
        Operation = isCreation ? "createDeviceIdentity" : "deleteDeviceIdentity",
        GenerationId = generation,
    };

    /// <summary>Finds where a telemetry event is stored.</summary>
    public int IndexOf(int ordinal) => Events.FindIndex(line => line.Telemetry is { } body && body.Ordinal == ordinal);

    /// <summary>Finds where the event of a twin's version is stored.</summary>
    public int IndexOfTwin(int version) =>
        Events.FindIndex(line => line.Source == "twinChangeEvents" && line.Body.GetProperty("version").GetInt32() == version);

    private static StoredLine Line(string device, string source) =>
        new() { Partition = 0, SequenceNumber = -1, Offset = -1, DeviceId = device, Source = source };

    private void SendEvents()
    {
        var device = new TelemetryHistory(Sender);
        device.Sent.AddRange([new(0, 1, 1), new(1, 1, 1), new(2, 1, 1), new(3, 1, 1), new(2, 2, 2), new(3, 2, 2), new(4, 1, 2)]);
        foreach (var ordinal in (ReadOnlySpan<int>)[0, 1, 4, 5, 6])
        {
            device.Sent[ordinal].Acknowledged = true;
        }

        History.Telemetry.Add(device);
        foreach (var ordinal in (ReadOnlySpan<int>)[0, 1, 2, 4, 5, 6])
        {
            Events.Add(EventOf(ordinal, device.Sent[ordinal]));
        }
    }

    private void WriteTwin()
    {
        History.TwinDevices.Add(Twin);
        Write("a", TwinWriteKind.Desired, Outcome.Acknowledged, 3, etag: "2");
        Write("b", TwinWriteKind.Reported, Outcome.Acknowledged, 2);
        History.TwinReads.Enqueue(new TwinRead(Twin, Tick(), new TwinState(4, 2, "a", null, "b", "2")));
        Write("c", TwinWriteKind.Replace, Outcome.Unknown, 0);
        Write("d", TwinWriteKind.Tags, Outcome.Acknowledged, 6, etag: "4", ifMatch: "3");
        Write("e", TwinWriteKind.Tags, Outcome.Refused, 0, ifMatch: "3");
        Events.AddRange(
        [
            TwinEvent("updateTwin", """{"version":3,"properties":{"desired":{"d":"a","$version":2}}}"""),
            TwinEvent("updateTwin", """{"version":4,"properties":{"reported":{"r":"b","$version":2}}}"""),
            TwinEvent("replaceTwin", """{"version":5,"tags":{"t":"c"},"properties":{"desired":{"d":"c","$version":3},"reported":{"r":"b","$version":2}}}"""),
            TwinEvent("updateTwin", """{"version":6,"tags":{"t":"d"}}"""),
        ]);
        Twins[Twin] = new TwinState(6, 2, "c", "d", "b", "4");
    }

    private void Write(string marker, TwinWriteKind kind, Outcome outcome, long version, string? etag = null, string? ifMatch = null) =>
        History.TwinWrites.Enqueue(new TwinWrite(Twin, marker, kind, Tick(), outcome) { Version = version, ETag = etag, IfMatch = ifMatch });

    private void ChangeIdentity()
    {
        Step(RegistryOperation.Create, Outcome.Acknowledged, 200, "v", "e1", "g1");
        Step(RegistryOperation.Update, Outcome.Unknown, 0, "w", null, null);
        Step(RegistryOperation.Read, Outcome.Acknowledged, 200, "w", "e2", "g1");
        Step(RegistryOperation.Delete, Outcome.Acknowledged, 204, null, null, null);
        Step(RegistryOperation.Update, Outcome.Refused, 404, "x", null, null);
        Step(RegistryOperation.Create, Outcome.Unknown, 0, "y", null, null);
        Step(RegistryOperation.Create, Outcome.Refused, 409, "z", null, null);
        Events.AddRange([LifecycleEvent(true, "g1"), LifecycleEvent(false, "g1"), LifecycleEvent(true, "g2")]);
        Identities[Identity] = new StoredIdentity("y", "e3", "g2");
    }

    private void Step(RegistryOperation operation, Outcome outcome, int status, string? marker, string? etag, string? generation) =>
        History.Registry.Enqueue(new RegistryStep(Identity, operation, outcome) { Status = status, Marker = marker, ETag = etag, GenerationId = generation });

    private void SendCommands()
    {
        // 0 is completed, 1 given back and completed by another, 2 was cut off and is there, 3 waits.
        for (var i = 0; i < 4; i++)
        {
            History.Commands.Enqueue(new SentCommand(Mailbox, $"m{i}", Tick(), i == 2 ? Outcome.Unknown : Outcome.Acknowledged, i == 2 ? 0 : i + 1));
        }

        Settle(Receive("m0", "one", 1), SettlementKind.Complete, Outcome.Acknowledged);
        Settle(Receive("m1", "one", 2), SettlementKind.Abandon, Outcome.Acknowledged);
        Settle(Receive("m1", "two", 2), SettlementKind.Complete, Outcome.Acknowledged);
        foreach (var (marker, number) in new[] { ("m2", 3), ("m3", 4) })
        {
            var receipt = NewReceipt(marker, "drain", number);
            Settle(receipt, SettlementKind.Complete, Outcome.Acknowledged);
            Drained.Add(receipt);
        }
    }

    /// <summary>Delivers a message.</summary>
    public CommandReceipt Receive(string marker, string receiver, long number)
    {
        var receipt = NewReceipt(marker, receiver, number);
        History.Receipts.Enqueue(receipt);
        return receipt;
    }

    /// <summary>Settles a message.</summary>
    public void Settle(CommandReceipt receipt, SettlementKind kind, Outcome outcome) =>
        receipt.Settlements.Add(new CommandSettlement(kind, Tick(), outcome));

    private CommandReceipt NewReceipt(string marker, string receiver, long number) =>
        new(Mailbox, marker, receiver, 1, Tick()) { LockToken = $"{receiver} {marker}", SequenceNumber = number };
}
