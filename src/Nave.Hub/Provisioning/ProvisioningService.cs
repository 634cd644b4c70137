using Microsoft.Extensions.Logging;
using Nave.Api;
using Nave.Hub.Security;
using Nave.Storage;
using Nave.Storage.Sqlite;

namespace Nave.Hub.Provisioning;

/// <summary>
/// The device provisioning service of a process: devices that know only the id scope and their own proof are put into a hub. Its data is in the
/// folder <c>dps</c> of the data folder: docs/formats/provisioning.md. Close it before the hubs.
/// </summary>
public sealed partial class ProvisioningService : IDeviceProvisioning, IAsyncDisposable
{
    /// <summary>The name of its folder in the data folder.</summary>
    public const string FolderName = "dps";

    internal const string DatabaseName = "state.db";

    private static readonly TimeSpan s_sweepEvery = TimeSpan.FromMinutes(1);

    private readonly ProvisioningParts _parts;
    private readonly DeviceAttestor _attestor;
    private readonly RegistrationRunner _runner;
    private readonly ProvisioningMetrics _metrics = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _sweeping;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private int _closed;

    private ProvisioningService(ProvisioningOptions options, string idScope, ProvisioningParts parts, HubHost hubs)
    {
        var environment = hubs.Environment;
        _parts = parts;
        _time = environment.Time;
        _logger = environment.Loggers.CreateLogger<ProvisioningService>();
        HostName = options.HostName;
        IdScope = idScope;
        Registrations = new RegistrationRegistry(parts.Store, parts.Limits);
        _attestor = new DeviceAttestor(
            idScope, parts.Enrollments, parts.Authorities, new TpmChallenges(_time), _time, environment.Options.ClockSkew);
        var assigner = new Assigner(parts.Hubs, new Allocator(parts.Hubs, parts.Webhook));
        _runner = new RegistrationRunner(Registrations, _attestor, assigner, _metrics, options.RegisterWait, _time, _logger);
        _sweeping = SweepAsync();
    }

    /// <inheritdoc/>
    public string IdScope { get; }

    /// <inheritdoc/>
    public string HostName { get; }

    /// <summary>Gets the gate of the service side.</summary>
    public ProvisioningAuthenticator Authenticator => _parts.Authenticator;

    /// <summary>Gets the certificate authorities that enrollments refer to.</summary>
    public CertificateAuthorities Authorities => _parts.Authorities;

    /// <summary>Gets the enrollments.</summary>
    public EnrollmentRegistry Enrollments => _parts.Enrollments;

    /// <summary>Gets the registrations.</summary>
    public RegistrationRegistry Registrations { get; }

    /// <summary>Gets the hubs that devices are assigned to.</summary>
    public LinkedHubs LinkedHubs => _parts.Hubs;

    /// <summary>Gets the connection string of the owner's policy, key included: never log it.</summary>
    public string OwnerConnectionString
    {
        get
        {
            var owner = Authenticator.Policies.First(policy => policy.Name == ProvisioningSettings.Owner);
            return new IotHubConnectionString { HostName = HostName, SharedAccessKeyName = owner.Name, SharedAccessKey = owner.PrimaryKey }
                .ToString(includeSecrets: true);
        }
    }

    /// <summary>Opens the service of a data folder; the first start makes its id scope and its keys.</summary>
    /// <param name="hubs">The hubs of the process, open.</param>
    /// <param name="options">How it is to run.</param>
    /// <param name="remote">Reaches hubs elsewhere.</param>
    /// <param name="webhook">Calls allocation webhooks.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="ArgumentException">Options are wrong, or the host name is a hub's; the message has every problem.</exception>
    /// <exception cref="InvalidDataException">A file is damaged or of a later format.</exception>
    /// <exception cref="IOException">The folder cannot be read or written.</exception>
    public static async Task<ProvisioningService> OpenAsync(
        HubHost hubs, ProvisioningOptions options, IRemoteHubs remote, IAllocationWebhook webhook, CancellationToken cancellationToken)
    {
        var problems = options.Validate().ToList();
        if (hubs.TryFind(options.HostName, out var hub))
        {
            problems.Add($"'{hub.HostName}' is a hub; the provisioning service needs a host name of its own.");
        }

        if (problems.Count > 0)
        {
            throw new ArgumentException(string.Join(' ', problems), nameof(options));
        }

        var environment = hubs.Environment;
        var folder = Path.Combine(hubs.DataPath, FolderName);
        var settings = ProvisioningSettingsFile.ReadOrMake(folder, environment.Protector, environment.Time);
        var store = await SqliteStateStore.OpenAsync(
            new SqliteStateOptions { Path = Path.Combine(folder, DatabaseName) }, environment.Loggers.CreateLogger<SqliteStateStore>(), cancellationToken);
        try
        {
            var parts = await ProvisioningParts.OpenAsync(hubs, options, settings, folder, store, remote, webhook, cancellationToken);
            hubs.ReservedHostName = options.HostName;
            return new ProvisioningService(options, settings.IdScope, parts, hubs);
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    /// <summary>Opens the service on a store of the caller's: for tests of what a failing disk does.</summary>
    internal static async Task<ProvisioningService> OpenAsync(
        HubHost hubs, ProvisioningOptions options, IStateStore store, IRemoteHubs remote, IAllocationWebhook webhook, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(hubs.DataPath, FolderName);
        var settings = ProvisioningSettingsFile.ReadOrMake(folder, hubs.Environment.Protector, hubs.Environment.Time);
        return new ProvisioningService(
            options, settings.IdScope, await ProvisioningParts.OpenAsync(hubs, options, settings, folder, store, remote, webhook, cancellationToken), hubs);
    }

    /// <summary>Lets what runs end, and closes.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _closed, 1) != 0)
        {
            return;
        }

        await _closing.CancelAsync();
        await _sweeping;
        await _runner.DisposeAsync();
        await _parts.DisposeAsync();
        _metrics.Dispose();
        _closing.Dispose();
    }

    private async Task SweepAsync()
    {
        await Task.Yield(); // Opening does not wait for hubs elsewhere.
        using var timer = new PeriodicTimer(s_sweepEvery, _time);
        do
        {
            try
            {
                await _runner.SweepAsync(_closing.Token);
            }
            catch (OperationCanceledException) when (_closing.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                Log.SweepFailed(_logger, e);
            }
        }
        while (await NextAsync(timer));
    }

    private async ValueTask<bool> NextAsync(PeriodicTimer timer)
    {
        try
        {
            return await timer.WaitForNextTickAsync(_closing.Token);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Identities that devices have left could not be removed now; in a minute they are tried again")]
        public static partial void SweepFailed(ILogger logger, Exception exception);
    }
}
