using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Nave.Api;

namespace Nave.Fleet.Simulation;

/// <summary>A device id with the device's number in it: <c>sensor-{0000}</c> makes <c>sensor-0007</c>.</summary>
public sealed class DeviceIdPattern
{
    private readonly string _before;
    private readonly string _after;
    private readonly string _format;

    private DeviceIdPattern(string before, string after, int digits)
    {
        _before = before;
        _after = after;
        _format = new string('0', digits);
    }

    /// <summary>Gets a value indicating whether each device has an id of its own.</summary>
    public bool HasNumber => _format.Length > 0;

    /// <summary>Reads a pattern.</summary>
    /// <param name="text">One group of zeros in braces among characters that an id may have; without it, it is the id of one device.</param>
    /// <param name="pattern">The pattern.</param>
    /// <param name="error">What is wrong with it.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out DeviceIdPattern? pattern, [NotNullWhen(false)] out string? error)
    {
        pattern = null;
        var open = text.IndexOf('{', StringComparison.Ordinal);
        var close = text.IndexOf('}', StringComparison.Ordinal);
        if (open >= 0 && (close < open + 2 || text.AsSpan(open + 1, close - open - 1).ContainsAnyExcept('0')))
        {
            error = $"'{text}' has braces with something else than zeros; such as sensor-{{0000}} is permitted.";
            return false;
        }

        pattern = open < 0 ? new DeviceIdPattern(text, string.Empty, 0) : new DeviceIdPattern(text[..open], text[(close + 1)..], close - open - 1);
        error = IdentityRules.Check(new IdentityId(pattern.For(1)))?.Message;
        if (error is not null)
        {
            pattern = null;
            return false;
        }

        return true;
    }

    /// <summary>Reads a pattern that is known to be right.</summary>
    /// <exception cref="FormatException">It is not.</exception>
    public static DeviceIdPattern Parse(string text) => TryParse(text, out var pattern, out var error) ? pattern : throw new FormatException(error);

    /// <summary>Makes the id of a device.</summary>
    public string For(int number) =>
        HasNumber ? _before + number.ToString(_format, CultureInfo.InvariantCulture) + _after : _before;
}
