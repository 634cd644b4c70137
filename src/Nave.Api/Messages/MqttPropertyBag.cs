using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Nave.Api;

/// <summary>The property bag in an MQTT topic: <c>key=value</c> pairs joined by <c>&amp;</c>, RFC 3986 percent-encoded, system keys start with <c>$.</c>.</summary>
public static class MqttPropertyBag
{
    /// <summary>
    /// Decodes a bag; <c>+</c> is a plus, a trailing slash is ignored, unknown <c>$.</c> keys are dropped, as are pairs without a key.
    /// What it finds is the sender's claim: a hub stamps the connection's device itself.
    /// </summary>
    /// <param name="bag">The last part of a topic, after <c>events/</c> or <c>devicebound/</c>.</param>
    /// <param name="writer">Receives the properties, after those it holds; partly written when the result is <see langword="false"/>.</param>
    /// <param name="maxCount">How many properties the writer may have at the end; decoding stops after one more.</param>
    /// <returns><see langword="false"/> if the bag is malformed (bad escape, not UTF-8), or has too many properties.</returns>
    public static bool TryDecode(ReadOnlySpan<byte> bag, EventPropertiesWriter writer, int maxCount = int.MaxValue)
    {
        if (bag.IsEmpty || (bag.Length == 1 && bag[0] == '/'))
        {
            return true;
        }

        if (bag[^1] == '/')
        {
            bag = bag[..^1];
        }

        if (!Utf8.IsValid(bag))
        {
            return false;
        }

        // A decoded key and a decoded value are never longer together than the bag.
        var scratch = bag.Contains((byte)'%') ? writer.Scratch(bag.Length) : default;
        while (!bag.IsEmpty)
        {
            var end = bag.IndexOf((byte)'&');
            var pair = end < 0 ? bag : bag[..end];
            bag = end < 0 ? default : bag[(end + 1)..];
            if (!TryDecodePair(pair, scratch, writer) || writer.Count > maxCount)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Encodes properties as a bag, with everything escaped that any SDK trips over.</summary>
    public static string Encode(EventProperties properties)
    {
        var output = new ArrayBufferWriter<byte>(256);
        Encode(properties.Encoded.Span, output);
        return Encoding.ASCII.GetString(output.WrittenSpan);
    }

    /// <summary>
    /// Encodes properties as a bag. The expiry time is written with seven fraction digits and <c>Z</c>; properties that MQTT has no key
    /// for are left out.
    /// </summary>
    /// <param name="properties">What <see cref="EventPropertiesWriter"/> made.</param>
    /// <param name="output">Receives ASCII.</param>
    public static void Encode(ReadOnlySpan<byte> properties, IBufferWriter<byte> output)
    {
        var reader = new EventPropertiesReader(properties);
        var first = true;
        while (reader.TryRead())
        {
            var escapedKey = SystemPropertyNames.MqttEscaped(reader.System);
            if (reader.System != SystemProperty.None && escapedKey.IsEmpty)
            {
                continue;
            }

            if (!first)
            {
                output.Write("&"u8);
            }

            first = false;
            if (escapedKey.IsEmpty)
            {
                PercentEncoding.Encode(reader.Name, output);
            }
            else
            {
                output.Write(escapedKey);
            }

            if (!reader.IsNull)
            {
                output.Write("="u8);
                EncodeValue(reader.System, reader.Value, output);
            }
        }
    }

    private static bool TryDecodePair(ReadOnlySpan<byte> pair, Span<byte> scratch, EventPropertiesWriter writer)
    {
        var equals = pair.IndexOf((byte)'=');
        var key = equals < 0 ? pair : pair[..equals];
        if (!TryUnescape(ref key, scratch))
        {
            return false;
        }

        var value = equals < 0 ? default : pair[(equals + 1)..];
        if (!TryUnescape(ref value, scratch.IsEmpty ? scratch : scratch[key.Length..]))
        {
            return false;
        }

        if (key.IsEmpty)
        {
            return true;
        }

        var system = SystemPropertyNames.FromMqtt(key);
        if (system != SystemProperty.None)
        {
            writer.Add(system, value);
        }
        else if (key.StartsWith("$."u8))
        {
            // An unknown system key is not the application's (wire facts 4.4.12).
        }
        else if (equals < 0)
        {
            writer.AddNull(key);
        }
        else
        {
            writer.Add(key, value);
        }

        return true;
    }

    private static bool TryUnescape(ref ReadOnlySpan<byte> text, Span<byte> space)
    {
        if (!text.Contains((byte)'%'))
        {
            return true;
        }

        if (!PercentEncoding.TryDecode(text, space, out var length) || !Utf8.IsValid(space[..length]))
        {
            return false;
        }

        text = space[..length];
        return true;
    }

    private static void EncodeValue(SystemProperty system, ReadOnlySpan<byte> value, IBufferWriter<byte> output)
    {
        // The .NET device SDK parses $.exp with the exact round-trip format "o" (wire facts 4.4.8).
        if (system == SystemProperty.AbsoluteExpiryTime && WireTime.TryParse(Encoding.UTF8.GetString(value), out var expiry))
        {
            Span<byte> text = stackalloc byte[32];
            _ = expiry.UtcDateTime.TryFormat(text, out var length, "o", CultureInfo.InvariantCulture);
            PercentEncoding.Encode(text[..length], output);
            return;
        }

        PercentEncoding.Encode(value, output);
    }
}
