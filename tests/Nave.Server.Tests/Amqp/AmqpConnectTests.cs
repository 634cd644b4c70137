using Nave.Amqp;
using Nave.Api;
using Nave.Hub;

namespace Nave.Server.Tests.Amqp;

/// <summary>How connections come about: protocol headers, SASL, open, tokens.</summary>
public sealed class AmqpConnectTests : IAsyncLifetime
{
    private AmqpTestHub _hub = null!;
    private DeviceIdentity _device = null!;

    public async ValueTask InitializeAsync()
    {
        _hub = await AmqpTestHub.StartAsync();
        _device = await _hub.CreateAsync("d1");
    }

    public ValueTask DisposeAsync() => _hub.DisposeAsync();

    [Fact]
    public async Task Open_is_answered_with_the_limits()
    {
        await using var client = await _hub.OpenAsync();
        var open = await client.OpenedAsync();
        Assert.Equal(65_536u, open.MaxFrameSize);
        Assert.Equal(1023, open.ChannelMax);
        Assert.Equal(240_000u, open.IdleTimeout);
    }

    [Theory]
    [InlineData(AmqpSaslMechanism.Anonymous)]
    [InlineData(AmqpSaslMechanism.External)]
    [InlineData(AmqpSaslMechanism.MsSbCbs)]
    public async Task Mechanisms_that_prove_nothing_leave_it_to_cbs(string mechanism)
    {
        await using var client = await _hub.OpenAsync(new AmqpSaslClient { Mechanism = mechanism, InitialResponse = [] });
        await client.OpenedAsync();
        var refused = await client.SenderAsync("/devices/d1/messages/events");
        Assert.Equal(AmqpCondition.UnauthorizedAccess, (await refused.Detached)!.Condition);
        Assert.Equal(200, await client.PutTokenAsync(_hub.TokenFor(_device)));
        var sender = await client.SenderAsync("/devices/d1/messages/events");
        await sender.AttachedAsync();
    }

    [Fact]
    public async Task A_device_may_use_plain_and_needs_no_cbs_then()
    {
        await using var client = await _hub.OpenAsync(Plain("d1@sas.hub", _hub.TokenFor(_device)));
        await client.OpenedAsync();
        var sender = await client.SenderAsync("/devices/d1/messages/events");
        Assert.Equal(AmqpOutcomeKind.Accepted, (await sender.SendAsync(TestMessages.Data("x"))).Kind);
        var other = await client.SenderAsync("/devices/d2/messages/events");
        Assert.Equal(AmqpCondition.UnauthorizedAccess, (await other.Detached)!.Condition);
    }

    [Theory]
    [InlineData("d1@sas.fleet")]
    [InlineData(null)]
    public async Task A_device_that_knows_an_alias_only_is_served(string? plainUser)
    {
        Assert.True((await _hub.Hubs.SetAliasesAsync("hub", ["fleet.test"], TestContext.Current.CancellationToken)).IsSuccess);
        var key = Convert.FromBase64String(_device.Authentication!.SymmetricKey!.PrimaryKey!);
        var token = SasToken.Create(SasToken.ResourceOf("fleet.test", _device.Id), key, TimeProvider.System.GetUtcNow().AddHours(1));
        await using var client = await _hub.OpenAsync(plainUser is null ? null : Plain(plainUser, token), "fleet.test");
        await client.OpenedAsync();
        if (plainUser is null)
        {
            Assert.Equal(200, await client.PutTokenAsync(token));
        }

        var sender = await client.SenderAsync("/devices/d1/messages/events");
        Assert.Equal(AmqpOutcomeKind.Accepted, (await sender.SendAsync(TestMessages.Data("x"))).Kind);
    }

    [Fact]
    public async Task A_hub_on_standby_cuts_devices_off_and_refuses_them_until_it_is_active()
    {
        await using var client = await _hub.OpenAsync();
        await client.OpenedAsync();
        Assert.Equal(200, await client.PutTokenAsync(_hub.TokenFor(_device)));
        var sender = await client.SenderAsync("/devices/d1/messages/events");
        Assert.Equal(AmqpOutcomeKind.Accepted, (await sender.SendAsync(TestMessages.Data("x"))).Kind);

        await _hub.Hub.SetStandbyAsync(true, TestContext.Current.CancellationToken);
        Assert.Equal(AmqpCondition.DetachForced, (await sender.Detached)!.Condition);
        await using var refused = await _hub.OpenAsync();
        await refused.OpenedAsync();
        Assert.Equal(503, await refused.PutTokenAsync(_hub.TokenFor(_device)));
        Assert.Equal(200, await refused.PutTokenAsync(_hub.PolicyToken("iothubowner")));

        await _hub.Hub.SetStandbyAsync(false, TestContext.Current.CancellationToken);
        Assert.Equal(200, await refused.PutTokenAsync(_hub.TokenFor(_device)));
        var again = await refused.SenderAsync("/devices/d1/messages/events");
        Assert.Equal(AmqpOutcomeKind.Accepted, (await again.SendAsync(TestMessages.Data("y"))).Kind);
    }

    [Fact]
    public async Task A_policy_may_use_plain()
    {
        await using var client = await _hub.OpenAsync(Plain("device@sas.root.hub", _hub.PolicyToken("device")));
        await client.OpenedAsync();
        var sender = await client.SenderAsync("/devices/d1/messages/events");
        Assert.Equal(AmqpOutcomeKind.Accepted, (await sender.SendAsync(TestMessages.Data("x"))).Kind);
    }

    [Theory]
    [InlineData("d2@sas.hub")]
    [InlineData("d1@sas.other")]
    [InlineData("device@sas.root.hub")]
    [InlineData("d1")]
    public async Task A_user_who_is_not_the_tokens_is_refused(string user)
    {
        await using var client = await _hub.OpenAsync(Plain(user, _hub.TokenFor(_device)));
        Assert.Contains("Auth", (await client.Closed)!.ToString(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_policy_with_another_name_than_its_tokens_is_refused()
    {
        await using var client = await _hub.OpenAsync(Plain("iothubowner@sas.root.hub", _hub.PolicyToken("device")));
        Assert.NotNull(await client.Closed);
    }

    [Fact]
    public async Task An_unknown_host_is_told_apart()
    {
        await using var client = await _hub.OpenAsync(hostName: "other.test");
        Assert.Equal("com.microsoft:iot-hub-not-found-error", (await client.Closed)!.Condition);
    }

    [Fact]
    public async Task The_host_may_be_written_in_capitals_and_with_a_port()
    {
        await using var client = await _hub.OpenAsync(hostName: "HUB.TEST:5671");
        Assert.Equal(200, await client.PutTokenAsync(_hub.TokenFor(_device)));
    }

    [Fact]
    public async Task A_token_of_one_hub_is_nothing_at_another()
    {
        var created = await _hub.Hubs.CreateAsync(new HubDefinition { HostName = "second.test" }, CancellationToken.None);
        Assert.True(created.IsSuccess);
        await using var client = await _hub.OpenAsync(hostName: "second.test");
        Assert.Equal(401, await client.PutTokenAsync(_hub.TokenFor(_device)));
        await using var plain = await _hub.OpenAsync(Plain("d1@sas.hub", _hub.TokenFor(_device)), hostName: "second.test");
        Assert.Equal(AmqpCondition.UnauthorizedAccess, (await plain.Closed)!.Condition);
    }

    [Fact]
    public async Task A_bad_token_is_answered_with_401_and_the_connection_stays()
    {
        await using var client = await _hub.OpenAsync();
        var sender = await client.SenderAsync("$cbs");
        var receiver = await client.ReceiverAsync("$cbs");
        Assert.Equal(401, await AmqpTestClient.PutTokenAsync(sender, receiver, "SharedAccessSignature nonsense"));
        Assert.Equal(401, await AmqpTestClient.PutTokenAsync(sender, receiver, _hub.TokenFor(_device, TimeSpan.FromHours(-1))));
        Assert.Equal(401, await AmqpTestClient.PutTokenAsync(sender, receiver, SasToken.Create("hub.test/devices/d1", new byte[32], DateTimeOffset.UtcNow.AddHours(1))));
        Assert.Equal(401, await AmqpTestClient.PutTokenAsync(sender, receiver, SasToken.Create("hub.test", new byte[32], DateTimeOffset.UtcNow.AddHours(1), "iothubowner")));
        Assert.Equal(401, await AmqpTestClient.PutTokenAsync(sender, receiver, "eyJhbGciOiJub25lIn0.e30."));
        Assert.Equal(200, await AmqpTestClient.PutTokenAsync(sender, receiver, _hub.TokenFor(_device)));
    }

    [Fact]
    public async Task A_device_with_odd_characters_in_its_id_proves_itself_however_they_are_escaped()
    {
        var odd = await _hub.CreateAsync("a%b=c@d");
        var key = Convert.FromBase64String(odd.Authentication!.SymmetricKey!.PrimaryKey!);
        foreach (var resource in (string[])["hub.test/devices/a%25b%3Dc%40d", "hub.test/devices/a%b=c@d"])
        {
            await using var client = await _hub.OpenAsync();
            Assert.Equal(200, await client.PutTokenAsync(SasToken.Create(resource, key, DateTimeOffset.UtcNow.AddHours(1))));
            var sender = await client.SenderAsync("amqps://hub.test:5671/devices/a%25b%3Dc%40d/messages/events");
            await sender.AttachedAsync();
        }
    }

    [Fact]
    public async Task A_reply_names_the_request_by_the_same_type()
    {
        await using var client = await _hub.OpenAsync();
        var sender = await client.SenderAsync("$cbs");
        var receiver = await client.ReceiverAsync("$cbs");
        foreach (var id in (AmqpValue[])[0UL, "text", Guid.NewGuid(), new byte[] { 1, 2 }])
        {
            await sender.SendAsync(TestMessages.Of(writer =>
            {
                writer.Properties(new AmqpPropertiesFields { MessageId = id });
                writer.ApplicationProperties(AmqpMap.Strings(("operation", "put-token"), ("type", "jwt"), ("name", "hub.test")));
                writer.Body(_hub.TokenFor(_device));
            }));
            var reply = await receiver.ReceiveAsync();
            Assert.Equal(id, reply.CorrelationId);
            Assert.Equal((AmqpValue)200, reply.Application["status-code"]);
            Assert.Equal("OK", reply.Application["status-description"].Text);
        }
    }

    [Fact]
    public async Task A_reply_waits_for_the_receiver()
    {
        await using var client = await _hub.OpenAsync();
        var sender = await client.SenderAsync("$cbs");
        var outcome = await sender.SendAsync(TestMessages.Of(writer =>
        {
            writer.Properties(new AmqpPropertiesFields { MessageId = "m" });
            writer.ApplicationProperties(AmqpMap.Strings(("operation", "put-token"), ("type", "x"), ("name", "x")));
            writer.Body(_hub.TokenFor(_device));
        }));
        Assert.Equal(AmqpOutcomeKind.Accepted, outcome.Kind);
        var receiver = await client.ReceiverAsync("$cbs");
        Assert.Equal("m", (await receiver.ReceiveAsync()).CorrelationId.Text);
    }

    [Fact]
    public async Task An_operation_that_there_is_not_is_answered_with_400()
    {
        await using var client = await _hub.OpenAsync();
        var sender = await client.SenderAsync("$cbs");
        var receiver = await client.ReceiverAsync("$cbs");
        await sender.SendAsync(TestMessages.Of(writer =>
        {
            writer.ApplicationProperties(AmqpMap.Strings(("operation", "delete-token")));
            writer.Body("x");
        }));
        Assert.Equal((AmqpValue)400, (await receiver.ReceiveAsync()).Application["status-code"]);
    }

    [Fact]
    public async Task A_link_without_a_right_is_refused_with_an_attach_that_has_no_terminus()
    {
        await using var client = await _hub.OpenAsync();
        var receiver = await client.ReceiverAsync("/devices/d1/messages/devicebound");
        Assert.Equal(AmqpCondition.UnauthorizedAccess, (await receiver.Detached)!.Condition);
        await Assert.ThrowsAsync<IOException>(receiver.AttachedAsync);
    }

    [Theory]
    [InlineData("/devices/d1/nothing", AmqpCondition.NotFound)]
    [InlineData("/nothing", AmqpCondition.NotFound)]
    [InlineData("/devices/d1/messages/devicebound", AmqpCondition.NotAllowed)]
    public async Task An_address_that_takes_nothing_is_refused(string address, string condition)
    {
        await using var client = await _hub.ConnectAsync(_device);
        var sender = await client.SenderAsync(address);
        Assert.Equal(condition, (await sender.Detached)!.Condition);
    }

    [Fact]
    public async Task An_unknown_device_is_refused()
    {
        await using var client = await _hub.OpenAsync();
        Assert.Equal(200, await client.PutTokenAsync(_hub.PolicyToken("device")));
        var sender = await client.SenderAsync("/devices/nobody/messages/events");
        Assert.Equal(AmqpCondition.UnauthorizedAccess, (await sender.Detached)!.Condition);
    }

    [Fact]
    public async Task A_policy_without_the_right_opens_no_device()
    {
        await using var client = await _hub.OpenAsync();
        Assert.Equal(200, await client.PutTokenAsync(_hub.PolicyToken("service")));
        var sender = await client.SenderAsync("/devices/d1/messages/events");
        Assert.Equal(AmqpCondition.UnauthorizedAccess, (await sender.Detached)!.Condition);
    }

    [Fact]
    public async Task More_tokens_than_permitted_are_refused_and_expired_ones_make_room()
    {
        await using var hub = await AmqpTestHub.StartAsync(configure: options => options with { MaxTokens = 2 });
        await using var client = await hub.OpenAsync();
        for (var i = 0; i < 3; i++)
        {
            var device = await hub.CreateAsync($"t{i}");
            Assert.Equal(i < 2 ? 200 : 403, await client.PutTokenAsync(hub.TokenFor(device)));
        }
    }

    [Fact]
    public async Task Closing_is_answered()
    {
        await using var client = await _hub.ConnectAsync(_device);
        await client.CloseAsync();
        Assert.Null(await client.Closed);
    }

    private static AmqpSaslClient Plain(string user, string password) => new()
    {
        Mechanism = AmqpSaslMechanism.Plain, InitialResponse = AmqpSaslPlain.Encode(user, password),
    };
}
