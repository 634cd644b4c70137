using System.Globalization;
using Nave.Amqp;
using Nave.Api;
using Nave.Hub;
using Nave.Hub.Telemetry;
using Nave.Testing;

namespace Nave.Server.Tests.Amqp.Events;

/// <summary>Reading the event stream over AMQP, from every position and under every rule for receivers.</summary>
public sealed class EventReceiverTests
{
    private const string Address = "hub/ConsumerGroups/$Default/Partitions/0";
    private const string FilterName = "apache.org:selector-filter:string";

    [Fact]
    public async Task An_event_comes_as_Azure_makes_it()
    {
        await using var hub = await EventTestHub.StartAsync();
        var device = await hub.DeviceAsync("d1");
        var expiry = DateTimeOffset.FromUnixTimeMilliseconds(1_900_000_000_000);
        await hub.AppendAsync(device, 1, _ => [1, 2, 3], p =>
        {
            p.Add(SystemProperty.MessageId, "m1");
            p.Add(SystemProperty.CorrelationId, "c1");
            p.Add(SystemProperty.UserId, "u1");
            p.Add(SystemProperty.To, "/devices/d1/messages/events");
            p.Add(SystemProperty.ContentType, "application/json");
            p.Add(SystemProperty.ContentEncoding, "utf-8");
            p.Add(SystemProperty.AbsoluteExpiryTime, WireTime.Format(expiry));
            p.Add(SystemProperty.Component, "thermostat1");
            p.Add(SystemProperty.DataSchema, "dtmi:x;1");
            p.Add(SystemProperty.InterfaceId, "urn:i");
            p.Add(SystemProperty.MessageSchema, "s1");
            p.Add("level"u8, "high"u8);
            p.Add("level"u8, "low"u8);
            p.AddNull("flag"u8);
        });
        await using var client = await hub.ConnectAsync();
        var message = await (await client.ReceiverAsync(Address)).NextAsync();
        Assert.True(message.IsSettled);
        Assert.Equal(0, message.SequenceNumber);
        Assert.Equal(0L, message.Annotations["x-opt-sequence-number"]);
        var offset = hub.Hub.Events.GetState(0).LastOffset.ToString(CultureInfo.InvariantCulture);
        Assert.Equal(offset, message.Annotations["x-opt-offset"]);
        var enqueued = hub.Hub.Events.GetState(0).LastEnqueued;
        Assert.Equal(enqueued, message.Annotations["x-opt-enqueued-time"]);
        Assert.Equal(enqueued, message.Annotations["iothub-enqueuedtime"]);
        Assert.Equal("d1", message.Annotations["iothub-connection-device-id"]);
        Assert.True(message.Annotations["iothub-connection-module-id"].IsNull);
        Assert.Equal("""{"scope":"device","type":"sas","issuer":"iothub","acceptingIpFilterRule":null}""", message.Annotations["iothub-connection-auth-method"]);
        Assert.Equal(device.GenerationId, message.Annotations["iothub-connection-auth-generation-id"]);
        Assert.Equal("Telemetry", message.Annotations["iothub-message-source"]);
        Assert.Equal("thermostat1", message.Annotations["dt-subject"]);
        Assert.Equal("dtmi:x;1", message.Annotations["dt-dataschema"]);
        Assert.Equal("urn:i", message.Annotations["iothub-interface-id"]);
        Assert.Equal(("m1", "c1"), (message.MessageId, message.CorrelationId));
        Assert.Equal(("u1", "/devices/d1/messages/events", "application/json", "utf-8"), (message.UserId, message.To, message.ContentType, message.ContentEncoding));
        Assert.Equal(expiry.ToUnixTimeMilliseconds(), message.AbsoluteExpiryTime);
        Assert.Equal(
            AmqpMap.Strings(("iothub-message-schema", "s1"), ("level", "low"), ("flag", default)), message.ApplicationProperties);
        Assert.Equal(AmqpBodyKind.Data, message.BodyKind);
        Assert.Equal([1, 2, 3], message.Body);
        Assert.Empty(message.DeliveryAnnotations);
    }

    [Fact]
    public async Task An_empty_body_is_an_empty_data_section_and_many_properties_collapse_too()
    {
        await using var hub = await EventTestHub.StartAsync();
        var device = await hub.DeviceAsync("d1", null);
        await hub.AppendAsync(device, 1, _ => [], p =>
        {
            for (var i = 0; i < 100; i++)
            {
                p.Add($"name{i % 50}", $"value{i}");
            }
        });
        await using var client = await hub.ConnectAsync();
        var message = await (await client.ReceiverAsync(Address)).NextAsync();
        Assert.Equal(AmqpBodyKind.Data, message.BodyKind);
        Assert.Empty(message.Body);
        Assert.Equal(50, message.ApplicationProperties.Count);
        Assert.All(Enumerable.Range(0, 50), i => Assert.Equal($"value{i + 50}", message.ApplicationProperties[$"name{i}"]));
    }

    [Fact]
    public async Task Events_of_the_hub_itself_have_their_sources()
    {
        await using var hub = await EventTestHub.StartAsync(sources: HubEventSources.All);
        await hub.DeviceAsync("d1");
        var patched = await hub.Hub.Twins.PatchAsync(
            new IdentityId("d1"), """{"tags":{"floor":2}}"""u8.ToArray(), null, TestContext.Current.CancellationToken);
        Assert.True(patched.IsSuccess, patched.Error?.Message);
        await using var client = await hub.ConnectAsync();
        var messages = await (await client.ReceiverAsync(Address)).NextAsync(2);
        Assert.Equal(["deviceLifecycleEvents", "twinChangeEvents"], messages.Select(m => m.Annotations["iothub-message-source"].Text));
        Assert.Equal(["createDeviceIdentity", "updateTwin"], messages.Select(m => m.ApplicationProperties["opType"].Text));
        Assert.Equal(["deviceLifecycleNotification", "twinChangeNotification"], messages.Select(m => m.ApplicationProperties["iothub-message-schema"].Text));
        Assert.All(messages, m =>
        {
            Assert.Equal(("application/json", "utf-8", "hub"), (m.ContentType, m.ContentEncoding, m.UserId));
            Assert.Equal("d1", m.Annotations["iothub-connection-device-id"]);
            Assert.Equal(("hub", "d1"), (m.ApplicationProperties["hubName"], m.ApplicationProperties["deviceId"]));
            Assert.True(WireTime.TryParse(m.ApplicationProperties["operationTimestamp"].Text, out _));
        });
    }

    [Fact]
    public async Task Every_position_begins_where_it_says()
    {
        await using var hub = await EventTestHub.StartAsync();
        var device = await hub.DeviceAsync("d1");
        await hub.AppendAsync(device, 6);
        var first = hub.Hub.Events.GetState(0).NextSequence - 6;
        await using var client = await hub.ConnectAsync();
        var all = await (await client.ReceiverAsync(Address)).NextAsync((int)first + 6);
        Assert.Equal(Enumerable.Range(0, (int)first + 6).Select(i => (long)i), all.Select(m => m.SequenceNumber));
        var third = all[^4];
        var offset = third.Annotations["x-opt-offset"].Text;
        await StartsAtAsync(client, "amqp.annotation.x-opt-offset > '-1'", 0);
        await StartsAtAsync(client, $"amqp.annotation.x-opt-offset > '{offset}'", third.SequenceNumber + 1);
        await StartsAtAsync(client, $"amqp.annotation.x-opt-offset >= {offset}", third.SequenceNumber);
        await StartsAtAsync(client, $"amqp.annotation.x-opt-sequence-number > {third.SequenceNumber}", third.SequenceNumber + 1);
        await StartsAtAsync(client, $"amqp.annotation.x-opt-sequence-number >= '{third.SequenceNumber}'", third.SequenceNumber);
        await StartsAtAsync(client, "amqp.annotation.x-opt-enqueued-time > '0'", 0);

        var latest = await client.ReceiverAsync(Address, attach => Filtered(attach, "amqp.annotation.x-opt-offset > '@latest'"));
        var later = await client.ReceiverAsync(
            Address, attach => Filtered(attach, $"amqp.annotation.x-opt-enqueued-time > {third.Annotations["x-opt-enqueued-time"].AsTimestamp + 1_000_000}"));
        await hub.AppendAsync(device, 1, _ => "new"u8.ToArray());
        Assert.Equal("new", (await latest.NextAsync()).Text);
        Assert.Equal(0, latest.Waiting);
        Assert.Equal("new", (await later.NextAsync()).Text);
    }

    [Theory]
    [InlineData("amqp.annotation.x-opt-offset > '999999999'", "com.microsoft:argument-error", "'999999999'")]
    [InlineData("amqp.annotation.x-opt-sequence-number > 999999999", "com.microsoft:argument-error", "'999999999'")]
    [InlineData("nonsense", "com.microsoft:argument-error", "'nonsense'")]
    public async Task A_position_that_has_no_meaning_is_refused(string filter, string condition, string named)
    {
        await using var hub = await EventTestHub.StartAsync();
        await using var client = await hub.ConnectAsync();
        var error = await (await client.ReceiverAsync(Address, attach => Filtered(attach, filter))).ErrorAsync();
        Assert.Equal(condition, error.Condition);
        Assert.Contains(named, error.Description, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("other/ConsumerGroups/$Default/Partitions/0", AmqpCondition.NotFound, "The messaging entity 'sb://hub.test/other' could not be found")]
    [InlineData("hub/ConsumerGroups/nobody/Partitions/0", AmqpCondition.NotFound, "The messaging entity 'sb://hub.test/hub/ConsumerGroups/nobody' could not be found")]
    [InlineData("hub/ConsumerGroups/$Default/Partitions/1", "com.microsoft:argument-out-of-range", "The specified partition is invalid for an EventHub partition sender or receiver")]
    [InlineData("hub/ConsumerGroups/$Default/Partitions/x", "com.microsoft:argument-out-of-range", "between 0 and 0")]
    [InlineData("hub/ConsumerGroups/$Default/Partitions/-1", "com.microsoft:argument-out-of-range", "'-1'")]
    public async Task What_does_not_exist_is_told_in_the_words_that_SDKs_match(string address, string condition, string text)
    {
        await using var hub = await EventTestHub.StartAsync();
        await using var client = await hub.ConnectAsync();
        var error = await (await client.ReceiverAsync(address)).ErrorAsync();
        Assert.Equal(condition, error.Condition);
        Assert.Contains(text, error.Description, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("service", EventTestHub.HostName, true)]
    [InlineData("iothubowner", "sb://hub.test/hub", true)]
    [InlineData("service", "sb://hub.test/hub/ConsumerGroups/$Default/Partitions/0", true)]
    [InlineData("service", "amqps://hub.test/HUB", true)]
    [InlineData("service", "sb://hub.test/hub/ConsumerGroups/$Default/Partitions/1", false)]
    [InlineData("service", "sb://hub.test/other", false)]
    [InlineData("device", EventTestHub.HostName, false)]
    [InlineData("registryRead", EventTestHub.HostName, false)]
    public async Task Only_a_token_with_the_right_and_the_scope_opens_a_partition(string policy, string resource, bool isPermitted)
    {
        await using var hub = await EventTestHub.StartAsync();
        await using var client = await hub.ConnectAsync(policy, resource);
        var link = await client.ReceiverAsync(Address);
        if (isPermitted)
        {
            Assert.True(link.Link.IsOpen);
        }
        else
        {
            Assert.Equal(AmqpCondition.UnauthorizedAccess, (await link.ErrorAsync()).Condition);
        }
    }

    [Theory]
    [InlineData("hub")]
    [InlineData("hub/Partitions/0")]
    [InlineData("amqps://hub.test/hub/Publishers/me")]
    public async Task Nobody_but_devices_sends(string address)
    {
        await using var hub = await EventTestHub.StartAsync();
        await using var client = await hub.ConnectAsync("iothubowner");
        Assert.Equal(AmqpCondition.UnauthorizedAccess, (await (await client.SenderAsync(address)).ErrorAsync()).Condition);
    }

    [Fact]
    public async Task Credit_is_what_comes_and_a_drain_gives_the_rest_back()
    {
        await using var hub = await EventTestHub.StartAsync();
        var device = await hub.DeviceAsync("d1");
        await hub.AppendAsync(device, 50);
        await using var client = await hub.ConnectAsync();
        var link = await client.ReceiverAsync(Address, credit: 0);
        link.Credit(3);
        Assert.Equal([0, 1, 2], (await link.NextAsync(3)).Select(m => m.SequenceNumber));
        link.Credit(1000);
        await link.NextAsync(40);
        await link.DrainAsync();
        await link.NextAsync((int)hub.Hub.Events.GetState(0).NextSequence - 43);
        await hub.AppendAsync(device, 1);

        // No credit is left: what has come meanwhile waits for more.
        await link.DrainAsync();
        Assert.Equal(0, link.Waiting);
        link.Credit(1);
        Assert.Equal("e0", (await link.NextAsync()).Text);
    }

    [Fact]
    public async Task A_receiver_that_asks_for_it_learns_how_far_behind_it_is()
    {
        await using var hub = await EventTestHub.StartAsync();
        var device = await hub.DeviceAsync("d1");
        await hub.AppendAsync(device, 5);
        var state = hub.Hub.Events.GetState(0);
        await using var client = await hub.ConnectAsync();
        var link = await client.ReceiverAsync(Address, attach => attach with
        {
            DesiredCapabilities = ["com.microsoft:georeplication", "com.microsoft:enable-receiver-runtime-metric"],
        });
        Assert.Equal(["com.microsoft:enable-receiver-runtime-metric"], link.Link.Peer!.OfferedCapabilities);
        var message = await link.NextAsync();
        Assert.Equal(state.NextSequence - 1, message.DeliveryAnnotations["last_enqueued_sequence_number"]);
        Assert.Equal(state.LastOffset.ToString(CultureInfo.InvariantCulture), message.DeliveryAnnotations["last_enqueued_offset"]);
        Assert.Equal(state.LastEnqueued, message.DeliveryAnnotations["last_enqueued_time_utc"]);
        Assert.NotNull(message.DeliveryAnnotations["runtime_info_retrieval_time_utc"].AsTimestamp);
    }

    [Fact]
    public async Task An_epoch_takes_the_partition_from_whoever_has_it_and_a_lower_one_is_refused()
    {
        await using var hub = await EventTestHub.StartAsync();
        await using var client = await hub.ConnectAsync();
        var shared = await client.ReceiverAsync(Address);
        var first = await client.ReceiverAsync(Address, attach => WithEpoch(attach, 5L, "first"));
        Assert.Equal(AmqpCondition.LinkStolen, (await shared.ErrorAsync()).Condition);

        await using var other = await hub.ConnectAsync();
        var lower = await other.ReceiverAsync(Address, attach => WithEpoch(attach, 4L, "lower"));
        Assert.Equal(AmqpCondition.LinkStolen, (await lower.ErrorAsync()).Condition);
        var none = await other.ReceiverAsync(Address);
        Assert.Equal(AmqpCondition.LinkStolen, (await none.ErrorAsync()).Condition);
        Assert.True(first.Link.IsOpen);

        var same = await other.ReceiverAsync(Address, attach => WithEpoch(attach, 5, "same"));
        var stolen = await first.ErrorAsync();
        Assert.Equal(AmqpCondition.LinkStolen, stolen.Condition);
        Assert.Contains("'same'", stolen.Description, StringComparison.Ordinal);
        Assert.True(same.Link.IsOpen);

        // Once it is gone, those without one are let in again.
        same.Detach();
        await same.Detached.WaitAsync(TestDeadline.Default, TestContext.Current.CancellationToken);
        Assert.True((await other.ReceiverAsync(Address)).Link.IsOpen);
    }

    [Fact]
    public async Task Five_share_a_partition_and_a_connection_that_breaks_makes_room()
    {
        await using var hub = await EventTestHub.StartAsync();
        var device = await hub.DeviceAsync("d1");
        await using var client = await hub.ConnectAsync();
        var leaving = await hub.ConnectAsync();
        var links = new List<ReceivingLink> { await leaving.ReceiverAsync(Address) };
        for (var i = 0; i < 4; i++)
        {
            links.Add(await client.ReceiverAsync(Address));
        }

        var sixth = await client.ReceiverAsync(Address);
        var refused = await sixth.ErrorAsync();
        Assert.Equal(AmqpCondition.ResourceLimitExceeded, refused.Condition);
        Assert.Contains("5", refused.Description, StringComparison.Ordinal);
        await hub.AppendAsync(device, 3);
        foreach (var link in links)
        {
            Assert.Equal("e2", (await link.NextAsync((int)hub.Hub.Events.GetState(0).NextSequence))[^1].Text);
        }

        await leaving.DisposeAsync();
        ReceivingLink? next = null;
        for (var deadline = TimeProvider.System.GetUtcNow() + TestDeadline.Default; next is not { Link.IsOpen: true }; next = await client.ReceiverAsync(Address))
        {
            Assert.True(TimeProvider.System.GetUtcNow() < deadline, "The place of a broken connection is free.");
        }
    }

    [Fact]
    public async Task The_receivers_of_a_deleted_group_are_detached()
    {
        await using var hub = await EventTestHub.StartAsync();
        Assert.True((await hub.Hub.ConsumerGroups.CreateAsync("g", TestContext.Current.CancellationToken)).IsSuccess);
        await using var client = await hub.ConnectAsync();
        var link = await client.ReceiverAsync("hub/ConsumerGroups/G/Partitions/0");
        Assert.True(link.Link.IsOpen);
        await hub.Hub.ConsumerGroups.DeleteAsync("g", TestContext.Current.CancellationToken);
        Assert.Equal(AmqpCondition.NotFound, (await link.ErrorAsync()).Condition);
    }

    [Fact]
    public async Task A_backlog_of_many_batches_comes_complete_and_in_order_and_then_the_tail()
    {
        await using var hub = await EventTestHub.StartAsync();
        var device = await hub.DeviceAsync("d1");
        await hub.AppendAsync(device, 20_000, i => BitConverter.GetBytes(i).Concat(new byte[60]).ToArray());
        await using var client = await hub.ConnectAsync();
        var link = await client.ReceiverAsync(Address, credit: 1000);
        var total = hub.Hub.Events.GetState(0).NextSequence;
        for (var i = 0L; i < total; i++)
        {
            Assert.Equal(i, (await link.NextAsync()).SequenceNumber);
        }

        for (var i = 0; i < 50; i++)
        {
            await hub.AppendAsync(device, 1, _ => [(byte)i]);
            Assert.Equal([(byte)i], (await link.NextAsync()).Body);
        }
    }

    [Fact]
    public async Task Large_events_come_whole()
    {
        await using var hub = await EventTestHub.StartAsync();
        var device = await hub.DeviceAsync("d1");
        var body = new byte[255 * 1024];
        new Random(1).NextBytes(body);
        await hub.AppendAsync(device, 5, _ => body);
        await using var client = await hub.ConnectAsync();
        var link = await client.ReceiverAsync(Address);
        var messages = await link.NextAsync((int)hub.Hub.Events.GetState(0).NextSequence);
        Assert.All(messages.TakeLast(5), m => Assert.Equal(body, m.Body));
    }

    [Fact]
    public async Task A_token_that_ends_ends_its_receivers()
    {
        await using var hub = await EventTestHub.StartAsync();
        await using var client = await LinkClient.ConnectAsync(hub.Port, EventTestHub.HostName);
        Assert.Equal(200, await client.PutTokenAsync(hub.Token("service")));
        var link = await client.ReceiverAsync(Address);
        await hub.Hub.Authenticator.RegenerateKeyAsync("service", Hub.Security.PolicyKey.Primary, TestContext.Current.CancellationToken);
        Assert.Equal(AmqpCondition.UnauthorizedAccess, (await link.ErrorAsync()).Condition);
    }

    [Fact]
    public async Task A_hub_that_is_deleted_ends_its_receivers()
    {
        await using var hub = await EventTestHub.StartAsync();
        var second = await hub.Hubs.CreateAsync(new HubDefinition { HostName = "second.test" }, TestContext.Current.CancellationToken);
        Assert.True(second.IsSuccess);
        await using var client = await LinkClient.ConnectAsync(hub.Port, "second.test");
        var key = second.Value.Authenticator.Policies.Single(p => p.Name == "service").PrimaryKey;
        Assert.Equal(200, await client.PutTokenAsync(SasToken.Create(
            "sb://second.test/second", Convert.FromBase64String(key), TimeProvider.System.GetUtcNow().AddHours(1), "service")));
        var link = await client.ReceiverAsync("second/ConsumerGroups/$Default/Partitions/3");
        Assert.True(link.Link.IsOpen);
        await hub.Hubs.DeleteAsync("second", TestContext.Current.CancellationToken);
        await link.Detached.WaitAsync(TestDeadline.Default, TestContext.Current.CancellationToken);
    }

    internal static AmqpAttach Filtered(AmqpAttach attach, string filter) => attach with
    {
        Source = attach.Source! with { Filter = AmqpMap.Fields((FilterName, new AmqpDescribed(AmqpValue.Symbol(FilterName), filter))) },
    };

    private static AmqpAttach WithEpoch(AmqpAttach attach, AmqpValue epoch, string name) => attach with
    {
        Properties = AmqpMap.Fields(("com.microsoft:epoch", epoch), ("com.microsoft:receiver-name", name)),
    };

    private static async Task StartsAtAsync(LinkClient client, string filter, long sequence)
    {
        var link = await client.ReceiverAsync(Address, attach => Filtered(attach, filter), credit: 1);
        Assert.Equal(sequence, (await link.NextAsync()).SequenceNumber);
        link.Detach();
        await link.Detached.WaitAsync(TestDeadline.Default, TestContext.Current.CancellationToken);
    }
}
