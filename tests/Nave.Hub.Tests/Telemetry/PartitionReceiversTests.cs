using Nave.Hub.Telemetry;

namespace Nave.Hub.Tests.Telemetry;

public sealed class PartitionReceiversTests
{
    private readonly PartitionReceivers _partition = new();

    [Theory]
    [InlineData(1, 2)]
    [InlineData(3, 3)]
    public void A_receiver_with_the_same_or_a_higher_epoch_takes_the_partition(long first, long second)
    {
        var old = new RecordingReceiver("old");
        var held = _partition.Add(old, first);
        Assert.NotNull(_partition.Add(new RecordingReceiver("new"), second).Place);
        Assert.Equal(ReceiverEnd.Stolen, old.Ended);
        Assert.Contains($"higher epoch of '{second}'", old.Message, StringComparison.Ordinal);

        // The place that was taken is given up without harm to the one who has it now.
        held.Place!.Dispose();
        Assert.Equal(ReceiverRefusal.Epoch, _partition.Add(new RecordingReceiver("late"), first - 1).Refusal);
    }

    [Fact]
    public void A_lower_epoch_is_refused_and_the_holder_stays()
    {
        var holder = new RecordingReceiver("holder");
        _partition.Add(holder, 5);
        var refused = _partition.Add(new RecordingReceiver("late"), 4);
        Assert.Equal((ReceiverRefusal.Epoch, null), (refused.Refusal, refused.Place));
        Assert.Contains("'5'", refused.Message, StringComparison.Ordinal);
        Assert.Null(holder.Ended);
    }

    [Fact]
    public void Beside_an_epoch_none_without_one_is_let_in_until_it_is_gone()
    {
        var held = _partition.Add(new RecordingReceiver("epoch"), 0);
        Assert.Equal(ReceiverRefusal.Epoch, _partition.Add(new RecordingReceiver("plain"), null).Refusal);
        held.Place!.Dispose();
        Assert.NotNull(_partition.Add(new RecordingReceiver("plain"), null).Place);
    }

    [Fact]
    public void Five_share_a_partition_and_the_sixth_is_told_who_they_are()
    {
        var places = Enumerable.Range(1, 5).Select(i => _partition.Add(new RecordingReceiver($"r{i}"), null).Place).ToArray();
        Assert.All(places, Assert.NotNull);
        var refused = _partition.Add(new RecordingReceiver("r6"), null);
        Assert.Equal(ReceiverRefusal.TooMany, refused.Refusal);
        Assert.Contains("r1, r2, r3, r4, r5", refused.Message, StringComparison.Ordinal);
        places[2]!.Dispose();
        Assert.NotNull(_partition.Add(new RecordingReceiver("r6"), null).Place);
    }

    [Fact]
    public void An_epoch_ends_all_who_share_the_partition()
    {
        RecordingReceiver[] shared = [new("a"), new(string.Empty), new("c")];
        foreach (var receiver in shared)
        {
            _partition.Add(receiver, null);
        }

        Assert.NotNull(_partition.Add(new RecordingReceiver("epoch"), 0).Place);
        Assert.All(shared, receiver => Assert.Equal(ReceiverEnd.Stolen, receiver.Ended));
        Assert.Contains("'nil'", shared[1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_comes_at_the_same_time_one_epoch_holder_is_left()
    {
        var receivers = Enumerable.Range(0, 64).Select(i => new RecordingReceiver($"r{i}")).ToArray();
        var attempts = new ReceiverAttempt[receivers.Length];
        await Parallel.ForAsync(0, receivers.Length, TestContext.Current.CancellationToken, (i, _) =>
        {
            attempts[i] = _partition.Add(receivers[i], i % 8);
            return ValueTask.CompletedTask;
        });
        var left = receivers.Where((receiver, i) => attempts[i].Place is not null && receiver.Ended is null).ToArray();
        Assert.Single(left);
    }
}
