using System.Threading.Channels;

namespace Nave.Client;

/// <summary>Calls an application's handler for one item after the other, apart from the connection that received them.</summary>
/// <typeparam name="T">The item.</typeparam>
internal sealed class HandlerPump<T>
{
    private readonly Channel<T> _items;
    private readonly Func<T, CancellationToken, Task> _handler;

    /// <summary>Starts the pump.</summary>
    /// <param name="capacity">How many items may wait.</param>
    /// <param name="full">What a full queue does; with <see cref="BoundedChannelFullMode.Wait"/> <see cref="TryAdd"/> refuses.</param>
    /// <param name="handler">Must not throw.</param>
    /// <param name="cancellationToken">Ends the pump.</param>
    public HandlerPump(int capacity, BoundedChannelFullMode full, Func<T, CancellationToken, Task> handler, CancellationToken cancellationToken)
    {
        _items = Channel.CreateBounded<T>(new BoundedChannelOptions(capacity) { FullMode = full, SingleReader = true });
        _handler = handler;
        Completion = RunAsync(cancellationToken);
    }

    public Task Completion { get; }

    public bool TryAdd(T item) => _items.Writer.TryWrite(item);

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var item in _items.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                await _handler(item, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The client ends.
        }
    }
}
