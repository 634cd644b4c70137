using System.Threading.Channels;
using Nave.Amqp;
using Nave.Testing;

namespace Nave.Server.Tests.Amqp.Events;

/// <summary>A link on which a test receives.</summary>
internal sealed class ReceivingLink(LinkClient client) : IAmqpReceiverHandler
{
    private readonly Channel<LinkMessage> _messages = Channel.CreateUnbounded<LinkMessage>();
    private readonly TaskCompletionSource _attached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<AmqpError?> _detached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Channel<bool> _drained = Channel.CreateUnbounded<bool>();
    private readonly Channel<bool> _settled = Channel.CreateUnbounded<bool>();

    public AmqpReceiverLink Link { get; set; } = null!; // Set by the client, before it is handed out.

    public Task Attached => _attached.Task;

    /// <summary>Gets what ends with the link, with the error that it ended with.</summary>
    public Task<AmqpError?> Detached => _detached.Task;

    /// <summary>Gets how many messages have come and were not taken.</summary>
    public int Waiting => _messages.Reader.Count;

    /// <summary>Gets or sets whether messages that come unsettled are left so.</summary>
    public bool KeepsUnsettled { get; set; }

    /// <summary>Waits for the next message.</summary>
    public Task<LinkMessage> NextAsync() => OneOfAsync(_messages);

    public async Task<List<LinkMessage>> NextAsync(int count)
    {
        var messages = new List<LinkMessage>();
        while (messages.Count < count)
        {
            messages.Add(await NextAsync());
        }

        return messages;
    }

    /// <summary>Waits until the server has detached.</summary>
    public async Task<AmqpError> ErrorAsync()
    {
        var error = await Detached.WaitAsync(TestDeadline.Default, TestContext.Current.CancellationToken);
        Assert.NotNull(error);
        return error;
    }

    public void Credit(int credit) => client.Do(() => Link.SetCredit(credit));

    public async Task DrainAsync()
    {
        client.Do(Link.Drain);
        await OneOfAsync(_drained);
    }

    public void Settle(LinkMessage message, AmqpOutcome outcome) => client.Do(() => Link.Settle(message.DeliveryId, outcome));

    /// <summary>Waits until the sender has settled what the receiver gave an outcome.</summary>
    public Task SettledAsync() => OneOfAsync(_settled);

    public void Detach() => client.Do(() => Link.Detach());

    void IAmqpLinkHandler.OnAttached(AmqpLink link) => _attached.TrySetResult();

    void IAmqpLinkHandler.OnDetached(AmqpLink link, AmqpError? reason) => _detached.TrySetResult(reason);

    void IAmqpReceiverHandler.OnDelivery(AmqpReceiverLink link, in AmqpDelivery delivery)
    {
        _messages.Writer.TryWrite(LinkMessage.Read(delivery));
        if (!delivery.IsSettled && !KeepsUnsettled)
        {
            link.Settle(delivery.Id, AmqpOutcome.Accepted);
        }
    }

    void IAmqpReceiverHandler.OnSettled(AmqpReceiverLink link, uint deliveryId, AmqpOutcome outcome) => _settled.Writer.TryWrite(true);

    void IAmqpReceiverHandler.OnDrained(AmqpReceiverLink link) => _drained.Writer.TryWrite(true);

    private static Task<T> OneOfAsync<T>(Channel<T> channel) =>
        channel.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TestDeadline.Default, TestContext.Current.CancellationToken);
}
