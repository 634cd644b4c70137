using Microsoft.Extensions.Logging;
using Nave.Client;
using Nave.Fleet.Sync.Applying;
using Nave.Fleet.Sync.Configuration;
using Nave.Fleet.Sync.Planning;
using Nave.Fleet.Sync.Providers;
using Nave.Fleet.Sync.State;
using Nave.Fleet.Sync.Telemetry;
using Nave.Storage;

namespace Nave.Fleet.Sync.Runs;

/// <summary>Plans and applies syncs of one configuration. It owns none of what it is given. Any thread may call it.</summary>
public sealed partial class SyncRunner
{
    private readonly SyncConfiguration _configuration;
    private readonly ServiceClient _service;
    private readonly IDeviceProvider _provider;
    private readonly SyncStore? _store;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SyncEvents _events;

    /// <summary>Initializes the runner.</summary>
    /// <param name="configuration">What is kept in step how.</param>
    /// <param name="service">The hub.</param>
    /// <param name="provider">The external registry.</param>
    /// <param name="store">What syncs must not forget; a plan with the external registry as the only master needs none.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggers">Where runs and events are told.</param>
    public SyncRunner(
        SyncConfiguration configuration, ServiceClient service, IDeviceProvider provider, SyncStore? store, TimeProvider time, ILoggerFactory loggers)
    {
        _configuration = configuration;
        _service = service;
        _provider = provider;
        _store = store;
        _time = time;
        _logger = loggers.CreateLogger<SyncRunner>();
        _events = new SyncEvents(loggers.CreateLogger<SyncEvents>());
    }

    /// <summary>Makes a plan and changes nothing; the caller disposes of it.</summary>
    /// <param name="adopt">Whether devices without the mark are taken over.</param>
    /// <param name="progress">Told how far it is, or nobody.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ListingIncompleteException">The external registry could not be listed to its end.</exception>
    /// <exception cref="ProviderException">The external registry failed.</exception>
    /// <exception cref="HubException">The hub refused.</exception>
    public Task<SyncPlan> PlanAsync(bool adopt, IProgress<SyncProgress>? progress, CancellationToken cancellationToken) =>
        new SyncPlanner(_configuration, _service, _provider, _store, progress).PlanAsync(adopt, cancellationToken);

    /// <summary>Makes a plan and applies it, alone on the hub.</summary>
    /// <param name="options">How.</param>
    /// <param name="progress">Told how far it is, or nobody.</param>
    /// <param name="cancellationToken">Ends it; what was done stays.</param>
    /// <returns>The record of the run, as it is in the store: also of one that a guard stopped, or that broke off for a known reason.</returns>
    /// <exception cref="SyncLeaseHeldException">Another run works on the hub.</exception>
    public async Task<SyncRun> ApplyAsync(SyncApplyOptions options, IProgress<SyncProgress>? progress, CancellationToken cancellationToken)
    {
        var store = _store ?? throw new InvalidOperationException("Without a store nothing is applied.");
        var run = new SyncRun
        {
            Id = store.NewRunId(),
            Sync = _configuration.Name,
            Hub = _service.HostName,
            Trigger = options.Trigger,
            Started = _time.GetUtcNow(),
            Outcome = SyncRunOutcome.Running,
        };
        var lease = await RunLease.TakeAsync(store, _service.HostName, run.Id, _time, cancellationToken).ConfigureAwait(false);
        await using (lease.ConfigureAwait(false))
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lease.Lost);
            Log.Began(_logger, run.Id, _configuration.Name, _service.HostName);
            run = await RecordedAsync(store, run, options, progress, lease, either.Token).ConfigureAwait(false);
            Log.Ended(_logger, run.Id, run.Outcome, run.Created, run.Updated, run.Deleted, run.Failed, run.Error);
            return run;
        }
    }

    private async Task<SyncRun> RecordedAsync(
        SyncStore store, SyncRun run, SyncApplyOptions options, IProgress<SyncProgress>? progress, RunLease lease, CancellationToken cancellationToken)
    {
        var context = new ApplyContext(_configuration, _service, _provider, store, _time, _events) { Progress = progress };
        ApplyTally? tally = null;
        try
        {
            await store.PutRunAsync(run, cancellationToken).ConfigureAwait(false);
            await CleanUpAsync(context, run.Id, cancellationToken).ConfigureAwait(false);
            using var plan = await PlanAsync(options.Adopt, progress, cancellationToken).ConfigureAwait(false);
            run = run with { Conflicts = plan.Counts.Conflict };
            if (plan.Guard is { } guard && !(plan.GuardMayBeAllowed && options.AllowDeletes))
            {
                return await EndAsync(store, run with { Outcome = SyncRunOutcome.Stopped, Error = guard }).ConfigureAwait(false);
            }

            tally = new ApplyTally(context, run.Id, plan.Counts.Changes);
            var applier = new ChangeApplier(context, run.Id, tally, async change =>
            {
                run = change(run);
                await store.PutRunAsync(run, CancellationToken.None).ConfigureAwait(false);
            });
            await applier.ApplyAsync(plan, cancellationToken).ConfigureAwait(false);
            run = tally.Record(run);
            return await EndAsync(store, run with { Outcome = run.Failed == 0 ? SyncRunOutcome.Succeeded : SyncRunOutcome.PartlyFailed }).ConfigureAwait(false);
        }
        catch (Exception e) when (e is ProviderException or HubException or HttpRequestException or TimeoutException or SyncStoppedException or IOException
            or OperationCanceledException)
        {
            var reason = e is OperationCanceledException ? lease.Lost.IsCancellationRequested ? "Another run took the lease over." : "It was stopped." : e.Message;
            run = tally?.Record(run) ?? run;
            run = await EndAsync(store, run with { Outcome = SyncRunOutcome.Failed, Error = reason }).ConfigureAwait(false);
            return e is OperationCanceledException && !lease.Lost.IsCancellationRequested ? throw new OperationCanceledException(e.Message, e, cancellationToken) : run;
        }
    }

    private async Task<SyncRun> EndAsync(SyncStore store, SyncRun run)
    {
        run = run with { Ended = _time.GetUtcNow() };
        try
        {
            await store.PutRunAsync(run, CancellationToken.None).ConfigureAwait(false);
        }
        catch (StorageUnavailableException e)
        {
            Log.NotRecorded(_logger, run.Id, e);
        }

        return run;
    }

    /// <summary>Finds runs that were killed, or could not delete their blob: with the lease in hand, none other can be alive.</summary>
    private static async Task CleanUpAsync(ApplyContext context, string runId, CancellationToken cancellationToken)
    {
        const int Newest = 100;
        var killed = new List<SyncRun>();
        await foreach (var run in context.Store.RunsAsync(Newest, cancellationToken).ConfigureAwait(false))
        {
            if ((run.Outcome == SyncRunOutcome.Running || run.JobBlob is not null) && run.Id != runId && run.Hub.Equals(context.Service.HostName, StringComparison.OrdinalIgnoreCase))
            {
                killed.Add(run);
            }
        }

        foreach (var run in killed)
        {
            await ImportJob.CleanUpAsync(context, run, cancellationToken).ConfigureAwait(false);
            var ended = run.Outcome != SyncRunOutcome.Running ? run : run with
            {
                Outcome = SyncRunOutcome.Interrupted, Ended = context.Time.GetUtcNow(), Error = "Its process ended before it did.",
            };
            await context.Store.PutRunAsync(ended with { JobBlob = null }, cancellationToken).ConfigureAwait(false);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "The run {RunId} of the sync {Sync} begins on the hub {Hub}.")]
        public static partial void Began(ILogger logger, string runId, string sync, string hub);

        [LoggerMessage(2, LogLevel.Information, "The run {RunId} ended as {Outcome}: {Created} created, {Updated} updated, {Deleted} deleted, {Failed} failed. {Error}")]
        public static partial void Ended(ILogger logger, string runId, SyncRunOutcome outcome, long created, long updated, long deleted, long failed, string? error);

        [LoggerMessage(3, LogLevel.Error, "The end of the run {RunId} could not be recorded.")]
        public static partial void NotRecorded(ILogger logger, string runId, Exception exception);
    }
}
