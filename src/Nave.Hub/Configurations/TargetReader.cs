using System.Diagnostics.CodeAnalysis;
using Nave.Api;
using Nave.Hub.Queries;

namespace Nave.Hub.Configurations;

/// <summary>Reads target conditions. Every error is 400401 and names the place and the token.</summary>
internal static class TargetReader
{
    // What changes without a change of the twin, or by what configurations themselves do.
    private static readonly string[] s_unsteady =
        ["configurations", "connectionState", "connectionStateUpdatedTime", "lastActivityTime", "cloudToDeviceMessageCount", "etag", "version"];

    /// <summary>Reads a condition.</summary>
    /// <param name="text">The text; empty = nobody.</param>
    /// <param name="kind">What it is to be about; <see langword="null"/> = devices or modules.</param>
    /// <param name="target">The condition; <see langword="null"/> = nobody.</param>
    /// <param name="error">What is wrong with it.</param>
    public static bool TryRead(string? text, ConfigurationKind? kind, out QueryCondition? target, [NotNullWhen(false)] out HubError? error)
    {
        target = null;
        error = null;
        if (string.IsNullOrWhiteSpace(text))
        {
            return true;
        }

        if (!QueryParser.TryParseTarget(text, out target, out var wrong))
        {
            error = Wrong(wrong.Message);
            return false;
        }

        if (kind is not null && (target.Source == QuerySource.Modules) != (kind == ConfigurationKind.Module))
        {
            error = Wrong(kind == ConfigurationKind.Module
                ? "moduleContent needs a condition on modules: FROM devices.modules, with or without WHERE."
                : "The condition is on modules, but the content is for devices; moduleContent goes with FROM devices.modules.");
            return false;
        }

        foreach (var path in new CompiledCondition(target.Where).Paths)
        {
            if (s_unsteady.Contains(path.Root, StringComparer.Ordinal)
                || (path.Root == "properties" && (path.Segments.Count < 2 || path.Segments[1].Name != "reported" || path.Segments is [_, _, { Name: ['$', ..] }, ..])))
            {
                error = Wrong($"The condition names '{QueryError.Shorten(path.ToString())}'; tags, properties.reported, ids, status, capabilities and what else an identity has are permitted.");
                return false;
            }
        }

        return true;
    }

    private static HubError Wrong(string message) => new(HubErrorCode.InvalidConfigurationTargetCondition, message);
}
