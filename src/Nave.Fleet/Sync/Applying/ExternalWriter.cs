using Nave.Fleet.Sync.Planning;
using Nave.Fleet.Sync.Providers;
using Nave.Fleet.Sync.State;

namespace Nave.Fleet.Sync.Applying;

/// <summary>
/// Makes changes in an external registry, one device at a time, and notes before each creation that the device is this sync's, so that a
/// process that is killed right after it does not leave a stranger there. Any thread may call it.
/// </summary>
/// <param name="provider">The registry.</param>
/// <param name="store">Where it is noted.</param>
/// <param name="syncName">The name of the sync.</param>
/// <param name="time">The clock.</param>
internal sealed class ExternalWriter(IDeviceProvider provider, SyncStore store, string syncName, TimeProvider time)
{
    private const int MaxAttempts = 4;

    // So many in a row, and the registry is gone: the rest would only take its time.
    private const int MaxFailuresInRow = 20;

    private static readonly TimeSpan s_longestWait = TimeSpan.FromMinutes(1);

    private int _failuresInRow;

    /// <summary>Makes the external part of a change.</summary>
    /// <exception cref="SyncStoppedException">The registry does not take our credentials, or is gone.</exception>
    public async Task<ChangeResult> ApplyAsync(PlannedChange change, CancellationToken cancellationToken)
    {
        var external = change.External!; // What comes here has an external part.
        var isKnown = external.Action == PlanAction.Delete
            || await store.GetDeviceAsync(syncName, change.DeviceId, cancellationToken).ConfigureAwait(false) is not null;
        try
        {
            switch (external.Action)
            {
                case PlanAction.Create:
                    await IntendAsync(change, cancellationToken).ConfigureAwait(false);
                    await CreateAsync(external.Wanted!, cancellationToken).ConfigureAwait(false); // All but a deletion have it.
                    break;
                case PlanAction.Update when external.Recreate:
                    await IntendAsync(change, cancellationToken).ConfigureAwait(false);
                    await CallAsync(() => provider.DeleteAsync(external.Current!, cancellationToken), cancellationToken).ConfigureAwait(false); // An update has both.
                    await CreateAsync(external.Wanted!, cancellationToken).ConfigureAwait(false);
                    break;
                case PlanAction.Update:
                    await CallAsync(() => provider.UpdateAsync(external.Current!, external.Wanted!, cancellationToken), cancellationToken).ConfigureAwait(false);
                    break;
                default:
                    await CallAsync(() => provider.DeleteAsync(external.Current!, cancellationToken), cancellationToken).ConfigureAwait(false);
                    break;
            }
        }
        catch (ProviderException e)
        {
            return await FailedAsync(change, isKnown, e, cancellationToken).ConfigureAwait(false);
        }

        Interlocked.Exchange(ref _failuresInRow, 0);
        return ChangeResult.Done;
    }

    private Task IntendAsync(PlannedChange change, CancellationToken cancellationToken) => store.PutDevicesAsync(
        syncName,
        [KeyValuePair.Create(change.DeviceId, (SyncedDevice?)new SyncedDevice { Key = change.External!.Wanted!.Key, Time = time.GetUtcNow() })],
        cancellationToken);

    private async Task<ChangeResult> FailedAsync(PlannedChange change, bool isKnown, ProviderException e, CancellationToken cancellationToken)
    {
        if (e.Failure == ProviderFailure.Authentication)
        {
            throw new SyncStoppedException($"The external registry does not take the credentials. {e.Message}", e);
        }

        if (!e.IsTransient)
        {
            Interlocked.Exchange(ref _failuresInRow, 0);
            if (!isKnown)
            {
                // Surely not made by us: what is there, if anything, is somebody else's.
                await store.PutDevicesAsync(syncName, [KeyValuePair.Create(change.DeviceId, (SyncedDevice?)null)], cancellationToken).ConfigureAwait(false);
            }
        }
        else if (Interlocked.Increment(ref _failuresInRow) >= MaxFailuresInRow)
        {
            throw new SyncStoppedException($"The external registry failed {MaxFailuresInRow} times in a row. {e.Message}", e);
        }

        return new ChangeResult(e.Message, e.IsTransient);
    }

    private async Task CreateAsync(ExternalDevice wanted, CancellationToken cancellationToken)
    {
        var attempts = 0;
        try
        {
            await CallAsync(
                () =>
                {
                    attempts++;
                    return provider.CreateAsync(wanted, cancellationToken);
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (ProviderException e) when (e.Failure == ProviderFailure.AlreadyExists && attempts > 1)
        {
            // Most likely an earlier attempt made it, and its answer was lost. What looks as wanted is that one.
            var found = await provider.FindAsync(wanted.Key, cancellationToken).ConfigureAwait(false);
            var isWanted = found is not null && wanted.Fields.All(field =>
                !provider.Traits.Keeps(field.Key) || provider.Traits.IsWriteOnly(field.Key) || found.Fields.GetValueOrDefault(field.Key) == field.Value);
            if (!isWanted)
            {
                throw;
            }
        }
    }

    private async Task CallAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await call().ConfigureAwait(false);
                return;
            }
            catch (ProviderException e) when (e.IsTransient && attempt < MaxAttempts && !(e.RetryAfter > s_longestWait))
            {
                var wait = TimeSpan.FromSeconds(1 << (attempt - 1));
                await Task.Delay(e.RetryAfter > wait ? e.RetryAfter.Value : wait, time, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
