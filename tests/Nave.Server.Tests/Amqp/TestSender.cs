using System.Collections.Concurrent;
using Nave.Amqp;
using Nave.Testing;

namespace Nave.Server.Tests.Amqp;

/// <summary>A link on which a test sends.</summary>
internal sealed class TestSender(AmqpTestClient client) : IAmqpSenderHandler
{
    private readonly ConcurrentQueue<Pending> _waiting = new();
    private readonly TaskCompletionSource _attached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<AmqpError?> _detached = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public AmqpSenderLink Link { get; set; } = null!;

    /// <summary>Gets the error with which the link ended.</summary>
    public Task<AmqpError?> Detached => _detached.Task.WaitAsync(TestDeadline.Default);

    /// <summary>Waits until the server has accepted; throws if it refuses.</summary>
    public Task AttachedAsync() => _attached.Task.WaitAsync(TestDeadline.Default);

    /// <summary>Sends when there is credit.</summary>
    /// <returns>The outcome.</returns>
    public async Task<AmqpOutcome> SendAsync(byte[] message, uint format = 0, bool settled = false)
    {
        var pending = new Pending(message, format, settled);
        _waiting.Enqueue(pending);
        await client.DoAsync(_ => Pump());
        return await pending.Outcome.Task.WaitAsync(TestDeadline.Default);
    }

    public async Task DetachAsync()
    {
        await client.DoAsync(_ => Link.Detach());
        await Detached;
    }

    public void OnAttached(AmqpLink link) => _attached.TrySetResult();

    public void OnCredit(AmqpSenderLink link) => Pump();

    public void OnOutcome(AmqpSenderLink link, uint deliveryId, object? state, AmqpOutcome outcome, bool settled)
    {
        ((Pending)state!).Outcome.TrySetResult(outcome);
        if (!settled)
        {
            link.Settle(deliveryId, outcome);
        }
    }

    public void OnDetached(AmqpLink link, AmqpError? error)
    {
        _attached.TrySetException(new IOException($"Refused: {error}"));
        _ = _attached.Task.Exception;
        _detached.TrySetResult(error);
        while (_waiting.TryDequeue(out var pending))
        {
            pending.Outcome.TrySetException(new IOException($"Detached: {error}"));
        }
    }

    private void Pump()
    {
        while (_waiting.TryPeek(out var pending) && Link.CanSend)
        {
            if (!Link.TrySend(pending.Message, Guid.NewGuid().ToByteArray(), pending.Settled, out _, pending, pending.Format))
            {
                return;
            }

            _waiting.TryDequeue(out _);
            if (pending.Settled)
            {
                pending.Outcome.TrySetResult(AmqpOutcome.Unknown);
            }
        }
    }

    private sealed record Pending(byte[] Message, uint Format, bool Settled)
    {
        public TaskCompletionSource<AmqpOutcome> Outcome { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
