using Nave.Amqp;

namespace Nave.Client.Tests.Fakes;

/// <summary>Sends the events of one partition, from one place on, as credit permits.</summary>
internal sealed class FakePartitionSender(FakeEventHub hub, int partition, AmqpSenderLink link, int next) : IAmqpSenderHandler
{
    private int _next = next;

    public AmqpSenderLink Link { get; } = link;

    public int Partition { get; } = partition;

    /// <summary>Gets how many events were sent.</summary>
    public int Sent { get; private set; }

    public void OnCredit(AmqpSenderLink link)
    {
        while (hub.EventAt(Partition, _next) is { } message && link.TrySend(message, BitConverter.GetBytes(_next), settled: true, out _))
        {
            _next++;
            Sent++;
        }
    }

    public void OnDetached(AmqpLink link, AmqpError? error)
    {
        // Nothing is kept for it.
    }
}
