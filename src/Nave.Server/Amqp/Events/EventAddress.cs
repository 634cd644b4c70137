using System.Diagnostics.CodeAnalysis;

namespace Nave.Server.Amqp.Events;

/// <summary>An address of the Event Hubs-compatible endpoint. Source: wire facts 7.4, 8.1.2, 8.1.3, 8.4.1.</summary>
/// <param name="Kind">What it asks for.</param>
/// <param name="Entity">The event stream's name as the peer wrote it; empty where the address has none.</param>
/// <param name="Group">The consumer group, for a partition.</param>
/// <param name="Partition">The partition as the peer wrote it, for a partition.</param>
internal sealed record EventAddress(EventAddressKind Kind, string Entity, string Group, string Partition)
{
    private const string ManagementNode = "$management";
    private const string Groups = "ConsumerGroups";
    private const string Partitions = "Partitions";
    private const string Publishers = "Publishers";

    /// <summary>Reads the address of a link on which the peer receives.</summary>
    /// <returns><see langword="false"/> if it is none of this endpoint's.</returns>
    public static bool TryReadSource(AmqpAddress address, [NotNullWhen(true)] out EventAddress? result)
    {
        result = address switch
        {
            _ when address.Matches(ManagementNode) => new(EventAddressKind.Management, string.Empty, string.Empty, string.Empty),
            _ when address.Matches("messages", "events", ManagementNode) || address.Matches("messages", "events", Groups, null, Partitions, null) =>
                new(EventAddressKind.Redirect, string.Empty, string.Empty, string.Empty),
            _ when address.Matches(null, ManagementNode) => new(EventAddressKind.Management, address[0], string.Empty, string.Empty),
            _ when address.Matches(null, Groups, null, Partitions, null) => new(EventAddressKind.Partition, address[0], address[2], address[4]),
            _ => null,
        };
        return result is not null;
    }

    /// <summary>Reads the address of a link on which the peer sends.</summary>
    /// <param name="address">The address.</param>
    /// <param name="entity">The event stream's name: what is sent to anything else is not for this endpoint to judge.</param>
    /// <param name="result">What it asks for.</param>
    /// <returns><see langword="false"/> if it is none of this endpoint's.</returns>
    public static bool TryReadTarget(AmqpAddress address, string entity, [NotNullWhen(true)] out EventAddress? result)
    {
        result = address switch
        {
            _ when address.Matches(ManagementNode) => new(EventAddressKind.Management, string.Empty, string.Empty, string.Empty),
            _ when address.Matches("messages", "events", ManagementNode) => new(EventAddressKind.Redirect, string.Empty, string.Empty, string.Empty),
            _ when address.Matches(null, ManagementNode) => new(EventAddressKind.Management, address[0], string.Empty, string.Empty),
            _ when address.Matches(entity) || address.Matches(entity, Partitions, null) || address.Matches(entity, Publishers, null)
                || address.Matches("messages", "events") => new(EventAddressKind.Publisher, address[0], string.Empty, string.Empty),
            _ => null,
        };
        return result is not null;
    }
}
