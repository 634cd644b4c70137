using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Nave.Amqp;
using Nave.Api;

namespace Nave.Client.Tests.Fakes;

/// <summary>An event hub in memory that misbehaves on demand. Real behaviour is tested against the real server; this makes the faults.</summary>
internal sealed class FakeEventHub : IAsyncDisposable
{
    public const string Name = "events";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<FakeAmqpConnection> _connections = [];
    private readonly Lock _gate = new();
    private readonly List<byte[]>[] _partitions;
    private readonly Task _accepting;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public FakeEventHub(int partitions = 2)
    {
        _partitions = [.. Enumerable.Range(0, partitions).Select(_ => new List<byte[]>())];
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public EventHubConnectionString ConnectionString => EventHubConnectionString.Parse(
        $"Endpoint=sb://localhost:{Port}/;SharedAccessKeyName=owner;SharedAccessKey=c2VjcmV0;EntityPath={Name};UseDevelopmentEmulator=true");

    public ConcurrentBag<AmqpSaslInit> Logins { get; } = [];

    public ConcurrentQueue<string> Tokens { get; } = [];

    public ConcurrentQueue<AmqpAttach> Receivers { get; } = [];

    /// <summary>Gets or sets what a token is answered with.</summary>
    public int TokenStatus { get; set; } = 200;

    /// <summary>Gets or sets what the next attaches of receivers are refused with.</summary>
    public AmqpError? Refusal { get; set; }

    /// <summary>Gets or sets where a hub's link for events is redirected.</summary>
    public AmqpError? Redirect { get; set; }

    /// <summary>Gets or sets how many times more a number is sent that was sent before.</summary>
    public bool Repeats { get; set; }

    public long FirstSequence { get; set; }

    public int Opened { get; private set; }

    /// <summary>Waits until something holds for the tokens and receivers that came.</summary>
    public async Task UntilAsync(Func<bool> condition)
    {
        while (true)
        {
            var changed = Volatile.Read(ref _changed).Task;
            if (condition())
            {
                return;
            }

            await changed.WaitAsync(Deadline.Default);
        }
    }

    /// <summary>Adds an event and sends it to those who wait.</summary>
    public async Task PublishAsync(int partition, string body, Action<AmqpMap>? annotate = null)
    {
        lock (_gate)
        {
            _partitions[partition].Add(Encode(partition, FirstSequence + _partitions[partition].Count, body, annotate));
        }

        foreach (var connection in Connections())
        {
            connection.Do(() =>
            {
                foreach (var sender in connection.Senders.Where(sender => sender.Partition == partition && sender.Link.IsOpen))
                {
                    sender.OnCredit(sender.Link);
                }
            });
            await connection.FlushAsync();
        }
    }

    /// <summary>Cuts every connection off.</summary>
    public void Cut()
    {
        foreach (var connection in Connections())
        {
            connection.Dispose();
        }
    }

    /// <summary>Detaches every receiver.</summary>
    public async Task DetachAsync(AmqpError error)
    {
        foreach (var connection in Connections())
        {
            connection.Do(() =>
            {
                foreach (var sender in connection.Senders.Where(sender => sender.Link.IsOpen).ToArray())
                {
                    sender.Link.Detach(error);
                }
            });
            await connection.FlushAsync();
        }
    }

    /// <summary>Forgets all events, as a hub that was made anew.</summary>
    public void Reset()
    {
        lock (_gate)
        {
            foreach (var partition in _partitions)
            {
                partition.Clear();
            }
        }
    }

    public int SentTo(int partition) => Connections().Sum(connection => connection.Senders.Where(sender => sender.Partition == partition).Sum(sender => sender.Sent));

    public byte[]? EventAt(int partition, int index)
    {
        lock (_gate)
        {
            return index < _partitions[partition].Count ? _partitions[partition][Repeats && index % 3 == 2 ? index - 1 : index] : null;
        }
    }

    public void Attach(FakeAmqpConnection connection, AmqpSenderLink link)
    {
        var address = link.Peer!.Source?.Address ?? string.Empty;
        if (address is "$cbs" or "$management")
        {
            var replies = RepliesOf(link.Session, address);
            replies.Sender = link;
            link.Accept(replies);
        }
        else if (address == "/messages/events/$management" && Redirect is not null)
        {
            link.Refuse(Redirect);
        }
        else
        {
            AttachPartition(connection, link, address);
        }
    }

    public void Attach(FakeAmqpConnection connection, AmqpReceiverLink link) =>
        link.Accept(RepliesOf(link.Session, link.Peer!.Target?.Address ?? string.Empty), new AmqpAcceptOptions { Credit = 10 });

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        Cut();
        await _accepting;
        _stop.Dispose();
    }

    private static byte[] Encode(int partition, long sequence, string body, Action<AmqpMap>? annotate)
    {
        var annotations = AmqpMap.Fields(
            ("x-opt-sequence-number", sequence),
            ("x-opt-offset", (sequence * 100).ToString(CultureInfo.InvariantCulture)),
            ("x-opt-enqueued-time", AmqpValue.Timestamp(1_800_000_000_000 + sequence)),
            ("iothub-connection-device-id", $"d{partition}"),
            ("iothub-message-source", "Telemetry"));
        annotate?.Invoke(annotations);
        var writer = new AmqpWriter();
        var start = writer.BeginMessageAnnotations();
        foreach (var (key, value) in annotations)
        {
            writer.Value(key);
            writer.Value(value);
        }

        writer.End(start, annotations.Count * 2);
        writer.Properties(new AmqpPropertiesFields { MessageId = $"m{sequence}", ContentType = "text/plain"u8 });
        writer.ApplicationProperties(AmqpMap.Strings(("level", "high"), ("count", 3), ("nothing", default)));
        writer.Data(Encoding.UTF8.GetBytes(body));
        return writer.Written.ToArray();
    }

    private FakeAmqpConnection[] Connections()
    {
        lock (_gate)
        {
            return [.. _connections];
        }
    }

    private FakeReplies RepliesOf(AmqpSession session, string address) =>
        (FakeReplies)(session.Tag ??= new FakeReplies(address == "$cbs" ? Authorize : Describe));

    private (int Status, AmqpMap? Body) Authorize(AmqpMap request, string? token)
    {
        Tokens.Enqueue($"{request["name"].Text} {token}");
        Changed();
        return (TokenStatus, null);
    }

    private (int Status, AmqpMap? Body) Describe(AmqpMap request, string? token)
    {
        if (request["name"].Text != Name)
        {
            return (404, null);
        }

        if (request["type"].Text == "com.microsoft:eventhub")
        {
            return (200, AmqpMap.Strings(
                ("name", Name),
                ("type", "com.microsoft:eventhub"),
                ("created_at", AmqpValue.Timestamp(1_700_000_000_000)),
                ("partition_count", _partitions.Length),
                ("partition_ids", AmqpValue.StringArray(Enumerable.Range(0, _partitions.Length).Select(id => $"{id}")))));
        }

        var partition = int.Parse(request["partition"].Text!, CultureInfo.InvariantCulture);
        lock (_gate)
        {
            var count = _partitions[partition].Count;
            var last = count == 0 ? -1 : FirstSequence + count - 1;
            return (200, AmqpMap.Strings(
                ("name", Name),
                ("type", "com.microsoft:partition"),
                ("partition", $"{partition}"),
                ("begin_sequence_number", FirstSequence),
                ("last_enqueued_sequence_number", last),
                ("last_enqueued_offset", (last < 0 ? -1 : last * 100).ToString(CultureInfo.InvariantCulture)),
                ("last_enqueued_time_utc", AmqpValue.Timestamp(1_800_000_000_000 + Math.Max(last, 0))),
                ("is_partition_empty", count == 0)));
        }
    }

    private void AttachPartition(FakeAmqpConnection connection, AmqpSenderLink link, string address)
    {
        Receivers.Enqueue(link.Peer!);
        Changed();
        if (Refusal is { } refusal)
        {
            link.Refuse(refusal);
            return;
        }

        var parts = address.Split('/');
        if (parts is not [Name, "ConsumerGroups", _, "Partitions", var id] || !int.TryParse(id, CultureInfo.InvariantCulture, out var partition) || partition >= _partitions.Length)
        {
            link.Refuse(new AmqpError(AmqpCondition.NotFound, $"The messaging entity '{address}' could not be found."));
            return;
        }

        // name operator 'value'
        var words = link.Peer!.Source!.Filter!["apache.org:selector-filter:string"].AsDescribed!.Value.Text!.Split(' ');
        var value = long.Parse(words[2].Trim('\''), CultureInfo.InvariantCulture);
        var first = words[0] switch
        {
            "amqp.annotation.x-opt-offset" => value < 0 ? 0 : (value / 100) + 1,
            "amqp.annotation.x-opt-enqueued-time" => value - 1_800_000_000_000 + 1,
            _ => value + 1,
        };
        var sender = new FakePartitionSender(this, partition, link, (int)Math.Max(first - (words[1] == ">=" ? 1 : 0) - FirstSequence, 0));
        connection.Senders.Add(sender);
        link.Accept(sender, new AmqpAcceptOptions { MaxMessageSize = 1 << 20 });
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var socket = await _listener.AcceptSocketAsync(_stop.Token);
                socket.NoDelay = true;
                var connection = new FakeAmqpConnection(new NetworkStream(socket, ownsSocket: true), this);
                lock (_gate)
                {
                    _connections.Add(connection);
                    Opened++;
                }

                _ = connection.RunAsync();
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // The test ends.
            }
        }
    }

    private void Changed() =>
        Interlocked.Exchange(ref _changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
}
