using Nave.Crash.Tests.Checking;
using Nave.Crash.Tests.History;

namespace Nave.Crash.Tests;

/// <summary>The checker finds what it is there for: each falsified history has its violation named.</summary>
public sealed class CheckerTests
{
    private readonly HonestRun _run = new();

    [Fact]
    public void An_honest_history_has_no_violation() => Assert.Empty(_run.Check());

    [Fact]
    public void An_unacknowledged_event_may_be_missing()
    {
        _run.Events.RemoveAt(_run.IndexOf(2));
        Assert.Empty(_run.Check());
    }

    [Fact]
    public void A_lost_event_is_named()
    {
        _run.Events.RemoveAt(_run.IndexOf(1));
        ExpectOnly(ViolationKind.LostEvent, HonestRun.Sender);
    }

    [Fact]
    public void An_acknowledged_second_attempt_is_not_made_good_by_the_first()
    {
        _run.Events.RemoveAt(_run.IndexOf(4));
        ExpectOnly(ViolationKind.LostEvent, HonestRun.Sender);
    }

    [Fact]
    public void A_doubled_event_is_named()
    {
        _run.Events.Add(_run.Events[_run.IndexOf(6)]);
        ExpectOnly(ViolationKind.DoubledEvent, HonestRun.Sender);
    }

    [Fact]
    public void Reordered_events_are_named()
    {
        (_run.Events[0], _run.Events[1]) = (_run.Events[1], _run.Events[0]);
        ExpectOnly(ViolationKind.ReorderedEvent, HonestRun.Sender);
    }

    [Fact]
    public void An_event_that_nobody_sent_is_named()
    {
        _run.Events.Add(HonestRun.EventOf(7, new SentEvent(5, 1, 2)));
        ExpectOnly(ViolationKind.ForeignEvent, HonestRun.Sender);
    }

    [Fact]
    public void An_event_in_another_partition_than_its_device_is_named()
    {
        _run.Events[_run.IndexOf(6)] = _run.Events[_run.IndexOf(6)] with { Partition = 1, SequenceNumber = 0 };
        Expect(ViolationKind.ForeignEvent, HonestRun.Sender);
    }

    [Fact]
    public void Altered_bytes_are_named()
    {
        _run.Events[1] = _run.Events[1] with { IsIntact = false };
        ExpectOnly(ViolationKind.AlteredEvent, HonestRun.Sender);
    }

    [Fact]
    public void A_gap_in_sequence_numbers_is_named()
    {
        _run.Events[^1] = _run.Events[^1] with { SequenceNumber = _run.Events.Count + 1 };
        ExpectOnly(ViolationKind.SequenceGap, "partition 0");
    }

    [Fact]
    public void An_offset_that_does_not_grow_is_named()
    {
        _run.Events[3] = _run.Events[3] with { Offset = 100 };
        ExpectOnly(ViolationKind.OffsetOrder, "partition 0");
    }

    [Fact]
    public void A_place_that_means_another_event_after_a_crash_is_named()
    {
        var violation = Assert.Single(_run.Check(witness => witness.Saw(_run.Events[0] with { SequenceNumber = 0, Offset = 0, Fingerprint = 99 })));
        Assert.Equal(ViolationKind.MovedEvent, violation.Kind);
    }

    [Fact]
    public void An_event_that_was_seen_and_is_gone_is_named()
    {
        var witness = new EventWitness();
        witness.Saw(_run.Events[0] with { SequenceNumber = 0, Offset = 0 });
        witness.Missing(0, 0);
        Assert.Equal(ViolationKind.MovedEvent, Assert.Single(witness.Violations).Kind);
    }

    [Fact]
    public void A_stale_twin_is_named()
    {
        _run.Twins[HonestRun.Twin] = new TwinState(5, 2, "c", "c", "b", "3");
        ExpectOnly(ViolationKind.StaleTwin, HonestRun.Twin);
    }

    [Fact]
    public void A_reading_of_an_older_twin_than_was_acknowledged_is_named()
    {
        _run.History.TwinReads.Enqueue(new TwinRead(HonestRun.Twin, _run.Tick(), new TwinState(4, 2, "a", null, "b", "2")));
        ExpectOnly(ViolationKind.StaleTwin, HonestRun.Twin);
    }

    [Fact]
    public void A_lost_twin_write_is_named()
    {
        _run.Events.RemoveAt(_run.IndexOfTwin(6));
        _run.Twins[HonestRun.Twin] = new TwinState(5, 2, "c", "c", "b", "3");
        Expect(ViolationKind.LostTwinWrite, HonestRun.Twin);
    }

    [Fact]
    public void A_missing_twin_event_is_named()
    {
        _run.Events.RemoveAt(_run.IndexOfTwin(5));
        Expect(ViolationKind.TwinVersionOrder, HonestRun.Twin);
    }

    [Fact]
    public void A_doubled_twin_event_is_named()
    {
        _run.Events.Insert(_run.IndexOfTwin(4), _run.Events[_run.IndexOfTwin(4)]);
        Expect(ViolationKind.DoubledTwinWrite, HonestRun.Twin);
    }

    [Fact]
    public void A_refused_twin_write_that_took_effect_is_named()
    {
        _run.Events.Add(HonestRun.TwinEvent("updateTwin", """{"version":7,"tags":{"t":"e"}}"""));
        _run.Twins[HonestRun.Twin] = new TwinState(7, 2, "c", "e", "b", "5");
        ExpectOnly(ViolationKind.ForeignTwinWrite, HonestRun.Twin);
    }

    [Fact]
    public void Two_writes_that_one_etag_let_pass_are_named()
    {
        _run.History.TwinWrites.Enqueue(new TwinWrite(HonestRun.Twin, "f", TwinWriteKind.Tags, _run.Tick(), Outcome.Acknowledged) { Version = 7, ETag = "5", IfMatch = "3" });
        _run.Events.Add(HonestRun.TwinEvent("updateTwin", """{"version":7,"tags":{"t":"f"}}"""));
        _run.Twins[HonestRun.Twin] = new TwinState(7, 2, "c", "f", "b", "5");
        ExpectOnly(ViolationKind.EtagIgnored, HonestRun.Twin);
    }

    [Fact]
    public void A_lost_registry_write_is_named()
    {
        _run.Identities[HonestRun.Identity] = new StoredIdentity("w", "e2", "g1");
        Expect(ViolationKind.RegistryContradiction, HonestRun.Identity);
    }

    [Fact]
    public void An_identity_that_is_gone_is_named()
    {
        _run.Identities.Clear();
        Expect(ViolationKind.RegistryContradiction, HonestRun.Identity);
    }

    [Fact]
    public void An_acknowledged_answer_that_contradicts_those_before_is_named()
    {
        _run.History.Registry.Enqueue(new RegistryStep(HonestRun.Identity, RegistryOperation.Create, Outcome.Acknowledged) { Status = 200, Marker = "q" });
        Expect(ViolationKind.RegistryContradiction, HonestRun.Identity);
    }

    [Fact]
    public void A_doubled_lifecycle_event_is_named()
    {
        _run.Events.Add(HonestRun.LifecycleEvent(true, "g2"));
        ExpectOnly(ViolationKind.LifecycleEvents, HonestRun.Identity);
    }

    [Fact]
    public void A_missing_lifecycle_event_is_named()
    {
        _run.Events.RemoveAll(line => line.GenerationId == "g2");
        Expect(ViolationKind.LifecycleEvents, HonestRun.Identity);
    }

    [Fact]
    public void A_lost_command_is_named()
    {
        _run.Drained.RemoveAll(receipt => receipt.Marker == "m3");
        ExpectOnly(ViolationKind.LostCommand, "m3");
    }

    [Fact]
    public void A_command_that_was_cut_off_may_be_missing()
    {
        _run.Drained.RemoveAll(receipt => receipt.Marker == "m2");
        Assert.Empty(_run.Check());
    }

    [Fact]
    public void A_resurrected_command_is_named()
    {
        _run.Receive("m0", "two", 1);
        Expect(ViolationKind.ResurrectedCommand, "m0");
    }

    [Fact]
    public void A_command_that_two_receivers_hold_is_named()
    {
        _run.History.Commands.Enqueue(new SentCommand(HonestRun.Mailbox, "m4", _run.Tick(), Outcome.Acknowledged, 9));
        var first = _run.Receive("m4", "one", 9);
        _run.Receive("m4", "two", 9);
        _run.Settle(first, SettlementKind.Complete, Outcome.Acknowledged);
        Expect(ViolationKind.LockIgnored, "m4");
    }

    [Fact]
    public void A_command_settled_by_a_lost_lock_is_named()
    {
        _run.History.Commands.Enqueue(new SentCommand(HonestRun.Mailbox, "m4", _run.Tick(), Outcome.Acknowledged, 9));
        var first = _run.Receive("m4", "one", 9);
        _run.Settle(first, SettlementKind.Abandon, Outcome.Acknowledged);
        _run.Receive("m4", "two", 9);
        _run.Settle(first, SettlementKind.Complete, Outcome.Acknowledged);
        ExpectOnly(ViolationKind.LockIgnored, "m4");
    }

    [Fact]
    public void A_command_that_nobody_sent_is_named()
    {
        _run.Receive("m9", "one", 12);
        ExpectOnly(ViolationKind.ForeignCommand, "m9");
    }

    [Fact]
    public void An_answer_to_another_call_is_named()
    {
        _run.History.Methods.Enqueue(new MethodCall(HonestRun.Sender, "call-1", Outcome.Acknowledged, HonestRun.Sender, "call-0"));
        ExpectOnly(ViolationKind.MixedUpMethod, HonestRun.Sender);
    }

    [Fact]
    public void What_a_client_saw_and_must_not_is_named()
    {
        _run.Sent.Anomalies.Add("PUBACK 7 where 6 was next");
        ExpectOnly(ViolationKind.Anomaly, HonestRun.Sender);
    }

    private void ExpectOnly(ViolationKind kind, string key) => Assert.All(Expect(kind, key), violation => Assert.Equal(kind, violation.Kind));

    private IReadOnlyList<Violation> Expect(ViolationKind kind, string key)
    {
        var violations = _run.Check();
        Assert.Contains(violations, violation => violation.Kind == kind && violation.Key == key);
        return violations;
    }
}
