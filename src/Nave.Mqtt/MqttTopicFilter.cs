using System.Text.Unicode;

namespace Nave.Mqtt;

/// <summary>Topic filters in UTF-8, MQTT 3.1.1 and 5.0 §4.7, and the shared subscriptions of 5.0 §4.8.2.</summary>
public static class MqttTopicFilter
{
    /// <summary>Checks a filter: <c>+</c> and <c>#</c> fill whole levels, <c>#</c> is the last; <c>$share/name/filter</c> is well-formed too (MQTT 5).</summary>
    public static bool IsValid(ReadOnlySpan<byte> filter, MqttVersion version)
    {
        if (filter.Length > ushort.MaxValue || filter.Contains((byte)0) || !Utf8.IsValid(filter))
        {
            return false;
        }

        return version == MqttVersion.V5 && IsShared(filter) ? TrySplitShared(filter, out _, out _) : AreLevelsValid(filter);
    }

    /// <summary>Whether a filter is a shared subscription of MQTT 5, well-formed or not.</summary>
    public static bool IsShared(ReadOnlySpan<byte> filter) => filter.StartsWith("$share/"u8);

    /// <summary>Splits <c>$share/name/filter</c>.</summary>
    /// <returns><see langword="false"/> if the filter is not shared, its name is empty or has wildcards, or its rest is not a filter.</returns>
    public static bool TrySplitShared(ReadOnlySpan<byte> filter, out ReadOnlySpan<byte> share, out ReadOnlySpan<byte> inner)
    {
        share = default;
        inner = default;
        if (!IsShared(filter))
        {
            return false;
        }

        var rest = filter["$share/"u8.Length..];
        var end = rest.IndexOf((byte)'/');
        if (end < 1 || rest[..end].IndexOfAny((byte)'+', (byte)'#') >= 0 || !AreLevelsValid(rest[(end + 1)..]))
        {
            return false;
        }

        share = rest[..end];
        inner = rest[(end + 1)..];
        return true;
    }

    /// <summary>Whether a message to <paramref name="topic"/> is one for <paramref name="filter"/>.</summary>
    /// <param name="filter">A valid filter without its <c>$share/name/</c>.</param>
    /// <param name="topic">A valid topic name.</param>
    public static bool Matches(ReadOnlySpan<byte> filter, ReadOnlySpan<byte> topic)
    {
        // §4.7.2: a wildcard in the first level does not match a name that begins with '$'.
        if (!topic.IsEmpty && topic[0] == '$' && filter is [(byte)'+' or (byte)'#', ..])
        {
            return false;
        }

        while (true)
        {
            if (filter is [(byte)'#'])
            {
                return true;
            }

            var filterEnd = filter.IndexOf((byte)'/');
            var topicEnd = topic.IndexOf((byte)'/');
            var filterLevel = filterEnd < 0 ? filter : filter[..filterEnd];
            var topicLevel = topicEnd < 0 ? topic : topic[..topicEnd];
            if (filterLevel is not [(byte)'+'] && !filterLevel.SequenceEqual(topicLevel))
            {
                return false;
            }

            if (filterEnd < 0 || topicEnd < 0)
            {
                // "a/#" matches "a": '#' includes the parent level, §4.7.1.2.
                return filterEnd < 0 ? topicEnd < 0 : filter[(filterEnd + 1)..] is [(byte)'#'];
            }

            filter = filter[(filterEnd + 1)..];
            topic = topic[(topicEnd + 1)..];
        }
    }

    private static bool AreLevelsValid(ReadOnlySpan<byte> filter)
    {
        if (filter.IsEmpty)
        {
            return false;
        }

        for (var at = filter.IndexOfAny((byte)'+', (byte)'#'); at >= 0;)
        {
            if (at > 0 && filter[at - 1] != '/')
            {
                return false;
            }

            var last = at == filter.Length - 1;
            if (filter[at] == '#' ? !last : !last && filter[at + 1] != '/')
            {
                return false;
            }

            var next = filter[(at + 1)..].IndexOfAny((byte)'+', (byte)'#');
            at = next < 0 ? -1 : at + 1 + next;
        }

        return true;
    }
}
