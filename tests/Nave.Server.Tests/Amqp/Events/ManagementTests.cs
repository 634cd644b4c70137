using System.Globalization;
using Nave.Amqp;

namespace Nave.Server.Tests.Amqp.Events;

/// <summary>Runtime information, and the way to it for those who know only the hub.</summary>
public sealed class ManagementTests
{
    [Fact]
    public async Task The_stream_says_what_it_is_in_exactly_the_types_that_SDKs_cast_to()
    {
        await using var hub = await EventTestHub.StartAsync(partitions: 3);
        await using var client = await hub.ConnectAsync();
        var reply = await AskAsync(client, ("name", "hub"), ("type", "com.microsoft:eventhub"));
        Assert.Equal(200, reply.ApplicationProperties["status-code"]);
        Assert.Equal("OK", reply.ApplicationProperties["status-description"]);
        var body = reply.Value.AsMap!;
        Assert.Equal("hub", body["name"]);
        Assert.Equal("com.microsoft:eventhub", body["type"]);
        Assert.Equal(hub.Hub.Created, body["created_at"]);
        Assert.Equal(3, body["partition_count"]);
        Assert.Equal(AmqpValue.StringArray(["0", "1", "2"]), body["partition_ids"]);
    }

    [Fact]
    public async Task A_partition_says_what_it_holds_and_an_empty_one_that_it_is_empty()
    {
        await using var hub = await EventTestHub.StartAsync(partitions: 2);
        var device = await hub.DeviceAsync("d1");
        await hub.AppendAsync(device, 3);
        var full = hub.Hub.Events.GetState(0).NextSequence > 0 ? 0 : 1;
        await using var client = await hub.ConnectAsync();
        var body = (await AskAsync(client, ("name", "HUB"), ("type", "com.microsoft:partition"), ("partition", $"{full}"))).Value.AsMap!;
        var state = hub.Hub.Events.GetState(full);
        Assert.Equal(("hub", $"{full}"), (body["name"], body["partition"]));
        Assert.Equal(0L, body["begin_sequence_number"]);
        Assert.Equal(state.NextSequence - 1, body["last_enqueued_sequence_number"]);
        Assert.Equal(state.LastOffset.ToString(CultureInfo.InvariantCulture), body["last_enqueued_offset"]);
        Assert.Equal(state.LastEnqueued, body["last_enqueued_time_utc"]);
        Assert.Equal(false, body["is_partition_empty"]);

        body = (await AskAsync(client, ("name", "hub"), ("type", "com.microsoft:partition"), ("partition", $"{1 - full}"))).Value.AsMap!;
        Assert.Equal((0L, -1L), (body["begin_sequence_number"], body["last_enqueued_sequence_number"]));
        Assert.Equal("-1", body["last_enqueued_offset"]);
        Assert.Equal(true, body["is_partition_empty"]);
        Assert.NotNull(body["last_enqueued_time_utc"].AsTimestamp);
    }

    [Theory]
    [InlineData("other", "com.microsoft:eventhub", "READ", "", 404, AmqpCondition.NotFound, "The messaging entity 'sb://hub.test/other' could not be found")]
    [InlineData("hub", "com.microsoft:partition", "READ", "9", 400, "com.microsoft:argument-out-of-range", "The specified partition is invalid for an EventHub partition sender or receiver")]
    [InlineData("hub", "com.microsoft:partition", "READ", "-1", 400, "com.microsoft:argument-out-of-range", "'-1'")]
    [InlineData("hub", "com.microsoft:eventhub", "DELETE", "", 400, "com.microsoft:argument-error", "'DELETE'")]
    [InlineData("hub", "other", "READ", "", 400, "com.microsoft:argument-error", "'other'")]
    public async Task What_cannot_be_answered_says_why(string name, string type, string operation, string partition, int status, string condition, string text)
    {
        await using var hub = await EventTestHub.StartAsync();
        await using var client = await hub.ConnectAsync();
        var reply = await AskAsync(client, ("operation", operation), ("name", name), ("type", type), ("partition", partition));
        Assert.Equal(status, reply.ApplicationProperties["status-code"]);
        Assert.Equal(condition, reply.ApplicationProperties["error-condition"].Text);
        Assert.Contains(text, reply.ApplicationProperties["status-description"].Text, StringComparison.Ordinal);
        Assert.True(reply.Value.IsNull);
    }

    [Fact]
    public async Task The_reply_names_the_request_by_the_same_type()
    {
        await using var hub = await EventTestHub.StartAsync();
        await using var client = await hub.ConnectAsync();
        foreach (var id in (AmqpValue[])["text", 0UL, 7UL, Guid.NewGuid()])
        {
            Assert.Equal(id, (await AskAsync(client, id, ("name", "hub"), ("type", "com.microsoft:eventhub"))).CorrelationId);
        }
    }

    [Fact]
    public async Task A_request_may_bring_its_own_token_and_what_is_no_token_does_not_count()
    {
        await using var hub = await EventTestHub.StartAsync();
        await using var client = await hub.ConnectAsync("device");
        (string, AmqpValue)[] question = [("name", "hub"), ("type", "com.microsoft:eventhub")];
        Assert.Equal(401, (await AskAsync(client, question)).ApplicationProperties["status-code"]);
        Assert.Equal(401, (await AskAsync(client, [.. question, ("security_token", "nonsense")])).ApplicationProperties["status-code"]);
        Assert.Equal(200, (await AskAsync(client, [.. question, ("security_token", hub.Token("service"))])).ApplicationProperties["status-code"]);

        await using var service = await hub.ConnectAsync();
        Assert.Equal(200, (await AskAsync(service, [.. question, ("security_token", 1_900_000_000)])).ApplicationProperties["status-code"]);
    }

    [Theory]
    [InlineData("/messages/events/$management", "$management")]
    [InlineData("amqps://hub.test/messages/events/ConsumerGroups/$Default/Partitions/0", "ConsumerGroups/$Default/Partitions/0")]
    public async Task Who_knows_only_the_hub_is_told_where_its_stream_is(string address, string path)
    {
        await using var hub = await EventTestHub.StartAsync();
        await using var client = await hub.ConnectAsync();
        var error = await (await client.ReceiverAsync(address)).ErrorAsync();
        Assert.Equal(AmqpCondition.LinkRedirect, error.Condition);
        Assert.Equal("hub.test", error.Info!["hostname"]);
        Assert.Equal("hub.test", error.Info["network-host"]);
        Assert.Equal(5671, error.Info["port"]);
        Assert.Equal($"amqps://hub.test:5671/hub/{path}", error.Info["address"]);

        await using var device = await hub.ConnectAsync("device");
        Assert.Equal(AmqpCondition.UnauthorizedAccess, (await (await device.ReceiverAsync(address)).ErrorAsync()).Condition);
    }

    [Fact]
    public async Task Many_requests_at_once_are_all_answered()
    {
        await using var hub = await EventTestHub.StartAsync();
        await using var client = await hub.ConnectAsync();
        var replies = await client.ReceiverAsync("$management", credit: 1000);
        var requests = await client.SenderAsync("$management");
        var outcomes = Enumerable.Range(0, 40).Select(i => requests.Send(Request((ulong)i, [("name", "hub"), ("type", "com.microsoft:eventhub")]))).ToArray();
        Assert.All(await Task.WhenAll(outcomes), outcome => Assert.Equal(AmqpOutcomeKind.Accepted, outcome.Kind));
        Assert.Equal(Enumerable.Range(0, 40).Select(i => (AmqpValue)(ulong)i), (await replies.NextAsync(40)).Select(reply => reply.CorrelationId));
    }

    private static Task<LinkMessage> AskAsync(LinkClient client, params (string, AmqpValue)[] properties) => AskAsync(client, "q", properties);

    private static async Task<LinkMessage> AskAsync(LinkClient client, AmqpValue id, params (string, AmqpValue)[] properties)
    {
        var replies = await client.ReceiverAsync("$management");
        var requests = await client.SenderAsync("$management");
        var outcome = await requests.Send(Request(id, properties));
        Assert.Equal(AmqpOutcomeKind.Accepted, outcome.Kind);
        var reply = await replies.NextAsync();
        Assert.Equal(id, reply.CorrelationId);
        requests.Detach();
        replies.Detach();
        await Task.WhenAll(requests.Detached, replies.Detached);
        return reply;
    }

    private static byte[] Request(AmqpValue id, (string Key, AmqpValue Value)[] properties)
    {
        var writer = new AmqpWriter();
        writer.Properties(new AmqpPropertiesFields { MessageId = id, ReplyTo = "somewhere"u8 });
        var map = AmqpMap.Strings(properties);
        if (!map.TryGet("operation", out _))
        {
            map.Add("operation", "READ");
        }

        writer.ApplicationProperties(map);
        writer.Body(default);
        return writer.Written.ToArray();
    }
}
