using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Nave.Amqp;
using Nave.Hub.Telemetry;

namespace Nave.Server.Amqp.Events;

/// <summary>
/// The filter of a receiver: where in the partition it begins, such as <c>amqp.annotation.x-opt-offset &gt; '100'</c>. SDKs differ in whether
/// they quote the value. Source: wire facts 8.2.1 to 8.2.3.
/// </summary>
internal static class EventFilter
{
    private const string Key = "apache.org:selector-filter:string";
    private const string Annotations = "amqp.annotation.";

    // The name, a comparison and a number of 19 digits take 60 characters.
    private const int MaxCharacters = 256;

    /// <summary>Reads the filters of a source. None means the oldest event.</summary>
    /// <param name="filters">The filter map, or <see langword="null"/>.</param>
    /// <param name="position">Where to begin.</param>
    /// <param name="problem">What cannot be read.</param>
    public static bool TryRead(AmqpMap? filters, out EventPosition position, [NotNullWhen(false)] out string? problem)
    {
        position = EventPosition.Earliest;
        problem = null;
        if (filters is null || !filters.TryGet(Key, out var filter))
        {
            return true;
        }

        var text = filter.AsDescribed is { } described ? described.Value.Text : filter.Text;
        if (text is null)
        {
            problem = $"The filter '{Key}' is no text.";
            return false;
        }

        return TryParse(text, out position, out problem);
    }

    /// <summary>Reads one expression.</summary>
    public static bool TryParse(string text, out EventPosition position, [NotNullWhen(false)] out string? problem)
    {
        problem = null;
        if (text.Length <= MaxCharacters && TryParse(text.AsSpan(), out position))
        {
            return true;
        }

        position = EventPosition.Earliest;
        problem = $"The filter '{(text.Length <= MaxCharacters ? text : text[..MaxCharacters] + "…")}' cannot be read; "
            + $"{Annotations}x-opt-offset, {Annotations}x-opt-sequence-number or {Annotations}x-opt-enqueued-time, then > or >=, then a number, -1 or @latest, is permitted.";
        return false;
    }

    private static bool TryParse(ReadOnlySpan<char> text, out EventPosition position)
    {
        position = default;

        // 1. Name, comparison, value.
        var greater = text.IndexOf('>');
        if (greater < 0)
        {
            return false;
        }

        var name = text[..greater].Trim();
        var value = text[(greater + 1)..];
        var isInclusive = value.StartsWith("=", StringComparison.Ordinal);
        value = (isInclusive ? value[1..] : value).Trim();

        // 2. Quotes belong together.
        if (value.Length >= 2 && value[0] == '\'' && value[^1] == '\'')
        {
            value = value[1..^1];
        }

        if (!name.StartsWith(Annotations, StringComparison.OrdinalIgnoreCase) || KindOf(name[Annotations.Length..]) is not { } kind)
        {
            return false;
        }

        // 3. The words for both ends; they are offsets whatever SDK writes them.
        if (kind == EventPositionKind.Offset && value.Equals("@latest", StringComparison.OrdinalIgnoreCase))
        {
            position = EventPosition.Latest;
            return true;
        }

        if (!long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        position = number < 0 ? EventPosition.Earliest : new EventPosition(kind, number, isInclusive);
        return true;
    }

    private static EventPositionKind? KindOf(ReadOnlySpan<char> annotation) => annotation switch
    {
        "x-opt-offset" => EventPositionKind.Offset,
        "x-opt-sequence-number" => EventPositionKind.SequenceNumber,
        "x-opt-enqueued-time" or "x-opt-enqueuedtimeutc" => EventPositionKind.Enqueued,
        _ => null,
    };
}
