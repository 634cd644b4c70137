using System.Text.Json;
using Nave.Api;
using Nave.Client;
using HubConfiguration = Nave.Api.Configuration;

namespace Nave.Fleet.Recovery;

/// <summary>Copies configurations and deployments from one hub to another: a hub has a hundred at most, so both sides are held in memory.</summary>
internal sealed class ConfigurationCopier(ServiceClient source, ServiceClient target)
{
    private const int MaxConfigurations = 100; // Source: Azure's quotas.

    /// <summary>Copies what is missing or differs.</summary>
    /// <param name="mayReplace">Whether a configuration of the target that differs may be replaced, by id.</param>
    /// <param name="mayDelete">Whether one that the source does not have may be deleted, by id.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<ConfigurationCopy> CopyAsync(Func<string, bool> mayReplace, Func<string, bool> mayDelete, CancellationToken cancellationToken)
    {
        // Of equal priority the one that was made later wins: they are made in the order of the source.
        var from = (await source.ListConfigurationsAsync(MaxConfigurations, cancellationToken).ConfigureAwait(false)).OrderBy(one => one.CreatedTimeUtc).ToList();
        var to = (await target.ListConfigurationsAsync(MaxConfigurations, cancellationToken).ConfigureAwait(false)).ToDictionary(one => one.Id!, StringComparer.Ordinal);
        var problems = new List<CloneProblem>();
        var written = 0;
        foreach (var configuration in from)
        {
            to.Remove(configuration.Id!, out var there);
            if (there is not null && MarkOf(there) == MarkOf(configuration))
            {
                continue;
            }

            if (there is not null && !mayReplace(configuration.Id!))
            {
                problems.Add(new CloneProblem(NameOf(configuration.Id!), "It is in the target already and differs; it was not overwritten."));
                continue;
            }

            try
            {
                await WriteAsync(configuration, there, cancellationToken).ConfigureAwait(false);
                written++;
            }
            catch (HubException e) when (!e.IsTransient)
            {
                problems.Add(new CloneProblem(NameOf(configuration.Id!), e.Message));
            }
        }

        foreach (var id in to.Keys.Where(mayDelete))
        {
            await DeleteAsync(id, cancellationToken).ConfigureAwait(false);
            written++;
        }

        return new ConfigurationCopy([.. from.Select(one => one.Id!)], written, problems);
    }

    /// <summary>Finds what of the source the target has not, or has differently.</summary>
    public async Task<IReadOnlyList<CloneProblem>> VerifyAsync(CancellationToken cancellationToken)
    {
        var to = (await target.ListConfigurationsAsync(MaxConfigurations, cancellationToken).ConfigureAwait(false)).ToDictionary(one => one.Id!, StringComparer.Ordinal);
        var from = await source.ListConfigurationsAsync(MaxConfigurations, cancellationToken).ConfigureAwait(false);
        return
        [
            .. from.Where(one => !to.TryGetValue(one.Id!, out var there) || MarkOf(there) != MarkOf(one))
                .Select(one => new CloneProblem(NameOf(one.Id!), to.ContainsKey(one.Id!) ? "The target has another." : "The target does not have it.")),
        ];
    }

    private async Task WriteAsync(HubConfiguration configuration, HubConfiguration? there, CancellationToken cancellationToken)
    {
        var wanted = ExportImportConfiguration.From(configuration, null).ToConfiguration();
        if (there is null)
        {
            await target.CreateConfigurationAsync(wanted, cancellationToken).ConfigureAwait(false);
        }
        else if (ContentMark(there) == ContentMark(configuration))
        {
            await target.UpdateConfigurationAsync(wanted, null, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            // The content of a configuration cannot be changed.
            await DeleteAsync(configuration.Id!, cancellationToken).ConfigureAwait(false);
            await target.CreateConfigurationAsync(wanted, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task DeleteAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            await target.DeleteConfigurationAsync(id, null, cancellationToken).ConfigureAwait(false);
        }
        catch (HubException e) when (e.HttpStatus == 404)
        {
            // Somebody else was first.
        }
    }

    private static string NameOf(string id) => $"configuration:{id}";

    private static string MarkOf(HubConfiguration configuration) => Mark(new ExportImportConfiguration
    {
        Labels = configuration.Labels is { Count: > 0 } labels ? labels : null,
        TargetCondition = configuration.TargetCondition ?? string.Empty,
        Priority = configuration.Priority,
        Content = configuration.Content,
        Metrics = configuration.Metrics?.Queries is { Count: > 0 } queries ? new ConfigurationMetrics { Queries = queries } : null,
    });

    private static string ContentMark(HubConfiguration configuration) => Mark(new ExportImportConfiguration { Content = configuration.Content });

    // In one order of members, whatever each hub's.
    private static string Mark(ExportImportConfiguration configuration) =>
        TwinSectionMark.Of(RawJson.FromTrusted(JsonSerializer.SerializeToUtf8Bytes(configuration, ApiJson.Wire.ExportImportConfiguration)));
}
