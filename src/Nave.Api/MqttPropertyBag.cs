namespace Nave.Api;

/// <summary>The property bag in an MQTT topic: <c>key=value</c> pairs joined by <c>&amp;</c>, RFC 3986 percent-encoded, system keys start with <c>$.</c>.</summary>
public static class MqttPropertyBag
{
    /// <summary>Decodes a bag; <c>+</c> is a plus, a trailing slash is ignored, unknown <c>$.</c> keys are dropped.</summary>
    /// <returns><see langword="false"/> if the bag is malformed (bad escape, not UTF-8).</returns>
    public static bool TryDecode(ReadOnlySpan<byte> bag, EventPropertiesWriter writer) => throw new NotImplementedException();

    /// <summary>Encodes properties as a bag, with everything escaped that any SDK trips over.</summary>
    public static string Encode(EventProperties properties) => throw new NotImplementedException();
}
