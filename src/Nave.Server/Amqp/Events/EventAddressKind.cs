namespace Nave.Server.Amqp.Events;

/// <summary>What a link's address asks of the event stream.</summary>
internal enum EventAddressKind
{
    /// <summary>Runtime information: <c>$management</c>.</summary>
    Management,

    /// <summary>The events of a partition, in a consumer group.</summary>
    Partition,

    /// <summary>The same under the hub's own address: the peer does not know the event stream's name yet.</summary>
    Redirect,

    /// <summary>A way in for events, which a hub has only for devices.</summary>
    Publisher,
}
