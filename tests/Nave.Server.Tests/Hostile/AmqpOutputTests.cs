using Nave.Amqp;
using Nave.Api;
using Nave.Server.Tests.Amqp;
using Nave.Testing;

namespace Nave.Server.Tests.Hostile;

/// <summary>What an AMQP peer can make the server say.</summary>
[Collection(nameof(Alone))]
public sealed class AmqpOutputTests : IAsyncLifetime
{
    // Its answers are far more than the buffers of two sockets hold.
    private const int StormBytes = 16 << 20;

    // A flow of the session on channel 0 that asks for an echo.
    private static readonly byte[] s_echo =
    [
        0, 0, 0, 28, 2, 0, 0, 0, 0x00, 0x53, 0x13, 0xC0, 15, 10, 0x43, 0x70, 0x7F, 0xFF, 0xFF, 0xFF, 0x43, 0x43, 0x40, 0x40, 0x40, 0x40, 0x42, 0x41,
    ];

    private AmqpTestHub _hub = null!;
    private DeviceIdentity _device = null!;

    public async ValueTask InitializeAsync()
    {
        _hub = await AmqpTestHub.StartAsync();
        _device = await _hub.CreateAsync("d1");
    }

    public ValueTask DisposeAsync() => _hub.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_peer_that_asks_much_and_reads_nothing_is_not_read_from_and_goes_on_when_it_reads(bool isTls)
    {
        await using var client = isTls ? await _hub.OpenTlsAsync() : await _hub.OpenAsync();
        Assert.Equal(200, await client.PutTokenAsync(_hub.TokenFor(_device)));
        var sender = await client.SenderAsync("/devices/d1/messages/events");
        Assert.Equal(AmqpOutcomeKind.Accepted, (await sender.SendAsync(TestMessages.Data("before"))).Kind);
        client.IsReading = false;
        var before = Measurement.LiveBytes();
        var storm = new byte[StormBytes / s_echo.Length * s_echo.Length];
        for (var at = 0; at < storm.Length; at += s_echo.Length)
        {
            s_echo.CopyTo(storm, at);
        }

        var sending = client.SendRawAsync(storm);
        await Measurement.AssertGrowthAsync(before, storm.Length + (4 << 20), "a peer that asks and does not read");
        client.IsReading = true;
        await sending.WaitAsync(TestDeadline.Default, TestContext.Current.CancellationToken);
        Assert.Equal(AmqpOutcomeKind.Accepted, (await sender.SendAsync(TestMessages.Data("after"))).Kind);
    }

    [Fact]
    public async Task A_message_that_is_larger_than_the_peer_takes_detaches_its_link_and_no_other()
    {
        await using var client = await _hub.ConnectAsync(_device);
        var sender = await client.SenderAsync("/devices/d1/messages/events");
        var session = await client.BeginAsync();
        var receiver = new TestReceiver(client);
        var attach = new AmqpAttach
        {
            Name = "small", Source = new AmqpSource { Address = "/devices/d1/messages/devicebound" }, Target = new AmqpTarget(), MaxMessageSize = 1_000,
        };
        await client.DoAsync(_ => receiver.Link = session.AttachReceiver(attach, receiver, 10));
        await receiver.AttachedAsync();
        var sent = await _hub.Hub.CloudToDevice.SendAsync(
            _device.Id, new Hub.Commands.CloudToDeviceMessage(EventProperties.Empty, new byte[1_001]), TestContext.Current.CancellationToken);
        Assert.True(sent.IsSuccess, sent.Error?.Message);
        Assert.Equal(AmqpCondition.MessageSizeExceeded, (await receiver.Detached)!.Condition);
        Assert.Equal(AmqpOutcomeKind.Accepted, (await sender.SendAsync(TestMessages.Data("still there"))).Kind);

        // It is still in the queue, for a link that takes it; this try counts.
        var larger = await client.ReceiverAsync("/devices/d1/messages/devicebound");
        var message = await larger.ReceiveAsync();
        Assert.Equal((AmqpValue)(byte)1, message.Annotations["iothub-deliverycount"]);
    }
}
