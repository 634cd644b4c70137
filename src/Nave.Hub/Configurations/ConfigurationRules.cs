using Nave.Api;
using Nave.Hub.Queries;

namespace Nave.Hub.Configurations;

/// <summary>What a configuration may be, beside its condition and content.</summary>
internal static class ConfigurationRules
{
    private const int MaxLabelLength = 128;
    private const int MaxLabels = 100;

    // Azure's limit (wire facts 9.7.7).
    private const int MaxMetrics = 5;
    private const int MaxDeployedModules = 50;

    /// <summary>Checks id, labels, priority and metric queries.</summary>
    /// <returns>400004, 400402, 400404, or <see langword="null"/>.</returns>
    public static HubError? Check(Configuration configuration)
    {
        if (!IdentityRules.IsValidId(configuration.Id))
        {
            return Invalid($"The id has {configuration.Id?.Length ?? 0} characters; 1 to {IdentityRules.MaxIdLength} ASCII letters, digits and - : . + % _ # * ? ! ( ) , = @ ; $ ' are permitted.");
        }

        if (configuration.Priority < 0)
        {
            return Invalid($"The priority is {configuration.Priority}; 0 to {int.MaxValue} is permitted.");
        }

        if (configuration.Labels is { } labels
            && (labels.Count > MaxLabels || labels.Any(label => label.Key.Length is 0 or > MaxLabelLength || label.Value is not { Length: <= MaxLabelLength })))
        {
            return Invalid($"A label is longer than {MaxLabelLength} characters or null, or there are more than {MaxLabels}.");
        }

        if (configuration.Content?.ModulesContent is { Count: > MaxDeployedModules } modules)
        {
            return ContentReader.Wrong($"modulesContent has {modules.Count} modules; {MaxDeployedModules} are permitted.");
        }

        var queries = configuration.Metrics?.Queries;
        if (queries is { Count: > MaxMetrics })
        {
            return new HubError(HubErrorCode.InvalidConfigurationCustomMetricsQuery, $"There are {queries.Count} metric queries; {MaxMetrics} are permitted.");
        }

        foreach (var (name, query) in queries ?? new Dictionary<string, string>())
        {
            if (CheckMetric(query, out _) is { } wrong)
            {
                return new HubError(HubErrorCode.InvalidConfigurationCustomMetricsQuery, $"The metric '{name}': {wrong}");
            }
        }

        return null;
    }

    /// <summary>Checks a metric query.</summary>
    /// <returns>What is wrong with it, or <see langword="null"/>.</returns>
    public static string? CheckMetric(string? text, out HubQuery? query)
    {
        if (!HubQuery.TryParse(text ?? "", out query, out var error))
        {
            return error.Message;
        }

        return query.Source == QuerySource.Jobs || (query.IsAggregate && !query.IsRowCount)
            ? "A metric is a number of twins: it reads devices or devices.modules, without GROUP BY, and with no aggregate but COUNT()."
            : null;
    }

    private static HubError Invalid(string message) => new(HubErrorCode.ArgumentInvalid, message);
}
