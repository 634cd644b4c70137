using System.Runtime.CompilerServices;

namespace Nave.Fleet.Sync.Providers;

/// <summary>
/// An external device registry. One instance serves one registry for as long as its owner lives; any thread may call it, also at the
/// same time. It keeps to its own rate limit, renews its own token (and once more on a 401), and turns every failure into a
/// <see cref="ProviderException"/>, without a secret in its message. What may be repeated without harm it repeats a few times, for seconds;
/// beyond that whoever calls has the schedule.
/// </summary>
public interface IDeviceProvider : IAsyncDisposable
{
    /// <summary>Gets what the registry can do. Constant.</summary>
    ProviderTraits Traits { get; }

    /// <summary>
    /// Streams every device of the registry, in any order, page by page. Write-only fields are absent. A device that the registry moves
    /// between pages may come twice. It either yields all there is or throws: it never ends short.
    /// </summary>
    /// <exception cref="ListingIncompleteException">A page could not be read, or fewer came than the registry says it has.</exception>
    IAsyncEnumerable<ExternalDevice> ListAsync(CancellationToken cancellationToken);

    /// <summary>Reads one device by its <see cref="ExternalDevice.Key"/>; <see langword="null"/> if the registry says that there is none.</summary>
    /// <exception cref="ProviderException">The registry did not answer, or refused.</exception>
    Task<ExternalDevice?> FindAsync(string key, CancellationToken cancellationToken);

    /// <summary>
    /// Looks for many devices by their <see cref="ExternalDevice.Key"/>, each asked for by itself: what a listing left out is found. Where
    /// one reading tells of all, as in a file, a provider has a faster way.
    /// </summary>
    /// <returns>Those that are there, in any order.</returns>
    /// <exception cref="ProviderException">The registry did not answer, or refused.</exception>
    async IAsyncEnumerable<ExternalDevice> FindManyAsync(
        IReadOnlyCollection<string> keys, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var batch in keys.Chunk(Math.Max(Traits.Parallelism, 1)))
        {
            foreach (var device in await Task.WhenAll(batch.Select(key => FindAsync(key, cancellationToken))).ConfigureAwait(false))
            {
                if (device is not null)
                {
                    yield return device;
                }
            }
        }
    }

    /// <summary>Creates a device, write-only fields included.</summary>
    /// <returns>The device as the registry has it now, with its <see cref="ExternalDevice.Reference"/>.</returns>
    /// <exception cref="ProviderException">
    /// <see cref="ProviderFailure.AlreadyExists"/>: there is one with this key. Otherwise the registry did not answer, or refused.
    /// </exception>
    Task<ExternalDevice> CreateAsync(ExternalDevice device, CancellationToken cancellationToken);

    /// <summary>
    /// Changes a device in place. Called only if <see cref="ProviderTraits.CanUpdate"/> and all fields that differ may be changed in place
    /// (<see cref="ProviderTraits.NeedsRecreation"/>); else the device is deleted and created again.
    /// </summary>
    /// <param name="current">The device as it was listed or found.</param>
    /// <param name="wanted">All fields that it shall have; write-only ones only if they shall change.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The device as the registry has it now.</returns>
    /// <exception cref="ProviderException">
    /// <see cref="ProviderFailure.NotFound"/>: it is gone. Otherwise the registry did not answer, or refused.
    /// </exception>
    Task<ExternalDevice> UpdateAsync(ExternalDevice current, ExternalDevice wanted, CancellationToken cancellationToken);

    /// <summary>Deletes a device. Idempotent: what is gone already is no failure.</summary>
    /// <param name="device">Its <see cref="ExternalDevice.Key"/>, and its <see cref="ExternalDevice.Reference"/> where it is known.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Whether it was there.</returns>
    /// <exception cref="ProviderException">The registry did not answer, or refused.</exception>
    Task<bool> DeleteAsync(ExternalDevice device, CancellationToken cancellationToken);

    /// <summary>
    /// Checks that a hub device has what the registry needs: every required tag is there and well-formed. All problems at once, none with
    /// the value of a write-only field. Pure.
    /// </summary>
    /// <returns>Nothing when the device is complete.</returns>
    IReadOnlyList<TagProblem> Validate(HubDevice device);

    /// <summary>
    /// Makes the hub device of an external one: its id and its tags. Pure, and the inverse of <see cref="ToExternal"/> as far as the
    /// registry keeps what it is given. The id may turn out not to be one that a hub permits; the plan tells.
    /// </summary>
    HubDevice ToHub(ExternalDevice device);

    /// <summary>Makes the external device of a hub device that <see cref="Validate"/> has no problem with. Pure.</summary>
    ExternalDevice ToExternal(HubDevice device);
}
