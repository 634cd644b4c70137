namespace Nave.Server.Amqp.Device;

/// <summary>A delivery that waits for room or allowance.</summary>
/// <param name="ticket">The delivery.</param>
/// <param name="payload">Its message, a copy.</param>
internal sealed class HeldEvent(EventTicket ticket, byte[] payload)
{
    private EventTicket _ticket = ticket;

    /// <summary>Gets how far it is.</summary>
    public ref EventTicket Ticket => ref _ticket;

    /// <summary>Gets the message.</summary>
    public byte[] Payload => payload;
}
