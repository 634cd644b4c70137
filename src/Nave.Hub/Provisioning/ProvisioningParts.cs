using Microsoft.Extensions.Logging;
using Nave.Hub.Security;
using Nave.Storage;

namespace Nave.Hub.Provisioning;

/// <summary>What the provisioning service stands on, opened in the order of dependencies.</summary>
internal sealed record ProvisioningParts : IAsyncDisposable
{
    public required IStateStore Store { get; init; }

    public required ProvisioningLimits Limits { get; init; }

    public required CertificateAuthorities Authorities { get; init; }

    public required LinkedHubs Hubs { get; init; }

    public required EnrollmentRegistry Enrollments { get; init; }

    public required ProvisioningAuthenticator Authenticator { get; init; }

    public required IAllocationWebhook Webhook { get; init; }

    /// <summary>Reads what the store holds. The store is disposed with the parts.</summary>
    public static async Task<ProvisioningParts> OpenAsync(
        HubHost hubs,
        ProvisioningOptions options,
        ProvisioningSettings settings,
        string folder,
        IStateStore store,
        IRemoteHubs remote,
        IAllocationWebhook webhook,
        CancellationToken cancellationToken)
    {
        var environment = hubs.Environment;
        var codec = new EnrollmentCodec(environment.Protector);
        var groups = new List<EnrollmentRecord>();
        await foreach (var document in store.ScanAsync(new StateScan(EnrollmentCodec.CollectionOf(EnrollmentKind.Group)), cancellationToken))
        {
            groups.Add(codec.Decode(EnrollmentKind.Group, document));
        }

        var limits = new ProvisioningLimits(options.EnforceLimits, environment.Time);
        var authorities = await CertificateAuthorities.OpenAsync(store, environment.Time, cancellationToken);
        var linked = await LinkedHubs.OpenAsync(
            hubs, remote, store, options.LinkLocalHubs, environment.Loggers.CreateLogger<LinkedHubs>(), cancellationToken);
        var builder = new EnrollmentBuilder(authorities, name => linked.Find(name) is not null, environment.Time);
        return new ProvisioningParts
        {
            Store = store,
            Limits = limits,
            Authorities = authorities,
            Hubs = linked,
            Enrollments = new EnrollmentRegistry(
                store, codec, builder, limits, new GroupTable(groups), environment.Loggers.CreateLogger<EnrollmentRegistry>()),
            Authenticator = new ProvisioningAuthenticator(
                options.HostName,
                new PolicyTable(settings.Policies),
                policies => Task.Run(
                    () => ProvisioningSettingsFile.Write(folder, settings with { Policies = policies }, environment.Protector), CancellationToken.None),
                environment.Time,
                environment.Options.ClockSkew),
            Webhook = webhook,
        };
    }

    public async ValueTask DisposeAsync()
    {
        Authenticator.Dispose();
        Enrollments.Dispose();
        Hubs.Dispose();
        Authorities.Dispose();
        await Store.DisposeAsync();
    }
}
