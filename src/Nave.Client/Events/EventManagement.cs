using Nave.Amqp;

namespace Nave.Client;

/// <summary>Asks an event stream about itself. Source: wire facts 8.4.</summary>
/// <param name="peer">The connection.</param>
/// <param name="name">The stream's name.</param>
/// <param name="claim">Makes the token that each request carries.</param>
internal sealed class EventManagement(AmqpPeer peer, string name, AmqpClaim claim)
{
    private readonly Lock _gate = new();
    private AmqpRequestLink? _link;

    public async Task<EventHubProperties> GetHubAsync(CancellationToken cancellationToken)
    {
        var body = await ReadAsync("com.microsoft:eventhub", null, cancellationToken).ConfigureAwait(false);
        if (body["partition_ids"].Items is not { Count: > 0 } ids)
        {
            throw Malformed("partition_ids");
        }

        return new EventHubProperties(
            body["name"].Text ?? name, Time(body, "created_at"), [.. ids.Select(id => id.Text ?? throw Malformed("partition_ids"))]);
    }

    public async Task<PartitionProperties> GetPartitionAsync(string partitionId, CancellationToken cancellationToken)
    {
        var body = await ReadAsync("com.microsoft:partition", partitionId, cancellationToken).ConfigureAwait(false);
        return new PartitionProperties(
            partitionId,
            Number(body, "begin_sequence_number"),
            Number(body, "last_enqueued_sequence_number"),
            body["last_enqueued_offset"].Text ?? throw Malformed("last_enqueued_offset"),
            Time(body, "last_enqueued_time_utc"),
            body["is_partition_empty"].AsBoolean ?? throw Malformed("is_partition_empty"));
    }

    private async Task<AmqpMap> ReadAsync(string type, string? partitionId, CancellationToken cancellationToken)
    {
        var properties = AmqpMap.Strings(
            ("operation", "READ"), ("name", name), ("type", type), ("security_token", claim.Sign(peer.Time.GetUtcNow(), out _, out _)));
        if (partitionId is not null)
        {
            properties.Add("partition", partitionId);
        }

        var what = partitionId is null ? name : $"{name}, partition {partitionId}";
        var reply = await Link().SendAsync(properties, default, cancellationToken).ConfigureAwait(false);
        return reply.Status == 200
            ? reply.Body.AsMap ?? throw Malformed("body")
            : throw AmqpFailure.Of(reply.Status, reply.Description, $"{peer.HostName} does not describe {what}");
    }

    private AmqpRequestLink Link()
    {
        lock (_gate)
        {
            return _link is { IsOpen: true } ? _link : _link = AmqpRequestLink.Attach(peer, "$management");
        }
    }

    private long Number(AmqpMap body, string field) => body[field].TryGetInteger(out var number) ? number : throw Malformed(field);

    private DateTimeOffset Time(AmqpMap body, string field) =>
        DateTimeOffset.FromUnixTimeMilliseconds(body[field].AsTimestamp ?? throw Malformed(field));

    private AmqpPeerException Malformed(string field) =>
        new(AmqpPeerError.Refused, $"{peer.HostName} described {name} without a {field} that can be read.");
}
