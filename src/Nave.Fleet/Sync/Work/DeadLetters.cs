using System.Runtime.CompilerServices;
using System.Text.Json;
using Nave.Storage;

namespace Nave.Fleet.Sync.Work;

/// <summary>Work that was given up: one letter a device, the last.</summary>
internal sealed class DeadLetters(IStateStore store, string sync)
{
    /// <summary>The collection; the key is <c>sync/deviceId</c>.</summary>
    public const string Collection = "sync-dead";

    private readonly string _prefix = sync + "/";
    private long _count;

    private StateScan All => new(Collection) { Prefix = _prefix };

    /// <summary>Gets how many there are.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <summary>Lists letters in the order of device ids.</summary>
    public async IAsyncEnumerable<DeadLetter> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var document in store.ScanAsync(All, cancellationToken).ConfigureAwait(false))
        {
            yield return WorkJson.Read(document.Body, WorkJson.Default.DeadLetter);
        }
    }

    /// <summary>Gets the letter of a device, or <see langword="null"/>.</summary>
    public async Task<DeadLetter?> FindAsync(string deviceId, CancellationToken cancellationToken) =>
        await store.ReadAsync(Collection, _prefix + deviceId, cancellationToken).ConfigureAwait(false) is { } document
            ? WorkJson.Read(document.Body, WorkJson.Default.DeadLetter)
            : null;

    /// <summary>Forgets a letter.</summary>
    /// <returns><see langword="false"/> if there is none.</returns>
    public async Task<bool> RemoveAsync(string deviceId, CancellationToken cancellationToken)
    {
        var key = _prefix + deviceId;
        if (await store.ReadAsync(Collection, key, cancellationToken).ConfigureAwait(false) is not { } document)
        {
            return false;
        }

        var outcome = await store.CommitAsync(new StateTransaction().Delete(Collection, key, document.Version), cancellationToken).ConfigureAwait(false);
        await CountAgainAsync(cancellationToken).ConfigureAwait(false);
        return outcome.Applied;
    }

    /// <summary>Adds a letter to a transaction.</summary>
    public void Add(StateTransaction transaction, DeadLetter letter) =>
        transaction.Put(Collection, _prefix + letter.DeviceId, JsonSerializer.SerializeToUtf8Bytes(letter, WorkJson.Default.DeadLetter));

    /// <summary>Counts the letters.</summary>
    public async Task CountAgainAsync(CancellationToken cancellationToken) =>
        Interlocked.Exchange(ref _count, await store.CountAsync(All, cancellationToken).ConfigureAwait(false));
}
