using System.Text;
using System.Threading.Channels;
using Nave.Hub.Telemetry;

namespace Nave.Hub.Jobs;

/// <summary>
/// Applies lines many at a time, so that they share durable commits, but those of one device in their order. What is under way is
/// bounded in lines and in bytes.
/// </summary>
internal sealed class ImportSlots : IAsyncDisposable
{
    /// <summary>
    /// How many lines are under way at once: enough for a commit to be shared by many, and no more than the store's queue takes. Stored
    /// marks are by slot, so another number needs another format of theirs.
    /// </summary>
    public const int Count = 256;

    private const int LinesPerSlot = 32;

    // Parsed lines take some five times as much.
    private const long MaxBytes = 8 * 1024 * 1024;

    private readonly Channel<ImportLine>[] _slots;
    private readonly Task _workers;
    private readonly ByteBudget _budget = new(MaxBytes);
    private readonly CancellationTokenSource _failed;

    /// <summary>Starts the slots.</summary>
    /// <param name="apply">Applies a line of a slot.</param>
    /// <param name="cancellationToken">Ends them.</param>
    public ImportSlots(Func<int, ImportLine, CancellationToken, Task> apply, CancellationToken cancellationToken)
    {
        _failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _slots = [.. Enumerable.Range(0, Count).Select(_ => Channel.CreateBounded<ImportLine>(
            new BoundedChannelOptions(LinesPerSlot) { SingleReader = true, SingleWriter = true }))];
        _workers = Task.WhenAll(_slots.Select((slot, index) => Task.Run(() => WorkAsync(index, slot.Reader, apply), CancellationToken.None)));
    }

    /// <summary>Finds the slot of a line: by its device, or by its number if it names none.</summary>
    public static int SlotOf(ImportLine line)
    {
        if (string.IsNullOrEmpty(line.DeviceId))
        {
            return (int)(line.Number % Count);
        }

        return (int)(PartitionHash.Compute(Encoding.UTF8.GetBytes(line.DeviceId)) % Count);
    }

    /// <summary>Hands over a line; waits while too much is under way. For one caller at a time.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled, or a line failed for a reason that is not the line's: see <see cref="CompleteAsync"/>.</exception>
    public async ValueTask AddAsync(ImportLine line)
    {
        await _budget.TakeAsync(line.Bytes, _failed.Token).ConfigureAwait(false);
        await _slots[SlotOf(line)].Writer.WriteAsync(line, _failed.Token).ConfigureAwait(false);
    }

    /// <summary>Waits until all lines are done; throws what one of them threw.</summary>
    public Task CompleteAsync()
    {
        foreach (var slot in _slots)
        {
            slot.Writer.TryComplete();
        }

        return _workers;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _failed.CancelAsync().ConfigureAwait(false);
        await CompleteAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _failed.Dispose();
    }

    private async Task WorkAsync(int index, ChannelReader<ImportLine> lines, Func<int, ImportLine, CancellationToken, Task> apply)
    {
        try
        {
            await foreach (var line in lines.ReadAllAsync(_failed.Token).ConfigureAwait(false))
            {
                await apply(index, line, _failed.Token).ConfigureAwait(false);
                _budget.Return(line.Bytes);
            }
        }
        catch
        {
            await _failed.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }
}
