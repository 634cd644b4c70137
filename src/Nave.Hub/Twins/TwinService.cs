using System.Buffers;
using Nave.Api;
using Nave.Hub.Commands;
using Nave.Hub.Connections;
using Nave.Hub.Limits;
using Nave.Storage;

namespace Nave.Hub.Twins;

/// <summary>The twins of one hub. Documents travel as UTF-8 JSON in the wire's own shape.</summary>
public sealed partial class TwinService
{
    private readonly TwinStore _twins;
    private readonly TwinEvents _events;
    private readonly IPresence _presence;
    private readonly IDeviceQueues _queues;
    private readonly HubThrottle _throttle;
    private readonly TimeProvider _time;

    /// <summary>Gets or sets who hears of changes; at composition.</summary>
    internal ITwinObserver? Observer { get; set; }

    internal TwinService(TwinStore twins, TwinEvents events, IPresence presence, IDeviceQueues queues, HubThrottle throttle, TimeProvider time)
    {
        _twins = twins;
        _events = events;
        _presence = presence;
        _queues = queues;
        _throttle = throttle;
        _time = time;
    }

    /// <summary>Gets the twin as the service sees it.</summary>
    public async ValueTask<HubResult<ReadOnlyMemory<byte>>> GetAsync(IdentityId id, CancellationToken cancellationToken)
    {
        if (_throttle.TryTake(ThrottledOperation.TwinRead) is { } throttled)
        {
            return throttled;
        }

        var twin = await _twins.ReadAsync(id, cancellationToken).ConfigureAwait(false);
        return twin is null ? await NotFoundAsync(id, cancellationToken).ConfigureAwait(false) : ServiceView(twin.Document);
    }

    /// <summary>Gets the twin as its device sees it: desired and reported with <c>$version</c>, no metadata, no tags.</summary>
    public async ValueTask<HubResult<ReadOnlyMemory<byte>>> GetDeviceViewAsync(IdentityId id, CancellationToken cancellationToken)
    {
        if (_throttle.TryTake(ThrottledOperation.TwinRead) is { } throttled)
        {
            return throttled;
        }

        var twin = await _twins.ReadAsync(id, cancellationToken).ConfigureAwait(false);
        if (twin is null)
        {
            return await NotFoundAsync(id, cancellationToken).ConfigureAwait(false);
        }

        var view = new ArrayBufferWriter<byte>(twin.Bytes + 64);
        TwinView.WriteDevice(view, twin.Document);
        return view.WrittenMemory;
    }

    /// <summary>Merges a patch of tags and desired properties; <see langword="null"/> values delete.</summary>
    /// <param name="id">Whose twin.</param>
    /// <param name="patch">The JSON body.</param>
    /// <param name="ifMatch">The <c>If-Match</c> header as it came: the etag it must have, quoted or not; <see langword="null"/> or <c>*</c> = any.</param>
    /// <param name="cancellationToken">Ends the call before it takes effect.</param>
    /// <returns>The whole twin afterwards, or 400004, 404001, 412001.</returns>
    public async ValueTask<HubResult<ReadOnlyMemory<byte>>> PatchAsync(IdentityId id, ReadOnlyMemory<byte> patch, string? ifMatch, CancellationToken cancellationToken)
    {
        if (!TwinRequest.TryRead(patch, out var request, out var error))
        {
            return error;
        }

        var written = await WriteAsync(id, twin => TwinEdit.MakePatch(twin, request, _time.GetUtcNow()), ifMatch, cancellationToken).ConfigureAwait(false);
        return written.IsSuccess ? ServiceView(written.Value) : written.Error;
    }

    /// <summary>Replaces tags and desired properties.</summary>
    public async ValueTask<HubResult<ReadOnlyMemory<byte>>> ReplaceAsync(IdentityId id, ReadOnlyMemory<byte> twin, string? ifMatch, CancellationToken cancellationToken)
    {
        if (!TwinRequest.TryRead(twin, out var request, out var error))
        {
            return error;
        }

        var written = await WriteAsync(id, before => TwinEdit.MakeReplacement(before, request, _time.GetUtcNow()), ifMatch, cancellationToken).ConfigureAwait(false);
        return written.IsSuccess ? ServiceView(written.Value) : written.Error;
    }

    /// <summary>Merges a patch of reported properties sent by the device.</summary>
    /// <param name="id">Whose twin.</param>
    /// <param name="patch">The JSON body.</param>
    /// <param name="baseVersion">The version of the reported section that the device expects, or <see langword="null"/>.</param>
    /// <param name="cancellationToken">Ends the call before it takes effect.</param>
    /// <returns>The new version of the reported section, or 400004, 412001.</returns>
    public async ValueTask<HubResult<long>> PatchReportedAsync(IdentityId id, ReadOnlyMemory<byte> patch, long? baseVersion, CancellationToken cancellationToken)
    {
        if (!TwinRequest.TryReadReported(patch, out var change, out var error))
        {
            return error;
        }

        var written = await WriteAsync(
            id, twin => TwinEdit.MakeReported(twin, change, baseVersion, _time.GetUtcNow()), ifMatch: null, cancellationToken).ConfigureAwait(false);
        return written.IsSuccess ? written.Value.Reported.Version : written.Error;
    }

    /// <summary>Writes a twin as the service sees it: for queries, which read many.</summary>
    internal void WriteServiceView(IBufferWriter<byte> target, TwinDocument twin) => TwinView.WriteService(target, twin, LiveState(twin.Identity.Id));

    /// <summary>Gets what a twin shows that is not stored.</summary>
    internal TwinLiveState LiveState(IdentityId id) => new(_presence.IsConnected(id), _presence.LastActivity(id), _queues.Count(id));

    /// <summary>Reads a twin as it is stored.</summary>
    internal async ValueTask<TwinDocument?> FindAsync(IdentityId id, CancellationToken cancellationToken) =>
        (await _twins.ReadAsync(id, cancellationToken).ConfigureAwait(false))?.Document;

    /// <summary>Changes a twin for the hub itself: no tier counts it.</summary>
    /// <param name="id">Whose twin.</param>
    /// <param name="change">Makes the change; may be asked more than once.</param>
    /// <param name="cancellationToken">Ends the call before it takes effect.</param>
    /// <returns>The twin afterwards; 404001, 404010, 429001 (too many changes wait), or what <paramref name="change"/> refuses with.</returns>
    internal ValueTask<HubResult<TwinDocument>> ChangeAsync(
        IdentityId id, Func<TwinDocument, HubResult<TwinEdit>> change, CancellationToken cancellationToken) =>
        WriteCoreAsync(id, change, ifMatch: null, cancellationToken);

    /// <summary>Gets the time.</summary>
    internal DateTimeOffset Now => _time.GetUtcNow();

    private async ValueTask<HubResult<TwinDocument>> WriteAsync(
        IdentityId id, Func<TwinDocument, HubResult<TwinEdit>> change, string? ifMatch, CancellationToken cancellationToken, Action<StateTransaction>? mark = null) =>
        mark is null && _throttle.TryTake(ThrottledOperation.TwinUpdate) is { } throttled
            ? throttled
            : await WriteCoreAsync(id, change, ifMatch, cancellationToken, mark).ConfigureAwait(false);

    private async ValueTask<HubResult<TwinDocument>> WriteCoreAsync(
        IdentityId id, Func<TwinDocument, HubResult<TwinEdit>> change, string? ifMatch, CancellationToken cancellationToken, Action<StateTransaction>? mark = null)
    {
        if (!await _twins.EnterAsync(id, cancellationToken).ConfigureAwait(false))
        {
            return new HubError(
                HubErrorCode.ThrottlingException, $"{KeyedGate<IdentityId>.MaxWaiters} changes of the twin of '{id}' are waiting already; try again later.");
        }

        try
        {
            while (true)
            {
                // 1. The twin as it is.
                var current = await _twins.ReadInGateAsync(id, cancellationToken).ConfigureAwait(false);
                if (current is null)
                {
                    return await NotFoundAsync(id, cancellationToken).ConfigureAwait(false);
                }

                if (!Matches(current.Document, ifMatch))
                {
                    return new HubError(
                        HubErrorCode.PreconditionFailed, $"Precondition failed: the twin of '{id}' has etag '{current.Document.Etag}', not the one in If-Match.");
                }

                // 2. The twin as it will be.
                var result = change(current.Document);
                if (!result.IsSuccess)
                {
                    return result.Error;
                }

                var edit = result.Value;
                if (edit.Patch.IsEmpty && !edit.IsReplacement && !edit.ConfigurationsChanged)
                {
                    if (mark is not null)
                    {
                        var marks = new StateTransaction();
                        mark(marks);
                        await _twins.State.CommitAsync(marks, cancellationToken).ConfigureAwait(false);
                    }

                    return current.Document;
                }

                // 3. Both it and its event, or nothing.
                var body = edit.Document.Encode(out var document);
                var transaction = new StateTransaction().Put(TwinCollections.Of(id), TwinCollections.KeyOf(id), body, current.StoreVersion, edit.TermsChanged ? TwinTerms.Of(document) : null);
                if (edit.IsReplacement)
                {
                    _events.AddReplaced(transaction, document, edit.Time);
                }
                else if (!edit.Patch.IsEmpty)
                {
                    _events.AddUpdated(transaction, document, edit.Patch, edit.Time);
                }

                mark?.Invoke(transaction);

                var outcome = await _twins.CommitAsync(transaction, document, id, body.Length, cancellationToken).ConfigureAwait(false);
                if (outcome.Applied)
                {
                    // 4. Tell the device with the gate still held, so that versions reach it in order.
                    Push(document, edit);
                    if (!edit.IsByConfiguration)
                    {
                        Observer?.Changed(id, edit.Aspects);
                    }

                    return document;
                }
            }
        }
        finally
        {
            _twins.Leave(id);
        }
    }

    private void Push(TwinDocument document, TwinEdit edit)
    {
        if (!edit.IsReplacement && edit.Patch.Desired is null)
        {
            return;
        }

        if (_presence.Find(document.Identity.Id) is not { } session || (session.Features & DeviceFeatures.DesiredProperties) == 0)
        {
            return;
        }

        var push = edit.IsReplacement ? TwinEvents.DesiredPush(document.Desired) : TwinEvents.DesiredPush(edit.Patch.Desired!, document.Desired.Version); // Not null, see above.
        session.Link.DesiredChanged(document.Desired.Version, push);
    }

    private HubResult<ReadOnlyMemory<byte>> ServiceView(TwinDocument twin)
    {
        var view = new ArrayBufferWriter<byte>(2048);
        WriteServiceView(view, twin);
        return view.WrittenMemory;
    }

    private async ValueTask<HubError> NotFoundAsync(IdentityId id, CancellationToken cancellationToken)
    {
        // Peeked, for the gate of the module may be held: gates are only ever taken from device to module.
        if (id.IsModule && await _twins.PeekAsync(new IdentityId(id.DeviceId), cancellationToken).ConfigureAwait(false))
        {
            return new HubError(HubErrorCode.ModuleNotFound, $"The device '{id.DeviceId}' has no module '{id.ModuleId}'.");
        }

        return new HubError(HubErrorCode.DeviceNotFound, $"E_DEVICE_NOT_FOUND_IN_REGISTRY, deviceId: {id.DeviceId}");
    }

    private static bool Matches(TwinDocument twin, string? ifMatch) => IfMatch.Parse(ifMatch).Matches(twin.Etag);
}
