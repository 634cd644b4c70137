using System.Text;
using System.Text.Unicode;

namespace Nave.Mqtt;

/// <summary>UTF-8 strings of the protocol, MQTT 5.0 §1.5.4: well-formed, no surrogates, no U+0000, at most 65,535 bytes.</summary>
internal static class MqttUtf8
{
    // Throws on lone surrogates, which would otherwise become U+FFFD without a word.
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static bool IsValid(ReadOnlySpan<byte> text) => !text.Contains((byte)0) && Utf8.IsValid(text);

    public static string ToText(ReadOnlySpan<byte> valid) => s_strict.GetString(valid);

    /// <summary>Bytes that <paramref name="text"/> takes, without its length prefix.</summary>
    /// <exception cref="ArgumentException">The text cannot be an MQTT string.</exception>
    public static int Size(string text, string field)
    {
        var size = text.Contains('\0') ? -1 : s_strict.GetByteCount(text);
        return size switch
        {
            < 0 => throw new ArgumentException($"The {field} contains U+0000, which MQTT strings must not.", nameof(text)),
            > ushort.MaxValue => throw new ArgumentException($"The {field} has {size} bytes; 0 to 65535 are permitted.", nameof(text)),
            _ => size,
        };
    }

    public static int Write(string text, Span<byte> destination) => s_strict.GetBytes(text, destination);
}
