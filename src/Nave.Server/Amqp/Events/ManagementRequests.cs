using System.Globalization;
using Nave.Amqp;
using Nave.Hub;
using Nave.Hub.Security;

namespace Nave.Server.Amqp.Events;

/// <summary>
/// <c>$management</c>: what the event stream and its partitions are, as requests and replies. Each request is judged by itself, with
/// the tokens of the connection or the one that it brings. Source: wire facts 8.4.
/// </summary>
internal sealed class ManagementRequests(AmqpPeer peer, IotHub hub, ReplyChannel replies) : IAmqpReceiverHandler
{
    private const string Node = "$management";
    private const string EventHubType = "com.microsoft:eventhub";
    private const string PartitionType = "com.microsoft:partition";

    // A token has at most 4096 characters.
    private static readonly AmqpAcceptOptions s_options = new() { MaxMessageSize = 64 * 1024, Credit = 64 };

    /// <summary>Accepts either link of the node.</summary>
    public static void Open(LinkRequest request)
    {
        var replies = SessionChannels.Of(request.Peer, request.Session, Node);
        if (request.Receiver is null)
        {
            replies.Attach(request, s_options);
        }
        else
        {
            request.Accept(new ManagementRequests(request.Peer, request.Peer.Tenant!.Hub!, replies), s_options);
        }
    }

    /// <inheritdoc/>
    public void OnDelivery(AmqpReceiverLink link, in AmqpDelivery delivery)
    {
        try
        {
            var message = AmqpMessage.Parse(delivery.Payload);
            var writer = MessageScratch.Writer;
            Answer(writer, message);
            link.Settle(delivery.Id, AmqpOutcome.Accepted);
            if (!replies.TrySend(writer.Written))
            {
                link.Detach(new AmqpError(AmqpCondition.ResourceLimitExceeded, $"Too many replies wait for a receiver on {Node}."));
            }
        }
        catch (AmqpProtocolException exception)
        {
            link.Settle(delivery.Id, AmqpOutcome.Rejected(exception.ToError()));
        }
    }

    /// <inheritdoc/>
    public void OnDetached(AmqpLink link, AmqpError? reason)
    {
        // Nothing is under way: every request is answered in its own turn.
    }

    private void Answer(AmqpWriter writer, in AmqpMessage request)
    {
        var name = TextOf(request, "name"u8);
        var partition = TextOf(request, "partition"u8);
        var body = Read(request, name, partition, out var status, out var error);
        writer.Properties(new AmqpPropertiesFields { CorrelationId = request.Properties.MessageId.ToValue() });
        var properties = writer.BeginApplicationProperties();
        writer.String("status-code"u8);
        writer.Int(status);
        writer.String("status-description"u8);
        writer.String(error?.Description ?? "OK");
        if (error is not null)
        {
            writer.String("error-condition"u8);
            writer.Symbol(error.Condition);
        }

        writer.End(properties, error is null ? 4 : 6);
        writer.Body(body);
    }

    private AmqpMap? Read(in AmqpMessage request, string name, string partition, out int status, out AmqpError? error)
    {
        // 1. Who asks. Some put a token here, Python the time when it ends.
        var path = $"{name}/{Node}";
        var token = TextOf(request, "security_token"u8);
        var granted = token.Length > 0 ? hub.Authenticator.AuthorizeService(token, AccessRights.ServiceConnect, path) : default;
        if (token.Length == 0 || !granted.IsSuccess)
        {
            granted = peer.Credentials!.Authorize(AccessRights.ServiceConnect, path); // Set: the connection has chosen a hub.
        }

        if (!granted.IsSuccess)
        {
            status = granted.Error.HttpStatus;
            error = AmqpErrors.Of(granted.Error);
            return null;
        }

        // 2. What is asked for.
        var operation = TextOf(request, "operation"u8);
        var type = TextOf(request, "type"u8);
        status = 200;
        error = null;
        if (operation != "READ" || type is not (EventHubType or PartitionType))
        {
            status = 400;
            error = new AmqpError(AmqpErrors.ArgumentError, $"The operation is '{operation}' on '{type}'; 'READ' on '{EventHubType}' or '{PartitionType}' is permitted.");
        }
        else if (!name.Equals(hub.Name, StringComparison.OrdinalIgnoreCase))
        {
            status = 404;
            error = EventErrors.NotFound(hub, name);
        }
        else if (type == EventHubType)
        {
            return DescribeHub();
        }
        else if (int.TryParse(partition, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < hub.Events.PartitionCount)
        {
            return DescribePartition(number);
        }
        else
        {
            status = 400;
            error = EventErrors.NoPartition(hub, partition);
        }

        return null;
    }

    private AmqpMap DescribeHub()
    {
        var partitions = Enumerable.Range(0, hub.Events.PartitionCount).Select(i => i.ToString(CultureInfo.InvariantCulture));
        return AmqpMap.Strings(
            ("name", hub.Name),
            ("type", EventHubType),
            ("created_at", hub.Created),
            ("partition_count", hub.Events.PartitionCount),
            ("partition_ids", AmqpValue.StringArray(partitions)),
            ("georeplication_factor", 1));
    }

    // A partition whose events retention has removed is empty too, but its numbers go on.
    private AmqpMap DescribePartition(int partition)
    {
        var state = hub.Events.GetState(partition);
        return AmqpMap.Strings(
            ("name", hub.Name),
            ("type", PartitionType),
            ("partition", partition.ToString(CultureInfo.InvariantCulture)),
            ("begin_sequence_number", state.FirstSequence),
            ("last_enqueued_sequence_number", state.NextSequence - 1),
            ("last_enqueued_offset", state.LastOffset.ToString(CultureInfo.InvariantCulture)),
            ("last_enqueued_time_utc", AmqpValue.Timestamp(EventEncoder.TimeOf(state.LastEnqueued))),
            ("is_partition_empty", state.FirstSequence == state.NextSequence));
    }

    private static string TextOf(in AmqpMessage request, ReadOnlySpan<byte> name) =>
        request.ApplicationProperties.TryGet(name, out var value) && value.IsText ? value.AsText() : string.Empty;
}
