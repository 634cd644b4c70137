using System.Threading.Channels;
using Nave.Amqp;
using Nave.Testing;

namespace Nave.Server.Tests.Amqp;

/// <summary>A link on which a test receives.</summary>
internal sealed class TestReceiver(AmqpTestClient client) : IAmqpReceiverHandler
{
    private readonly Channel<TestReceived> _messages = Channel.CreateUnbounded<TestReceived>();
    private readonly TaskCompletionSource _attached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<AmqpError?> _detached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Channel<(uint Id, AmqpOutcome Outcome)> _settled = Channel.CreateUnbounded<(uint, AmqpOutcome)>();

    public AmqpReceiverLink Link { get; set; } = null!;

    /// <summary>Gets the error with which the link ended.</summary>
    public Task<AmqpError?> Detached => _detached.Task.WaitAsync(TestDeadline.Default);

    /// <summary>Waits until the server has accepted; throws if it refuses.</summary>
    public Task AttachedAsync() => _attached.Task.WaitAsync(TestDeadline.Default);

    public async Task<TestReceived> ReceiveAsync()
    {
        using var deadline = new CancellationTokenSource(TestDeadline.Default);
        return await _messages.Reader.ReadAsync(deadline.Token);
    }

    public bool TryReceive(out TestReceived? message) => _messages.Reader.TryRead(out message);

    public Task SettleAsync(TestReceived message, AmqpOutcome outcome) => client.DoAsync(_ => Link.Settle(message.Id, outcome));

    /// <summary>Waits for the sender's confirmation (receiver settles second).</summary>
    public async Task<AmqpOutcome> ConfirmedAsync()
    {
        using var deadline = new CancellationTokenSource(TestDeadline.Default);
        return (await _settled.Reader.ReadAsync(deadline.Token)).Outcome;
    }

    public async Task DetachAsync()
    {
        await client.DoAsync(_ => Link.Detach());
        await Detached;
    }

    public void OnAttached(AmqpLink link) => _attached.TrySetResult();

    public void OnDelivery(AmqpReceiverLink link, in AmqpDelivery delivery) => _messages.Writer.TryWrite(new TestReceived(link, delivery));

    public void OnSettled(AmqpReceiverLink link, uint deliveryId, AmqpOutcome outcome) => _settled.Writer.TryWrite((deliveryId, outcome));

    public void OnDetached(AmqpLink link, AmqpError? error)
    {
        _attached.TrySetException(new IOException($"Refused: {error}"));
        _ = _attached.Task.Exception;
        _detached.TrySetResult(error);
    }
}
