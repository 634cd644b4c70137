using System.Buffers;

namespace Nave.Mqtt;

/// <summary>Topic names, MQTT 3.1.1 and 5.0 §4.7: 1 to 65,535 bytes of UTF-8 without U+0000 and without wildcards.</summary>
public static class MqttTopic
{
    private static readonly SearchValues<char> s_forbidden = SearchValues.Create('\0', '+', '#');

    /// <summary>Checks a topic name in UTF-8.</summary>
    public static bool IsValid(ReadOnlySpan<byte> name) =>
        !name.IsEmpty && name.Length <= ushort.MaxValue
        && name.IndexOfAny((byte)0, (byte)'+', (byte)'#') < 0
        && System.Text.Unicode.Utf8.IsValid(name);

    /// <summary>Checks a topic name.</summary>
    /// <exception cref="ArgumentException">It cannot be published to; the message says why.</exception>
    public static void Validate(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (MqttUtf8.Size(name, "topic name") == 0 || name.AsSpan().ContainsAny(s_forbidden))
        {
            throw new ArgumentException("A topic name has 1 to 65535 bytes and no '+' or '#'.", nameof(name));
        }
    }
}
