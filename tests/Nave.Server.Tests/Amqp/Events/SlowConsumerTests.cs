using Nave.Server.Tests.Hostile;

namespace Nave.Server.Tests.Amqp.Events;

/// <summary>Consumers that do not read, or do not want to: they cost no memory and hold up nobody.</summary>
[Collection(nameof(Alone))]
public sealed class SlowConsumerTests
{
    private const string Address = "hub/ConsumerGroups/$Default/Partitions/0";

    [Fact]
    public async Task Stalled_consumers_with_all_the_credit_cost_little_and_hold_up_nobody()
    {
        await using var hub = await EventTestHub.StartAsync();
        var device = await hub.DeviceAsync("d1");

        // 64 MiB, of which each consumer could ask for everything.
        const int Events = 16_384;
        await hub.AppendAsync(device, Events, _ => new byte[4096]);
        var total = (int)hub.Hub.Events.GetState(0).NextSequence;
        await hub.Hub.ConsumerGroups.CreateAsync("fast", TestContext.Current.CancellationToken);

        var stalled = new List<(LinkClient Client, ReceivingLink Link)>();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        try
        {
            for (var i = 0; i < 5; i++)
            {
                var client = await hub.ConnectAsync();
                var link = await client.ReceiverAsync(Address, credit: 0);
                client.Stall();
                link.Credit(total);
                stalled.Add((client, link));
            }

            // One who reads gets everything meanwhile.
            await using var reader = await hub.ConnectAsync();
            var fast = await reader.ReceiverAsync("hub/ConsumerGroups/fast/Partitions/0", credit: 500);
            for (var i = 0; i < total; i++)
            {
                Assert.Equal(i, (await fast.NextAsync()).SequenceNumber);
            }

            // Each may have a batch, an output buffer and what lies in between; all together would be 320 MiB.
            await Measurement.AssertGrowthAsync(before, 24L << 20, "stalled consumers");

            // Those that read again miss nothing.
            stalled[0].Client.Resume();
            for (var i = 0; i < total; i++)
            {
                Assert.Equal(i, (await stalled[0].Link.NextAsync()).SequenceNumber);
            }
        }
        finally
        {
            foreach (var (client, _) in stalled)
            {
                await client.DisposeAsync();
            }
        }
    }

    [Fact]
    public async Task A_consumer_without_credit_is_sent_nothing_and_goes_on_where_it_was()
    {
        await using var hub = await EventTestHub.StartAsync();
        var device = await hub.DeviceAsync("d1");
        await hub.AppendAsync(device, 200);
        await using var client = await hub.ConnectAsync();
        var link = await client.ReceiverAsync(Address, credit: 0);
        var next = 0L;
        foreach (var credit in (int[])[1, 2, 50, 1])
        {
            link.Credit(credit);
            foreach (var message in await link.NextAsync(credit))
            {
                Assert.Equal(next++, message.SequenceNumber);
            }

            // Long enough for the batch in hand to be given back.
            await Task.Delay(TimeSpan.FromSeconds(2.5), TimeProvider.System, TestContext.Current.CancellationToken);
            Assert.Equal(0, link.Waiting);
        }
    }
}
