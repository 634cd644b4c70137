using System.Text.Json;
using Nave.Api;
using Nave.Client;

namespace Nave.Fleet.Recovery.Archive;

/// <summary>Writes a configuration to a hub as an import does: one with another content is replaced, for content cannot be changed.</summary>
public static class ConfigurationWriter
{
    /// <summary>Writes it.</summary>
    /// <exception cref="HubException">The hub refuses, or the mode does not let it be: 409401, 404301.</exception>
    public static async Task WriteAsync(ServiceClient hub, Api.Configuration wanted, ImportMode mode, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(hub);
        ArgumentNullException.ThrowIfNull(wanted);
        var id = wanted.Id ?? string.Empty;
        var there = await hub.GetConfigurationAsync(id, cancellationToken).ConfigureAwait(false);
        if (mode is ImportMode.Delete or ImportMode.DeleteIfMatchETag)
        {
            if (there is not null)
            {
                await hub.DeleteConfigurationAsync(id, null, cancellationToken).ConfigureAwait(false);
            }
        }
        else if (there is null || mode == ImportMode.Create)
        {
            if (mode is ImportMode.Update or ImportMode.UpdateIfMatchETag)
            {
                throw new HubException(new HubError(HubErrorCode.ConfigurationNotFound, $"There is no configuration '{id}'."), 404, null);
            }

            await hub.CreateConfigurationAsync(wanted, cancellationToken).ConfigureAwait(false);
        }
        else if (!SameContent(wanted.Content, there.Content))
        {
            await hub.DeleteConfigurationAsync(id, null, cancellationToken).ConfigureAwait(false);
            await hub.CreateConfigurationAsync(wanted, cancellationToken).ConfigureAwait(false);
        }
        else if (!IsSame(wanted, there))
        {
            await hub.UpdateConfigurationAsync(wanted, null, cancellationToken).ConfigureAwait(false);
        }
    }

    private static bool SameContent(ConfigurationContent? left, ConfigurationContent? right)
    {
        using var first = JsonSerializer.SerializeToDocument(left ?? new(), ApiJson.Wire.ConfigurationContent);
        using var second = JsonSerializer.SerializeToDocument(right ?? new(), ApiJson.Wire.ConfigurationContent);
        return JsonElement.DeepEquals(first.RootElement, second.RootElement);
    }

    // Nothing to do changes no etag.
    private static bool IsSame(Api.Configuration left, Api.Configuration right) =>
        left.Priority == right.Priority && (left.TargetCondition ?? "") == (right.TargetCondition ?? "")
        && IsSame(left.Labels, right.Labels) && IsSame(left.Metrics?.Queries, right.Metrics?.Queries);

    private static bool IsSame(IReadOnlyDictionary<string, string>? left, IReadOnlyDictionary<string, string>? right) =>
        (left?.Count ?? 0) == (right?.Count ?? 0) && (left ?? new Dictionary<string, string>()).All(one => right!.TryGetValue(one.Key, out var other) && other == one.Value);
}
