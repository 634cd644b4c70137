using Nave.Amqp;
using Nave.Testing;

namespace Nave.Server.Tests.Amqp;

public sealed class AmqpDiskFullTests
{
    [Fact]
    public async Task While_the_disk_is_full_events_are_not_accepted_and_their_link_is_detached_and_it_comes_back_with_space()
    {
        using var disk = SmallDisk.TryMount(320);
        Assert.SkipWhen(disk is null, "A tmpfs cannot be mounted here.");
        await using var hub = await AmqpTestHub.StartAsync(
            configure: options => options with { StorageGrace = TimeSpan.FromSeconds(1) }, dataFolder: Path.Combine(disk.Path, "data"));
        var device = await hub.CreateAsync("d1");
        await using var client = await hub.ConnectAsync(device);
        var sender = await client.SenderAsync("/devices/d1/messages/events");
        Assert.Equal(AmqpOutcomeKind.Accepted, (await sender.SendAsync(TestMessages.Data("before"))).Kind);
        Fill(disk.Path);

        // What fits into the segment that is there is still taken and accepted, until the next one cannot be made.
        var large = TestMessages.Data(new string('x', 200_000));
        var accepted = 1;
        for (var i = 0; i < 3000; i++)
        {
            var sent = sender.SendAsync(large);
            await Task.WhenAny(sent, sender.Detached);
            if (!sent.IsCompletedSuccessfully || (await sent).Kind != AmqpOutcomeKind.Accepted)
            {
                break;
            }

            accepted++;
        }

        Assert.True(accepted < 3000, "600 MB were accepted on a disk of 320 MB.");
        var sending = sender.SendAsync(TestMessages.Data("more"));
        Assert.Equal(AmqpCondition.DetachForced, (await sender.Detached)!.Condition);
        await Task.WhenAny(sending);
        Assert.Equal(accepted, (await hub.ReadTelemetryAsync()).Count);

        File.Delete(Path.Combine(disk.Path, "filler"));
        await TestDeadline.UntilAsync(() => hub.Hub.IsAvailable, "the log taking writes again");
        var again = await client.SenderAsync("/devices/d1/messages/events");
        Assert.Equal(AmqpOutcomeKind.Accepted, (await again.SendAsync(TestMessages.Data("after"))).Kind);
    }

    private static void Fill(string folder)
    {
        using var filler = new FileStream(Path.Combine(folder, "filler"), FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1);
        var block = new byte[1 << 20];
        try
        {
            // Room for the state store stays.
            while (new DriveInfo(folder).AvailableFreeSpace > 40 << 20)
            {
                filler.Write(block);
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }
}
