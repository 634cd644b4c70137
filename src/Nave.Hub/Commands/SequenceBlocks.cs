using System.Buffers.Binary;
using Nave.Storage;

namespace Nave.Hub.Commands;

/// <summary>
/// Hands out numbers that grow for ever, across restarts, though what they numbered may long be gone. They are reserved in the
/// store a block at a time; a restart skips the rest of a block.
/// </summary>
internal sealed class SequenceBlocks
{
    private const int BlockSize = 10_000;
    private const string Key = "next";

    private readonly IStateStore _store;
    private readonly string _collection;
    private readonly Lock _lock = new();
    private Task? _reservation;
    private long _next;
    private long _end;
    private long _version;

    private SequenceBlocks(IStateStore store, string collection, long next, long version)
    {
        _store = store;
        _collection = collection;
        _next = _end = next;
        _version = version;
    }

    /// <summary>Reads what is reserved.</summary>
    public static async Task<SequenceBlocks> OpenAsync(IStateStore store, string collection, CancellationToken cancellationToken)
    {
        var stored = await store.ReadAsync(collection, Key, cancellationToken).ConfigureAwait(false);
        return stored is null
            ? new SequenceBlocks(store, collection, next: 1, StateTransaction.Absent)
            : new SequenceBlocks(store, collection, StoredNumber.Read(stored.Body.Span, collection), stored.Version);
    }

    /// <summary>Takes the next number.</summary>
    /// <returns><see langword="false"/> if <see cref="ReserveAsync"/> has to be called first.</returns>
    public bool TryNext(out long value)
    {
        lock (_lock)
        {
            value = _next;
            if (_next >= _end)
            {
                return false;
            }

            _next++;
            return true;
        }
    }

    /// <summary>Reserves a block unless there is one; callers at the same time share the reservation.</summary>
    /// <exception cref="StorageUnavailableException">The store takes no writes.</exception>
    public async ValueTask ReserveAsync(CancellationToken cancellationToken)
    {
        Task reservation;
        lock (_lock)
        {
            if (_next < _end)
            {
                return;
            }

            reservation = _reservation ??= ReserveBlockAsync();
        }

        await reservation.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task ReserveBlockAsync()
    {
        await Task.Yield(); // So that the caller's lock is left before anything is done.
        try
        {
            var body = new byte[sizeof(long)];
            BinaryPrimitives.WriteInt64LittleEndian(body, _end + BlockSize);
            var transaction = new StateTransaction().Put(_collection, Key, body, _version);
            var outcome = await _store.CommitAsync(transaction, CancellationToken.None).ConfigureAwait(false);
            if (!outcome.Applied)
            {
                throw new InvalidOperationException($"Another process reserves numbers in '{_collection}' of the same store.");
            }

            lock (_lock)
            {
                _version = outcome.Version;
                _end += BlockSize;
            }
        }
        finally
        {
            lock (_lock)
            {
                _reservation = null;
            }
        }
    }
}
