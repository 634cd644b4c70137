using System.Text;
using Nave.Amqp;
using Nave.Api;
using Nave.Client.Tests.Fakes;

namespace Nave.Client.Tests.Events;

public sealed class EventsClientTests
{
    private static readonly AmqpClientOptions s_options = new()
    {
        FirstReconnectDelay = TimeSpan.FromMilliseconds(5),
        LongestReconnectDelay = TimeSpan.FromMilliseconds(20),
        OperationTimeout = Deadline.Default,
        Random = new Random(1),
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_event_comes_with_all_that_it_has()
    {
        await using var hub = new FakeEventHub();
        await hub.PublishAsync(1, "hello", annotations => annotations.Add(AmqpValue.Symbol("dt-subject"), "thermostat"));
        await using var client = EventsClient.Create(hub.ConnectionString, s_options);
        var received = Assert.Single(await ReadAsync(client, new EventReadOptions { Start = EventPosition.Earliest, UntilEnd = true }));

        Assert.Equal(("1", 0L, "0", "d1", "Telemetry"), (received.PartitionId, received.SequenceNumber, received.Offset, received.DeviceId, received.Source));
        Assert.Equal(DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000), received.EnqueuedTime);
        Assert.Equal("hello", Encoding.UTF8.GetString(received.Body.Span));
        Assert.Equal(("m0", "text/plain", "thermostat"), (
            received.Properties[SystemProperty.MessageId], received.Properties[SystemProperty.ContentType], received.Properties[SystemProperty.Component]));
        Assert.Equal(["level=high", "count=3", "nothing!"], received.Properties.Where(property => property.System == SystemProperty.None)
            .Select(property => property.IsNull ? property.Name + "!" : $"{property.Name}={property.Value}"));
        Assert.True(received.IsOf("d1"u8));
        Assert.False(received.IsOf("d2"u8));
        Assert.Equal(received.Body.ToArray(), AmqpMessage.Parse(received.Message.Span).Data.ToArray());
    }

    [Fact]
    public async Task The_stream_and_its_partitions_are_described()
    {
        await using var hub = new FakeEventHub(partitions: 3);
        await hub.PublishAsync(2, "a");
        await hub.PublishAsync(2, "b");
        await using var client = EventsClient.Create(hub.ConnectionString, s_options);
        Assert.Equal(["0", "1", "2"], (await client.GetPropertiesAsync(Token)).PartitionIds);
        Assert.Equal(
            new PartitionProperties("2", 0, 1, "100", DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_001), false),
            await client.GetPartitionPropertiesAsync("2", Token));
        Assert.True((await client.GetPartitionPropertiesAsync("0", Token)).IsEmpty);
        Assert.Equal(1, hub.Opened);
    }

    [Fact]
    public async Task Reading_to_the_end_goes_partition_by_partition_and_stops_there()
    {
        await using var hub = new FakeEventHub(partitions: 3);
        for (var i = 0; i < 1000; i++)
        {
            await hub.PublishAsync(i % 2 * 2, $"{i}");
        }

        await using var client = EventsClient.Create(hub.ConnectionString, s_options);
        var all = await ReadAsync(client, new EventReadOptions { Start = EventPosition.Earliest, UntilEnd = true, Prefetch = 10 });
        Assert.Equal(
            Enumerable.Range(0, 500).Select(i => ("0", (long)i)).Concat(Enumerable.Range(0, 500).Select(i => ("2", (long)i))),
            all.Select(received => (received.PartitionId, received.SequenceNumber)));
    }

    [Theory]
    [InlineData("sequence", 5)]
    [InlineData("sequence from", 4)]
    [InlineData("offset", 5)]
    [InlineData("offset from", 4)]
    [InlineData("time", 4)]
    [InlineData("earliest", 0)]
    [InlineData("latest", 10)]
    [InlineData("sequence at the end", 10)]
    [InlineData("offset at the end", 10)]
    [InlineData("time after the end", 10)]
    public async Task A_position_is_where_reading_starts(string position, int first)
    {
        await using var hub = new FakeEventHub(partitions: 1);
        for (var i = 0; i < 10; i++)
        {
            await hub.PublishAsync(0, $"{i}");
        }

        var start = position switch
        {
            "sequence" => EventPosition.FromSequenceNumber(4),
            "sequence from" => EventPosition.FromSequenceNumber(4, isInclusive: true),
            "offset" => EventPosition.FromOffset("400"),
            "offset from" => EventPosition.FromOffset("400", isInclusive: true),
            "time" => EventPosition.FromTime(DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_004)),
            "latest" => EventPosition.Latest,
            "sequence at the end" => EventPosition.FromSequenceNumber(9),
            "offset at the end" => EventPosition.FromOffset("900"),
            "time after the end" => EventPosition.FromTime(DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_010)),
            _ => EventPosition.Earliest,
        };
        await using var client = EventsClient.Create(hub.ConnectionString, s_options);
        var all = await ReadAsync(client, new EventReadOptions { Start = start, UntilEnd = true });
        Assert.Equal(Enumerable.Range(first, 10 - first).Select(i => (long)i), all.Select(received => received.SequenceNumber));
    }

    [Fact]
    public async Task Partitions_may_start_where_their_checkpoints_say()
    {
        await using var hub = new FakeEventHub();
        for (var i = 0; i < 6; i++)
        {
            await hub.PublishAsync(i % 2, $"{i}");
        }

        await using var client = EventsClient.Create(hub.ConnectionString, s_options);
        var all = await ReadAsync(client, new EventReadOptions
        {
            Start = EventPosition.Earliest,
            Starts = new Dictionary<string, EventPosition> { ["1"] = EventPosition.FromSequenceNumber(1) },
            UntilEnd = true,
        });
        Assert.Equal(["0:0", "0:1", "0:2", "1:2"], all.Select(received => received.ToString()));
    }

    [Fact]
    public async Task Nothing_is_lost_or_doubled_when_the_connection_is_cut_again_and_again()
    {
        const int Count = 3000;
        await using var hub = new FakeEventHub();
        await using var client = EventsClient.Create(hub.ConnectionString, s_options);
        await using var reading = client.ReadAsync(new EventReadOptions { Start = EventPosition.Earliest, Prefetch = 50 }, Token).GetAsyncEnumerator(Token);

        // A first connection that is cut is told; this is about those after it.
        await hub.PublishAsync(0, "0");
        Assert.True(await reading.MoveNextAsync().AsTask().WaitAsync(Deadline.Default));
        var publishing = Task.Run(async () =>
        {
            for (var i = 1; i < Count; i++)
            {
                await hub.PublishAsync(i % 2, $"{i}");
                if (i % 500 == 250)
                {
                    hub.Cut();
                }
            }
        });
        var next = new long[] { 1, 0 };
        for (var i = 1; i < Count; i++)
        {
            Assert.True(await reading.MoveNextAsync().AsTask().WaitAsync(Deadline.Default));
            var partition = reading.Current.PartitionId == "0" ? 0 : 1;
            Assert.Equal(next[partition]++, reading.Current.SequenceNumber);
        }

        await publishing;
        Assert.True(hub.Opened > 1);
    }

    [Fact]
    public async Task From_latest_nothing_is_lost_though_the_connection_is_cut_before_the_first_event()
    {
        await using var hub = new FakeEventHub(partitions: 1);
        await hub.PublishAsync(0, "before");
        await using var client = EventsClient.Create(hub.ConnectionString, s_options);
        await using var reading = client.ReadAsync(new EventReadOptions(), Token).GetAsyncEnumerator(Token);
        var first = reading.MoveNextAsync().AsTask();
        await hub.UntilAsync(() => hub.Receivers.Count == 1);
        hub.Cut();
        await hub.PublishAsync(0, "while away");
        Assert.True(await first.WaitAsync(Deadline.Default));
        Assert.Equal("while away", Encoding.UTF8.GetString(reading.Current.Body.Span));
    }

    [Fact]
    public async Task A_peer_that_repeats_itself_is_not_believed()
    {
        await using var hub = new FakeEventHub(partitions: 1) { Repeats = true };
        for (var i = 0; i < 9; i++)
        {
            await hub.PublishAsync(0, $"{i}");
        }

        await using var client = EventsClient.Create(hub.ConnectionString, s_options);
        var batches = client.ReadAsync(new EventReadOptions { Start = EventPosition.Earliest }, Token);
        var seen = new List<long>();
        await foreach (var received in batches)
        {
            seen.Add(received.SequenceNumber);
            if (received.SequenceNumber == 7)
            {
                break;
            }
        }

        Assert.Equal([0, 1, 3, 4, 6, 7], seen);
    }

    [Fact]
    public async Task A_stream_made_anew_is_read_on_from_the_time_of_the_last_event()
    {
        await using var hub = new FakeEventHub(partitions: 1);
        for (var i = 0; i < 5; i++)
        {
            await hub.PublishAsync(0, $"old {i}");
        }

        await using var client = EventsClient.Create(hub.ConnectionString, s_options);
        await using var reading = client.ReadAsync(new EventReadOptions { Start = EventPosition.FromSequenceNumber(3) }, Token).GetAsyncEnumerator(Token);
        Assert.True(await reading.MoveNextAsync().AsTask().WaitAsync(Deadline.Default));
        Assert.Equal(4, reading.Current.SequenceNumber);

        hub.Reset();
        await hub.PublishAsync(0, "new");
        hub.Cut();
        var next = reading.MoveNextAsync().AsTask();
        await hub.UntilAsync(() => hub.Receivers.Count >= 2);
        Assert.Equal(
            "amqp.annotation.x-opt-enqueued-time > '1800000000004'",
            hub.Receivers.Last().Source!.Filter!["apache.org:selector-filter:string"].AsDescribed!.Value.Text);

        // Number 5 is the first that has a later time here.
        for (var i = 1; i < 6; i++)
        {
            await hub.PublishAsync(0, $"new {i}");
        }

        Assert.True(await next.WaitAsync(Deadline.Default));
        Assert.Equal("new 5", Encoding.UTF8.GetString(reading.Current.Body.Span));
    }

    [Fact]
    public async Task A_slow_reader_holds_no_more_than_was_asked_for_ahead()
    {
        await using var hub = new FakeEventHub(partitions: 1);
        for (var i = 0; i < 2000; i++)
        {
            await hub.PublishAsync(0, "x");
        }

        await using var client = EventsClient.Create(hub.ConnectionString, s_options);
        await using var reading = client.ReadBatchesAsync(new EventReadOptions { Start = EventPosition.Earliest, Prefetch = 100 }, Token).GetAsyncEnumerator(Token);
        var read = 0;
        while (read < 1000)
        {
            Assert.True(await reading.MoveNextAsync().AsTask().WaitAsync(Deadline.Default));
            read += reading.Current.Count;
            Assert.True(hub.SentTo(0) <= read + 100, $"{hub.SentTo(0)} were sent though only {read} were taken.");
        }
    }

    [Fact]
    public async Task Large_events_are_asked_for_in_smaller_numbers()
    {
        await using var hub = new FakeEventHub(partitions: 1);
        for (var i = 0; i < 40; i++)
        {
            await hub.PublishAsync(0, new string('x', 200_000));
        }

        await using var client = EventsClient.Create(hub.ConnectionString, s_options);
        await using var reading = client.ReadBatchesAsync(
            new EventReadOptions { Start = EventPosition.Earliest, PrefetchBytes = 20_000 }, Token).GetAsyncEnumerator(Token);
        var read = 0;
        while (read < 40)
        {
            Assert.True(await reading.MoveNextAsync().AsTask().WaitAsync(Deadline.Default));
            read += reading.Current.Count;

            // 20,000 bytes of what is taken for 4 KiB at first, and one at a time once it is known how large they are.
            Assert.True(hub.SentTo(0) <= read + 5, $"{hub.SentTo(0)} were sent though only {read} were taken.");
        }
    }

    [Fact]
    public async Task What_was_stolen_ends_with_what_came_before_handed_out()
    {
        await using var hub = new FakeEventHub(partitions: 1);
        await hub.PublishAsync(0, "a");
        await using var client = EventsClient.Create(hub.ConnectionString, s_options);
        await using var reading = client.ReadAsync(new EventReadOptions { Start = EventPosition.Earliest, OwnerLevel = 7 }, Token).GetAsyncEnumerator(Token);
        Assert.True(await reading.MoveNextAsync().AsTask().WaitAsync(Deadline.Default));
        await hub.DetachAsync(new AmqpError(AmqpCondition.LinkStolen, "Another receiver has it."));
        var thrown = await Assert.ThrowsAsync<AmqpPeerException>(() => reading.MoveNextAsync().AsTask().WaitAsync(Deadline.Default));
        Assert.Equal((AmqpPeerError.Disconnected, AmqpCondition.LinkStolen), (thrown.Error, thrown.Condition));
        Assert.True(hub.Receivers.TryPeek(out var attach) && attach.Properties!["com.microsoft:epoch"] == 7L);
    }

    [Theory]
    [InlineData(AmqpCondition.NotFound, AmqpPeerError.NotFound)]
    [InlineData(AmqpCondition.UnauthorizedAccess, AmqpPeerError.Unauthorized)]
    [InlineData(AmqpCondition.ResourceLimitExceeded, AmqpPeerError.QuotaExceeded)]
    [InlineData("com.microsoft:argument-error", AmqpPeerError.Refused)]
    public async Task A_refusal_is_told_and_not_tried_again(string condition, AmqpPeerError error)
    {
        await using var hub = new FakeEventHub(partitions: 1) { Refusal = new AmqpError(condition, "It is so.") };
        await using var client = EventsClient.Create(hub.ConnectionString, s_options);
        var thrown = await Assert.ThrowsAsync<AmqpPeerException>(
            () => ReadAsync(client, new EventReadOptions { Start = EventPosition.Earliest }).WaitAsync(Deadline.Default));
        Assert.Equal((error, condition), (thrown.Error, thrown.Condition));
        Assert.Contains("It is so.", thrown.Message, StringComparison.Ordinal);
        Assert.Single(hub.Receivers);
    }

    [Fact]
    public async Task A_token_that_is_refused_is_told_without_it()
    {
        await using var hub = new FakeEventHub { TokenStatus = 401 };
        await using var client = EventsClient.Create(hub.ConnectionString, s_options);
        var thrown = await Assert.ThrowsAsync<AmqpPeerException>(() => client.GetPropertiesAsync(Token));
        Assert.Equal(AmqpPeerError.Unauthorized, thrown.Error);
        Assert.DoesNotContain("SharedAccessSignature", thrown.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_token_names_the_stream_and_is_signed_with_the_keys_text()
    {
        await using var hub = new FakeEventHub();
        await using var client = EventsClient.Create(hub.ConnectionString, s_options);
        await client.GetPropertiesAsync(Token);
        Assert.True(hub.Tokens.TryPeek(out var put));
        Assert.StartsWith("sb://localhost/events SharedAccessSignature sr=", put, StringComparison.Ordinal);
        Assert.True(SasToken.TryParse(put["sb://localhost/events ".Length..], out var token));
        Assert.True(token.VerifyWithText(Convert.FromBase64String("c2VjcmV0")));
    }

    [Fact]
    public async Task A_token_is_renewed_before_it_ends()
    {
        await using var hub = new FakeEventHub();
        await using var client = EventsClient.Create(hub.ConnectionString, s_options with { TokenLifetime = TimeSpan.FromSeconds(1), TokenUse = 0.1 });
        await client.GetPropertiesAsync(Token);
        await hub.UntilAsync(() => hub.Tokens.Count >= 3);
        Assert.Equal(1, hub.Opened);
    }

    [Fact]
    public async Task A_hub_is_asked_where_its_events_are()
    {
        await using var hub = new FakeEventHub(partitions: 1);
        hub.Redirect = new AmqpError(
            AmqpCondition.LinkRedirect,
            null,
            AmqpMap.Fields(
                ("hostname", "localhost"), ("network-host", "localhost"), ("port", hub.Port), ("address", $"amqps://localhost:{hub.Port}/{FakeEventHub.Name}/$management")));
        await hub.PublishAsync(0, "found");
        await using var client = EventsClient.Create(
            IotHubConnectionString.Parse("HostName=localhost;SharedAccessKeyName=service;SharedAccessKey=c2VjcmV0"),
            s_options with { Transport = ClientTransport.AmqpPlain, Endpoint = new ClientEndpoint { Port = hub.Port } });
        Assert.Equal("found", Encoding.UTF8.GetString(Assert.Single(await ReadAsync(client, new EventReadOptions { Start = EventPosition.Earliest, UntilEnd = true })).Body.Span));
        var login = Assert.Single(hub.Logins, init => init.Mechanism == AmqpSaslMechanism.Plain);
        Assert.True(AmqpSaslPlain.TryParse(login.InitialResponse, out var user, out var password));
        Assert.Equal("service@sas.root.localhost", user);
        Assert.True(SasToken.TryParse(password, out var token) && token.Verify(Convert.FromBase64String("c2VjcmV0")));
    }

    [Fact]
    public async Task A_peer_that_is_not_there_fails_at_once_unless_it_is_to_be_waited_for()
    {
        var hub = new FakeEventHub();
        var connection = hub.ConnectionString;
        await hub.DisposeAsync();
        await using var client = EventsClient.Create(connection, s_options);
        Assert.Equal(AmqpPeerError.NotConnected, (await Assert.ThrowsAsync<AmqpPeerException>(() => client.GetPropertiesAsync(Token))).Error);
        await Assert.ThrowsAsync<AmqpPeerException>(() => ReadAsync(client, new EventReadOptions()).WaitAsync(Deadline.Default));

        using var stop = new CancellationTokenSource();
        await using var patient = EventsClient.Create(connection, s_options with { RetryFirstConnect = true });
        var tried = 0;
        patient.ConnectionChanged += (_, change) =>
        {
            if (change.State == DeviceConnectionState.Connecting && Interlocked.Increment(ref tried) == 3)
            {
                stop.Cancel();
            }
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => patient.ReadAsync(new EventReadOptions(), stop.Token).GetAsyncEnumerator(stop.Token).MoveNextAsync().AsTask().WaitAsync(Deadline.Default));
    }

    [Fact]
    public async Task Cancelling_ends_a_wait_at_once_and_leaves_the_client_usable()
    {
        await using var hub = new FakeEventHub(partitions: 1);
        await using var client = EventsClient.Create(hub.ConnectionString, s_options);
        using var stop = new CancellationTokenSource();
        await using var reading = client.ReadAsync(new EventReadOptions(), stop.Token).GetAsyncEnumerator(stop.Token);
        var waiting = reading.MoveNextAsync().AsTask();
        await hub.UntilAsync(() => hub.Receivers.Count == 1);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(Deadline.Default));
        await hub.PublishAsync(0, "later");
        Assert.Single(await ReadAsync(client, new EventReadOptions { Start = EventPosition.Earliest, UntilEnd = true }));
        Assert.Equal(1, hub.Opened);
    }

    [Fact]
    public async Task A_client_that_was_disposed_of_says_so()
    {
        await using var hub = new FakeEventHub();
        var client = EventsClient.Create(hub.ConnectionString, s_options);
        await client.GetPropertiesAsync(Token);
        await client.DisposeAsync();
        await client.DisposeAsync();
        Assert.Equal(AmqpPeerError.Disposed, (await Assert.ThrowsAsync<AmqpPeerException>(() => client.GetPropertiesAsync(Token))).Error);
    }

    [Fact]
    public void Settings_out_of_range_are_named()
    {
        var thrown = Assert.Throws<ArgumentException>(() => new EventReadOptions
        {
            ConsumerGroup = "a/b", Prefetch = 0, PrefetchBytes = 0, OwnerLevel = -1, PartitionIds = [],
        }.Validate());
        foreach (var name in (string[])["ConsumerGroup", "Prefetch", "PrefetchBytes", "OwnerLevel", "PartitionIds"])
        {
            Assert.Contains(name, thrown.Message, StringComparison.Ordinal);
        }

        Assert.Throws<ArgumentException>(() => EventsClient.Create(
            EventHubConnectionString.Parse("Endpoint=sb://h/;SharedAccessKeyName=n;SharedAccessKey=k;EntityPath=e"), new AmqpClientOptions { Transport = ClientTransport.Mqtt }));
        Assert.Throws<ArgumentException>(() => EventPosition.FromOffset("1' or '1"));
    }

    [Fact]
    public async Task A_client_that_goes_by_itself_is_told_no_reason()
    {
        await using var hub = new FakeEventHub();
        await hub.PublishAsync(0, "a");
        var gone = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (var client = EventsClient.Create(hub.ConnectionString, s_options))
        {
            client.ConnectionChanged += (_, change) =>
            {
                if (change.State == DeviceConnectionState.Disconnected)
                {
                    gone.TrySetResult(change.Reason);
                }
            };
            Assert.Single(await ReadAsync(client, new EventReadOptions { Start = EventPosition.Earliest, UntilEnd = true }));
        }

        Assert.Null(await gone.Task.WaitAsync(Deadline.Default, Token));
    }

    private static async Task<List<ReceivedEvent>> ReadAsync(EventsClient client, EventReadOptions options)
    {
        var all = new List<ReceivedEvent>();
        await foreach (var received in client.ReadAsync(options, Token))
        {
            all.Add(received);
        }

        return all;
    }
}
