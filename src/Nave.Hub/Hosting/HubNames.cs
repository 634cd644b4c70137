using Nave.Api;
using Nave.Hub.Limits;

namespace Nave.Hub.Hosting;

/// <summary>What a hub may be called, and what its definition may say.</summary>
internal static class HubNames
{
    private const int MaxHostName = 253; // RFC 1035 section 2.3.4, in text form.
    private const int MaxLabel = 63;
    private const int MaxAliases = 10; // Each is one more look at a token's scope.

    /// <summary>Gets the short name of a hub: the first label of its host name, or all of an IPv4 address.</summary>
    public static string NameOf(string hostName)
    {
        var lower = hostName.ToLowerInvariant();
        return System.Net.IPAddress.TryParse(lower, out _) ? lower : lower.Split('.')[0];
    }

    /// <summary>Removes the port from a host.</summary>
    public static ReadOnlySpan<char> WithoutPort(ReadOnlySpan<char> host)
    {
        var colon = host.LastIndexOf(':');
        return colon < 0 ? host : host[..colon];
    }

    /// <summary>Checks a definition.</summary>
    /// <returns>400004 with everything that is wrong, or <see langword="null"/>.</returns>
    public static HubError? Check(HubDefinition definition)
    {
        var problems = new List<string>();
        if (!IsHostName(definition.HostName))
        {
            problems.Add(
                $"The host name '{definition.HostName}' is not one: 1 to {MaxHostName} characters, labels of 1 to {MaxLabel} letters, digits and hyphens, joined by dots.");
        }

        problems.AddRange(CheckAliases(definition));
        if (definition.Partitions is < 1 or > 32)
        {
            problems.Add($"Partitions is {definition.Partitions}; 1 to 32 is permitted.");
        }

        if (HubTier.Find(definition.Tier) is null)
        {
            problems.Add($"The tier '{definition.Tier}' is not known; {string.Join(", ", HubTier.Names)} are.");
        }

        if (definition.RetentionTime is { } time && time <= TimeSpan.Zero)
        {
            problems.Add($"RetentionTime is {time}; it must be positive, or absent for no limit.");
        }

        if (definition.RetentionBytes is < 64 << 20)
        {
            problems.Add($"RetentionBytes is {definition.RetentionBytes}; at least {64 << 20} (one segment of the log) is needed, or none for no limit.");
        }

        if (definition.DeviceSendsPerSecond is < 1)
        {
            problems.Add($"DeviceSendsPerSecond is {definition.DeviceSendsPerSecond}; it must be positive, or absent for no limit.");
        }

        return problems.Count == 0 ? null : new HubError(HubErrorCode.ArgumentInvalid, string.Join(' ', problems));
    }

    private static IEnumerable<string> CheckAliases(HubDefinition definition)
    {
        if (definition.Aliases.Count > MaxAliases)
        {
            yield return $"There are {definition.Aliases.Count} aliases; at most {MaxAliases} are permitted.";
        }

        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { definition.HostName };
        foreach (var alias in definition.Aliases)
        {
            if (!IsHostName(alias))
            {
                yield return $"The alias '{alias}' is no host name: 1 to {MaxHostName} characters, labels of 1 to {MaxLabel} letters, digits and hyphens, joined by dots.";
            }
            else if (!names.Add(alias))
            {
                yield return $"The hub has the name '{alias}' already.";
            }
        }
    }

    private static bool IsHostName(string hostName) =>
        hostName.Length is > 0 and <= MaxHostName
        && hostName.Split('.').All(label =>
            label.Length is > 0 and <= MaxLabel
            && label[0] != '-'
            && label[^1] != '-'
            && label.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'));
}
