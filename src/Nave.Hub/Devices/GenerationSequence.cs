using System.Buffers.Binary;
using Nave.Storage;

namespace Nave.Hub.Devices;

/// <summary>
/// Gives generation ids: the clock's ticks, but always more than the one before, also over a restart and when the clock goes back.
/// For that the store keeps a number that no id given out exceeds; it is moved on ahead of use, about ten seconds of ticks at a time.
/// </summary>
internal sealed class GenerationSequence : IDisposable
{
    private const string Collection = "meta";
    private const string Key = "generation";

    private static readonly long s_block = TimeSpan.FromSeconds(10).Ticks;

    private readonly IStateStore _store;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _reserving = new(1, 1);
    private long _last;
    private long _reserved;

    private GenerationSequence(IStateStore store, TimeProvider time, long reserved)
    {
        _store = store;
        _time = time;
        _last = _reserved = reserved;
    }

    public static async Task<GenerationSequence> OpenAsync(IStateStore store, TimeProvider time, CancellationToken cancellationToken)
    {
        var document = await store.ReadAsync(Collection, Key, cancellationToken);
        return new GenerationSequence(store, time, document is null ? 0 : StoredNumber.Read(document.Body.Span, Collection));
    }

    /// <summary>Takes the next id.</summary>
    public async ValueTask<long> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var last = Volatile.Read(ref _last);
            var next = Math.Max(last + 1, _time.GetUtcNow().UtcTicks);
            if (next > Volatile.Read(ref _reserved))
            {
                await ReserveAsync(next, cancellationToken);
            }
            else if (Interlocked.CompareExchange(ref _last, next, last) == last)
            {
                return next;
            }
        }
    }

    public void Dispose() => _reserving.Dispose();

    private async Task ReserveAsync(long needed, CancellationToken cancellationToken)
    {
        await _reserving.WaitAsync(cancellationToken);
        try
        {
            if (needed <= _reserved)
            {
                return;
            }

            var body = new byte[sizeof(long)];
            BinaryPrimitives.WriteInt64LittleEndian(body, needed + s_block);
            await _store.CommitAsync(new StateTransaction().Put(Collection, Key, body), cancellationToken);
            Volatile.Write(ref _reserved, needed + s_block);
        }
        finally
        {
            _reserving.Release();
        }
    }
}
