using Nave.Api;

namespace Nave.Hub.Telemetry;

/// <summary>What consumer groups may be called. Source: Azure's naming rules for Event Hubs.</summary>
public static class ConsumerGroupNames
{
    /// <summary>The group that every hub has.</summary>
    public const string Default = "$Default";

    /// <summary>The longest name.</summary>
    public const int MaxLength = 50;

    /// <summary>Tells whether a name is that of the default group, in any letter case.</summary>
    public static bool IsDefault(string name) => name.Equals(Default, StringComparison.OrdinalIgnoreCase);

    /// <summary>Checks the name of a group that is to be created.</summary>
    /// <returns><see langword="null"/>, or 400004.</returns>
    public static HubError? Check(string name)
    {
        var isValid = name.Length is > 0 and <= MaxLength
            && char.IsAsciiLetterOrDigit(name[0])
            && char.IsAsciiLetterOrDigit(name[^1])
            && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');
        return isValid
            ? null
            : new HubError(
                HubErrorCode.ArgumentInvalid,
                $"The consumer group's name is '{name}'; 1 to {MaxLength} letters, digits, '.', '-' and '_' are permitted, the first and the last a letter or a digit.");
    }
}
