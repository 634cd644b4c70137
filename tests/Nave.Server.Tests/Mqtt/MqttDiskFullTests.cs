using Nave.Mqtt;
using Nave.Testing;

namespace Nave.Server.Tests.Mqtt;

public sealed class MqttDiskFullTests
{
    [Fact]
    public async Task While_the_disk_is_full_the_hub_stops_reading_and_then_closes_and_comes_back_with_space()
    {
        using var disk = SmallDisk.TryMount(320);
        Assert.SkipWhen(disk is null, "A tmpfs cannot be mounted here.");
        await using var hub = await MqttTestHub.StartAsync(
            configure: options => options with { StorageGrace = TimeSpan.FromSeconds(1) }, dataFolder: Path.Combine(disk.Path, "data"));
        var device = await hub.CreateAsync("d1");
        await using (var client = await hub.ConnectAsync(device))
        {
            await client.PublishAsync("devices/d1/messages/events/", "before", MqttQos.AtLeastOnce, 1);
            Assert.Equal(1, await client.ExpectPubAckAsync());
            Fill(disk.Path);

            // What fits into the segment that is there is still taken and acknowledged, until the next one cannot be made.
            var body = new byte[200_000];
            var acknowledged = 0;
            try
            {
                for (var i = 2; i < 3000; i++)
                {
                    await client.SendAsync(client.Publish("devices/d1/messages/events/", body, MqttQos.AtLeastOnce, (ushort)i));
                    Assert.Equal(i, await client.ExpectPubAckAsync());
                    acknowledged++;
                }

                Assert.Fail("600 MB were acknowledged on a disk of 320 MB.");
            }
            catch (IOException)
            {
                // Closed, and nothing that was acknowledged is missing.
                Assert.Equal(acknowledged + 1, (await hub.ReadTelemetryAsync()).Count);
            }
        }

        File.Delete(Path.Combine(disk.Path, "filler"));
        await TestDeadline.UntilAsync(() => hub.Hub.IsAvailable, "the log taking writes again");
        await using var again = await hub.ConnectAsync(device);
        await again.PublishAsync("devices/d1/messages/events/", "after", MqttQos.AtLeastOnce, 1);
        Assert.Equal(1, await again.ExpectPubAckAsync());
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
