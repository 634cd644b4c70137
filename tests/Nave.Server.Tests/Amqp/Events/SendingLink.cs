using Nave.Amqp;
using Nave.Testing;

namespace Nave.Server.Tests.Amqp.Events;

/// <summary>A link on which a test sends.</summary>
internal sealed class SendingLink(LinkClient client) : IAmqpSenderHandler
{
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<AmqpError?> _detached = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public AmqpSenderLink Link { get; set; } = null!; // Set by the client, before it is handed out.

    /// <summary>Gets what ends when there is credit.</summary>
    public Task Ready => _ready.Task;

    public Task<AmqpError?> Detached => _detached.Task;

    public void Detach() => client.Do(() => Link.Detach());

    /// <summary>Waits until the server has detached.</summary>
    public async Task<AmqpError> ErrorAsync()
    {
        var error = await Detached.WaitAsync(TestDeadline.Default, TestContext.Current.CancellationToken);
        Assert.NotNull(error);
        return error;
    }

    /// <summary>Sends without waiting.</summary>
    public Task<AmqpOutcome> Send(ReadOnlySpan<byte> message)
    {
        var outcome = new TaskCompletionSource<AmqpOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        var copy = message.ToArray();
        client.Do(() => Assert.True(Link.TrySend(copy, BitConverter.GetBytes(outcome.GetHashCode()), settled: false, out _, outcome), "There is credit."));
        return outcome.Task.WaitAsync(TestDeadline.Default, TestContext.Current.CancellationToken);
    }

    void IAmqpLinkHandler.OnDetached(AmqpLink link, AmqpError? reason) => _detached.TrySetResult(reason);

    void IAmqpSenderHandler.OnCredit(AmqpSenderLink link) => _ready.TrySetResult();

    void IAmqpSenderHandler.OnOutcome(AmqpSenderLink link, uint deliveryId, object? state, AmqpOutcome outcome, bool settled)
    {
        ((TaskCompletionSource<AmqpOutcome>)state!).TrySetResult(outcome);
        if (!settled)
        {
            link.Settle(deliveryId, outcome);
        }
    }
}
