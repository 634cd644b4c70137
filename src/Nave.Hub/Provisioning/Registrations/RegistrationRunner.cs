using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Nave.Api;

namespace Nave.Hub.Provisioning;

/// <summary>
/// Runs registrations: one at a time for a device. The order of writes makes a crash harmless: first the identity in the hub, then the record, then the
/// old identity goes. Whatever was interrupted, the same call brings it to its end, for every step begins by looking at what is there.
/// </summary>
internal sealed partial class RegistrationRunner(
    RegistrationRegistry registrations,
    DeviceAttestor attestor,
    Assigner assigner,
    ProvisioningMetrics metrics,
    TimeSpan wait,
    TimeProvider time,
    ILogger logger) : IAsyncDisposable
{
    // Far more than the hub's connections let in at a time; each holds a task.
    private const int MaxRunning = 20_000;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, RunningRegistration> _running = new(StringComparer.Ordinal);
    private readonly KeyedGate<string> _devices = new();
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Begins the registration of a device, or joins the one that runs.</summary>
    public ValueTask<HubResult<RegistrationProgress>> RegisterAsync(ProvisioningPrincipal device, RawJson payload, CancellationToken cancellationToken)
    {
        var key = RegistrationIds.KeyOf(device.RegistrationId);
        return StartAsync(device, key, Etags.NewOperation(key), payload, cancellationToken);
    }

    /// <summary>Tells how an operation stands. One that an error or a restart left behind goes on.</summary>
    public async ValueTask<HubResult<RegistrationProgress>> GetOperationAsync(ProvisioningPrincipal device, string operationId, CancellationToken cancellationToken)
    {
        var key = RegistrationIds.KeyOf(device.RegistrationId);
        if (_running.TryGetValue(key, out var run) && run.OperationId == operationId && !run.Done.IsCompleted)
        {
            return Pending(operationId);
        }

        if (await registrations.FindAsync(device.RegistrationId, cancellationToken) is not { Record: { } record } || record.OperationId != operationId)
        {
            return new HubError(HubErrorCode.AsyncOperationNotFound, $"The last operation of '{device.RegistrationId}' is not the one that is asked for.");
        }

        return record.Status == RegistrationStatus.Assigning
            ? await StartAsync(device, key, operationId, record.PendingPayload, cancellationToken)
            : record.ToProgress();
    }

    /// <summary>Removes identities that devices have left; for a moment when there is nothing better to do.</summary>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        await foreach (var (left, _) in registrations.ReadLeavingAsync(cancellationToken))
        {
            var key = RegistrationIds.KeyOf(left.Id);
            if (!await _devices.EnterAsync(key, cancellationToken))
            {
                continue;
            }

            try
            {
                var (record, version) = await registrations.FindAsync(left.Id, cancellationToken);
                if (record is not null)
                {
                    await RemoveLeftAsync(record, version, cancellationToken);
                }
            }
            finally
            {
                _devices.Leave(key);
            }
        }
    }

    /// <summary>Lets what runs end for two seconds, then interrupts it: the devices' next calls go on with it.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await DrainAsync().WaitAsync(s_patience, TimeProvider.System); // A test's clock may stand still.
        }
        catch (TimeoutException)
        {
            await _stopping.CancelAsync();
            await DrainAsync();
        }

        _stopping.Dispose();
    }

    private Task DrainAsync() => Task.WhenAll(_running.Values.Select(run => run.Done.ContinueWith(
        static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default)));

    private static RegistrationProgress Pending(string operationId) =>
        new(new RegistrationOperationStatus { OperationId = operationId, Status = RegistrationStatus.Assigning });

    private async ValueTask<HubResult<RegistrationProgress>> StartAsync(
        ProvisioningPrincipal device, string key, string operationId, RawJson payload, CancellationToken cancellationToken)
    {
        // 1. One run a device.
        if (_running.Count >= MaxRunning)
        {
            return new HubError(HubErrorCode.ServerBusy, $"{MaxRunning} registrations run already; try again later.");
        }

        var own = new RunningRegistration(key, operationId);
        var run = _running.GetOrAdd(key, own);
        if (ReferenceEquals(run, own))
        {
            _ = RunAsync(run, device, payload);
        }

        // 2. Most end at once.
        if (!run.Done.IsCompleted)
        {
            try
            {
                await run.Done.WaitAsync(wait, time, cancellationToken);
            }
            catch (TimeoutException)
            {
                await AnnounceAsync(run, device, payload);
            }
        }

        if (!run.Done.IsCompleted)
        {
            return Pending(run.OperationId);
        }

        var ended = await run.Done;
        return ended.IsSuccess ? ended.Value.ToProgress() : ended.Error;
    }

    /// <summary>Makes an operation durable before its id is told: the device may ask for it after a restart.</summary>
    private async ValueTask AnnounceAsync(RunningRegistration run, ProvisioningPrincipal device, RawJson payload)
    {
        await run.Writing.WaitAsync(CancellationToken.None);
        try
        {
            if (run.IsWritten)
            {
                return;
            }

            var (before, _) = await registrations.FindAsync(device.RegistrationId, CancellationToken.None);
            if (before is not { Status: RegistrationStatus.Assigning } || before.OperationId != run.OperationId)
            {
                await registrations.WriteAsync(Assigning(before, run, device, payload), CancellationToken.None);
            }
        }
        finally
        {
            run.Writing.Release();
        }
    }

    private async Task RunAsync(RunningRegistration run, ProvisioningPrincipal device, RawJson payload)
    {
        // It is taken out before its end is told: who calls after that begins anew.
        try
        {
            var result = await RunAloneAsync(run, device, payload);
            _running.TryRemove(KeyValuePair.Create(run.Key, run));
            run.End(result);
        }
        catch (Exception e)
        {
            Log.Failed(logger, device.RegistrationId, e);
            _running.TryRemove(KeyValuePair.Create(run.Key, run));
            run.Fail(e);
        }
    }

    private async Task<HubResult<RegistrationRecord>> RunAloneAsync(RunningRegistration run, ProvisioningPrincipal device, RawJson payload)
    {
        if (!await _devices.EnterAsync(run.Key, CancellationToken.None))
        {
            return new HubError(HubErrorCode.ServerBusy, $"Too many calls for '{device.RegistrationId}' are waiting already.");
        }

        try
        {
            return await RunInGateAsync(run, device, payload);
        }
        finally
        {
            _devices.Leave(run.Key);
        }
    }

    private async Task<HubResult<RegistrationRecord>> RunInGateAsync(RunningRegistration run, ProvisioningPrincipal device, RawJson payload)
    {
        var stopping = _stopping.Token; // The operation does not end with the caller's patience.
        while (true)
        {
            // 1. Does the proof still hold?
            var confirmed = await attestor.ConfirmAsync(device, stopping);
            if (!confirmed.IsSuccess)
            {
                return confirmed.Error;
            }

            var enrolled = confirmed.Value;
            var (before, version) = await registrations.FindAsync(device.RegistrationId, stopping);
            if (!enrolled.Record.IsEnabled)
            {
                return Ended(before, run, device, enrolled) with { Status = RegistrationStatus.Disabled }; // Told, not stored: a device that is assigned stays it.
            }

            // 2. What an earlier move left behind goes first.
            if (before is { LeavingHub: not null })
            {
                (before, version) = await RemoveLeftAsync(before, version, stopping);
            }

            // 3. Hub and identity.
            var assigned = await assigner.AssignAsync(device.RegistrationId, enrolled, before, payload, stopping);
            var after = Apply(assigned, Ended(before, run, device, enrolled), before, run, device, payload);

            // 4. The record, unless the enrollment has changed meanwhile.
            await run.Writing.WaitAsync(stopping);
            try
            {
                var outcome = await registrations.WriteAsync(after, enrolled.Record, stopping);
                if (!outcome.Applied)
                {
                    continue;
                }

                version = outcome.Version;
                run.IsWritten = true;
            }
            finally
            {
                run.Writing.Release();
            }

            metrics.Ended(after.Status);
            Log.Ended(logger, device.RegistrationId, after.Status, after.AssignedHub);

            // 5. The identity that the device has left.
            if (after.LeavingHub is not null)
            {
                (after, _) = await RemoveLeftAsync(after, version, stopping);
            }

            return after;
        }
    }

    private RegistrationRecord Ended(RegistrationRecord? before, RunningRegistration run, ProvisioningPrincipal device, Enrolled enrolled)
    {
        var now = time.GetUtcNow();
        return new RegistrationRecord
        {
            Id = before?.Id ?? device.RegistrationId,
            GroupId = enrolled.Record.IsGroup ? enrolled.Record.Id : null,
            Attestation = enrolled.Record.Attestation,
            Status = RegistrationStatus.Unassigned,
            Substatus = before?.Substatus,
            Etag = Etags.New(),
            Created = before?.Created ?? now,
            Updated = now,
            OperationId = run.OperationId,
            AssignedHub = before?.AssignedHub,
            DeviceId = before?.DeviceId,
            X509 = enrolled.X509,
            LeavingHub = before?.LeavingHub,
            LeavingDeviceId = before?.LeavingDeviceId,
        };
    }

    private RegistrationRecord Assigning(RegistrationRecord? before, RunningRegistration run, ProvisioningPrincipal device, RawJson payload) =>
        Ended(before, run, device, device.Enrolled) with { Status = RegistrationStatus.Assigning, PendingPayload = payload };

    private RegistrationRecord Apply(
        HubResult<Assignment> assigned, RegistrationRecord record, RegistrationRecord? before, RunningRegistration run, ProvisioningPrincipal device, RawJson payload)
    {
        if (!assigned.IsSuccess)
        {
            return Assigner.IsTransient(assigned.Error)
                ? Assigning(before, run, device, payload)
                : record with { Status = RegistrationStatus.Failed, ErrorCode = assigned.Error.Code, ErrorMessage = assigned.Error.Message };
        }

        var assignment = assigned.Value;
        var left = before?.AssignedHub is { } hub && !assignment.Is(hub, before.DeviceId) ? before : null;
        return record with
        {
            Status = RegistrationStatus.Assigned,
            Substatus = assignment.Substatus ?? before?.Substatus ?? RegistrationSubstatus.InitialAssignment,
            AssignedHub = assignment.HostName,
            DeviceId = assignment.DeviceId,
            Payload = assignment.Payload,
            TpmKey = assignment.TpmKey,
            LeavingHub = left is null ? record.LeavingHub : left.AssignedHub,
            LeavingDeviceId = left is null ? record.LeavingDeviceId : left.DeviceId,
        };
    }

    /// <summary>Removes the identity that a device has left, and notes it.</summary>
    /// <returns>The record as it is then, with its version.</returns>
    private async ValueTask<(RegistrationRecord Record, long Version)> RemoveLeftAsync(RegistrationRecord record, long version, CancellationToken cancellationToken)
    {
        if (record.LeavingHub is not { } hub || !await assigner.RemoveAsync(record, hub, record.LeavingDeviceId ?? record.Id, cancellationToken))
        {
            return (record, version);
        }

        var clean = record with { LeavingHub = null, LeavingDeviceId = null };
        var outcome = await registrations.TryWriteAsync(clean, version, cancellationToken);
        return outcome.Applied ? (clean, outcome.Version) : (record, version);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Debug, Message = "Registration of {RegistrationId}: {Status}, hub {Hub}")]
        public static partial void Ended(ILogger logger, string registrationId, RegistrationStatus status, string? hub);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The registration of {RegistrationId} was interrupted; the device's next call goes on with it")]
        public static partial void Failed(ILogger logger, string registrationId, Exception exception);
    }
}
