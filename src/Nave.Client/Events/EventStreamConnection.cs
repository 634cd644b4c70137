namespace Nave.Client;

/// <summary>An open connection to an event stream.</summary>
/// <param name="Peer">The connection.</param>
/// <param name="Name">The stream's name there.</param>
/// <param name="Generation">Which stream it is: another number means that sequence numbers mean something else.</param>
/// <param name="Management">Its management.</param>
internal sealed record EventStreamConnection(AmqpPeer Peer, string Name, int Generation, EventManagement Management);
