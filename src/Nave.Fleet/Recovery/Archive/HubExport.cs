using System.Runtime.CompilerServices;
using System.Text.Json;
using Nave.Api;
using Nave.Client;

namespace Nave.Fleet.Recovery.Archive;

/// <summary>Writes a hub into an archive, or a form that other tools read, in constant memory; identities in the order of ids, so that archives can be compared.</summary>
public sealed class HubExport(HubRegistry hub, BackupOptions options)
{
    /// <summary>Writes the archive to its end.</summary>
    /// <returns>What is in it.</returns>
    /// <exception cref="HubException">The hub refuses.</exception>
    public async Task<ArchiveManifest> RunAsync(IArchiveWriter archive, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(archive);
        var (devices, modules) = (0L, 0L);

        // 1. Identities with their twins.
        await foreach (var line in ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            _ = string.IsNullOrEmpty(line.ModuleId) ? devices++ : modules++;
            await archive.AddAsync(
                ArchivePart.Registry, JsonSerializer.SerializeToUtf8Bytes(line, ApiJson.Wire.ExportImportDevice), cancellationToken).ConfigureAwait(false);
        }

        // 2. What applies to many of them.
        if (options.WithConfigurations)
        {
            foreach (var configuration in await ConfigurationsAsync(hub.Client, cancellationToken).ConfigureAwait(false))
            {
                // Without its etag, which counts a hub's own changes and which no hub takes over.
                var line = ExportImportConfiguration.From(configuration, ImportMode.CreateOrUpdate) with { ETag = null };
                await archive.AddAsync(
                    ArchivePart.Configurations, JsonSerializer.SerializeToUtf8Bytes(line, ApiJson.Wire.ExportImportConfiguration), cancellationToken).ConfigureAwait(false);
            }
        }

        // 3. How devices come to hubs.
        if (options.Provisioning is { } provisioning)
        {
            await AddEnrollmentsAsync(archive, provisioning, cancellationToken).ConfigureAwait(false);
        }

        return await archive.CompleteAsync(
            new ArchiveManifest { Hub = hub.HostName, HasKeys = options.WithKeys, Where = options.Where, Devices = devices, Modules = modules }, cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>Reads what is wanted of the registry, in the order of ids.</summary>
    internal IAsyncEnumerable<ExportImportDevice> ReadAsync(CancellationToken cancellationToken) =>
        WantedLines.Of(CountAsync(SortedRegistry.ReadAsync(hub, options.WithKeys, cancellationToken), cancellationToken), options.IsWanted, cancellationToken);

    /// <summary>Reads a hub's configurations in the order of their ids; none where the tier has none.</summary>
    internal static async Task<IReadOnlyList<Api.Configuration>> ConfigurationsAsync(ServiceClient hub, CancellationToken cancellationToken)
    {
        try
        {
            var all = await hub.ListConfigurationsAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
            return [.. all.OrderBy(one => one.Id, StringComparer.Ordinal)];
        }
        catch (HubException e) when (e.Code == HubErrorCode.OperationNotAvailableInCurrentTier)
        {
            return [];
        }
    }

    private async IAsyncEnumerable<ExportImportDevice> CountAsync(
        IAsyncEnumerable<ExportImportDevice> lines, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (devices, all) = (0L, 0L);
        await foreach (var line in lines.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            devices += string.IsNullOrEmpty(line.ModuleId) ? 1 : 0;
            options.Progress?.Invoke(new BackupProgress(devices, ++all, null));
            yield return line;
        }
    }

    private static async IAsyncEnumerable<T> AllAsync<T>(
        Func<string?, Task<ProvisioningPage<T>>> read, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? continuation = null;
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            var page = await read(continuation).ConfigureAwait(false);
            foreach (var item in page.Items)
            {
                yield return item;
            }

            continuation = page.Continuation;
        }
        while (continuation is not null);
    }

    private async Task AddEnrollmentsAsync(IArchiveWriter archive, ProvisioningServiceClient provisioning, CancellationToken cancellationToken)
    {
        const int PageSize = 100;
        await foreach (var one in AllAsync(
            next => provisioning.QueryEnrollmentsAsync("SELECT * FROM enrollments", PageSize, next, cancellationToken), cancellationToken).ConfigureAwait(false))
        {
            // A list has no keys.
            var whole = one with
            {
                RegistrationState = null,
                Attestation = options.WithKeys ? await provisioning.GetEnrollmentAttestationAsync(one.RegistrationId!, cancellationToken).ConfigureAwait(false) : one.Attestation,
            };
            await archive.AddAsync(
                ArchivePart.Enrollments, JsonSerializer.SerializeToUtf8Bytes(whole, ProvisioningJson.Wire.IndividualEnrollment), cancellationToken).ConfigureAwait(false);
        }

        await foreach (var one in AllAsync(
            next => provisioning.QueryGroupsAsync("SELECT * FROM enrollmentGroups", PageSize, next, cancellationToken), cancellationToken).ConfigureAwait(false))
        {
            var whole = one with
            {
                Attestation = options.WithKeys ? await provisioning.GetGroupAttestationAsync(one.EnrollmentGroupId!, cancellationToken).ConfigureAwait(false) : one.Attestation,
            };
            await archive.AddAsync(
                ArchivePart.EnrollmentGroups, JsonSerializer.SerializeToUtf8Bytes(whole, ProvisioningJson.Wire.EnrollmentGroup), cancellationToken).ConfigureAwait(false);
        }
    }
}
