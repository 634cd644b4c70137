using System.Buffers.Binary;
using Nave.Storage;

namespace Nave.Hub.Limits;

/// <summary>
/// Keeps the use of the daily quota over a restart: stored every ten seconds while it grows, and at the end. A crash forgets
/// at most ten seconds of it.
/// </summary>
internal sealed class QuotaKeeper : IAsyncDisposable
{
    private const string Collection = "meta";
    private const string Key = "quota";

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(10);

    private readonly IStateStore _store;
    private readonly DailyQuota _quota;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;
    private (int Day, long Used) _stored;

    private QuotaKeeper(IStateStore store, DailyQuota quota, TimeProvider time)
    {
        _store = store;
        _quota = quota;
        _time = time;
        _stored = quota.Current;
        _loop = RunAsync();
    }

    /// <summary>Restores the use of today's quota, and keeps it from now on; a hub without a quota needs nothing.</summary>
    public static async Task<IAsyncDisposable> OpenAsync(IStateStore store, HubThrottle throttle, TimeProvider time, CancellationToken cancellationToken)
    {
        if (throttle.Quota is not { } quota)
        {
            return new Nothing();
        }

        if (await store.ReadAsync(Collection, Key, cancellationToken) is { } document)
        {
            var (day, used) = Decode(document.Body.Span);
            quota.Restore(day, used);
        }

        return new QuotaKeeper(store, quota, time);
    }

    /// <summary>Reads what was stored: the day's number (4 bytes, little-endian) and what was used of its quota (8 bytes).</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    internal static (int Day, long Used) Decode(ReadOnlySpan<byte> body) => body.Length >= sizeof(int)
        ? (BinaryPrimitives.ReadInt32LittleEndian(body), StoredNumber.Read(body[sizeof(int)..], Collection))
        : throw new InvalidDataException($"The stored use of the daily quota has {body.Length} bytes; 12 are needed: it is damaged.");

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        await StoreAsync();
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(s_interval, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                await StoreAsync();
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Stopped.
        }
    }

    private async Task StoreAsync()
    {
        var current = _quota.Current;
        if (current == _stored)
        {
            return;
        }

        var body = new byte[12];
        BinaryPrimitives.WriteInt32LittleEndian(body, current.Day);
        BinaryPrimitives.WriteInt64LittleEndian(body.AsSpan(4), current.Used);
        try
        {
            await _store.CommitAsync(new StateTransaction().Put(Collection, Key, body), CancellationToken.None);
            _stored = current;
        }
        catch (StorageUnavailableException)
        {
            // The store says so itself; the next interval tries again.
        }
    }

    private sealed class Nothing : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
