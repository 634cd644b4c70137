using System.Diagnostics.CodeAnalysis;
using Nave.Api;

namespace Nave.Server.Amqp;

/// <summary>
/// The address of a link, normalised: without scheme and authority, cut at the slashes, each segment percent-decoded once. Fixed segments
/// are compared without letter case, ids with it. Source: wire facts 5.2.9, 2.2.
/// </summary>
internal sealed class AmqpAddress
{
    // Two ids of 128 characters, escaped, a host name and fixed segments come to under 1.5 KiB.
    private const int MaxCharacters = 2048;

    private readonly string[] _segments;

    private AmqpAddress(string[] segments) => _segments = segments;

    /// <summary>Gets how many segments there are: at least one.</summary>
    public int Count => _segments.Length;

    /// <summary>Gets a segment, decoded.</summary>
    public string this[int index] => _segments[index];

    /// <summary>Reads an address.</summary>
    /// <param name="text">Such as <c>/devices/d1/twin</c> or <c>amqps://host:5671/devices/d%201/twin</c>.</param>
    /// <param name="address">What it names.</param>
    /// <returns><see langword="false"/> if there is none, or more than 2048 characters of it.</returns>
    public static bool TryParse(string? text, [NotNullWhen(true)] out AmqpAddress? address)
    {
        address = null;
        if (text is null || text.Length > MaxCharacters)
        {
            return false;
        }

        var path = text.AsSpan();
        var scheme = path.IndexOf("://");
        if (scheme >= 0)
        {
            path = path[(scheme + 3)..];
            var slash = path.IndexOf('/');
            path = slash < 0 ? default : path[slash..];
        }

        path = path.Trim('/');
        if (path.IsEmpty)
        {
            return false;
        }

        address = new AmqpAddress([.. path.ToString().Split('/').Select(PercentEncoding.DecodeLeniently)]);
        return true;
    }

    /// <summary>Compares all segments; a <see langword="null"/> stands for any.</summary>
    public bool Matches(params ReadOnlySpan<string?> pattern)
    {
        if (pattern.Length != _segments.Length)
        {
            return false;
        }

        for (var i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] is { } wanted && !Is(i, wanted))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Compares one fixed segment, without letter case.</summary>
    public bool Is(int index, string segment) => index < _segments.Length && _segments[index].Equals(segment, StringComparison.OrdinalIgnoreCase);

    /// <summary>Returns the segments with slashes between them, decoded.</summary>
    public override string ToString() => string.Join('/', _segments);
}
