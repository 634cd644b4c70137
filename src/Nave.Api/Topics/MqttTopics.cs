using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Nave.Api;

/// <summary>The MQTT topics of one device or module: parses what it publishes, subscribes to and receives, and builds what is sent.</summary>
/// <remarks>Immutable; one instance for a connection. Parsing allocates nothing when ids are written literally.</remarks>
public sealed class MqttTopics
{
    /// <summary>Where a device waits for answers to twin requests.</summary>
    public const string TwinResponseFilter = "$iothub/twin/res/#";

    /// <summary>Where a device waits for patches of desired properties.</summary>
    public const string DesiredPatchFilter = "$iothub/twin/PATCH/properties/desired/#";

    /// <summary>Where a device waits for direct methods.</summary>
    public const string MethodFilter = "$iothub/methods/POST/#";

    private readonly string _base;
    private readonly byte[] _telemetryPrefix;
    private readonly byte[] _deviceBoundPrefix;
    private readonly byte[] _inputsPrefix;
    private readonly byte[] _deviceId;
    private readonly byte[]? _moduleId;

    /// <summary>Initializes a new instance of the <see cref="MqttTopics"/> class.</summary>
    /// <param name="id">Whose topics.</param>
    public MqttTopics(IdentityId id)
    {
        _base = id.ModuleId is null ? $"devices/{id.DeviceId}/" : $"devices/{id.DeviceId}/modules/{id.ModuleId}/";
        _telemetryPrefix = Encoding.UTF8.GetBytes(_base + "messages/events/");
        _deviceBoundPrefix = Encoding.UTF8.GetBytes(_base + "messages/devicebound/");
        _inputsPrefix = Encoding.UTF8.GetBytes(_base + "inputs/");
        _deviceId = Encoding.UTF8.GetBytes(id.DeviceId);
        _moduleId = id.ModuleId is null ? null : Encoding.UTF8.GetBytes(id.ModuleId);
    }

    /// <summary>Gets what comes before the bag of an event: <c>devices/{d}/[modules/{m}/]messages/events/</c>.</summary>
    public ReadOnlySpan<byte> TelemetryPrefix => _telemetryPrefix;

    /// <summary>Gets what comes before the bag of a message to the device.</summary>
    public ReadOnlySpan<byte> CloudToDevicePrefix => _deviceBoundPrefix;

    /// <summary>Gets where the device waits for messages.</summary>
    public string CloudToDeviceFilter => _base + "messages/devicebound/#";

    /// <summary>Gets where a module waits for messages at its inputs.</summary>
    public string ModuleInputFilter => _base + "inputs/#";

    /// <summary>Parses a topic that the device published to.</summary>
    /// <returns>Kind <see cref="MqttTopicKind.None"/> for anything else: close the connection.</returns>
    public MqttTopicMatch ParsePublish(ReadOnlySpan<byte> topic)
    {
        if (topic.StartsWith(_telemetryPrefix))
        {
            return new MqttTopicMatch { Kind = MqttTopicKind.Telemetry, Bag = topic[_telemetryPrefix.Length..] };
        }

        if (topic.StartsWith("$iothub/"u8))
        {
            return ParseServicePublish(topic[8..]);
        }

        // Without the last slash there is no bag; with other spellings of the ids there may be one.
        return TrySkipIdentity(topic, out var rest) && TrySkip(ref rest, "messages/events"u8) && (rest.IsEmpty || rest[0] == '/')
            ? new MqttTopicMatch { Kind = MqttTopicKind.Telemetry, Bag = rest.IsEmpty ? rest : rest[1..] }
            : default;
    }

    /// <summary>Parses a topic that the hub published to, on the device's side.</summary>
    public MqttTopicMatch ParseReceived(ReadOnlySpan<byte> topic)
    {
        if (topic.StartsWith("$iothub/"u8))
        {
            return ParseServiceReceived(topic[8..]);
        }

        if (topic.StartsWith(_deviceBoundPrefix))
        {
            return new MqttTopicMatch { Kind = MqttTopicKind.CloudToDevice, Bag = topic[_deviceBoundPrefix.Length..] };
        }

        if (!TrySkipIdentity(topic, out var rest))
        {
            return default;
        }

        if (TrySkip(ref rest, "messages/devicebound/"u8))
        {
            return new MqttTopicMatch { Kind = MqttTopicKind.CloudToDevice, Bag = rest };
        }

        if (_moduleId is null || !TrySkip(ref rest, "inputs/"u8))
        {
            return default;
        }

        var slash = rest.IndexOf((byte)'/');
        return new MqttTopicMatch
        {
            Kind = MqttTopicKind.ModuleInput,
            Name = slash < 0 ? rest : rest[..slash],
            Bag = slash < 0 ? default : rest[(slash + 1)..],
        };
    }

    /// <summary>Tells what a topic filter of the device asks for.</summary>
    public MqttSubscriptionKind ParseFilter(ReadOnlySpan<byte> filter)
    {
        if (filter.StartsWith("$iothub/"u8))
        {
            return filter.SequenceEqual("$iothub/twin/res/#"u8) ? MqttSubscriptionKind.TwinResponses
                : filter.SequenceEqual("$iothub/twin/PATCH/properties/desired/#"u8) ? MqttSubscriptionKind.DesiredPatches
                : filter.SequenceEqual("$iothub/methods/POST/#"u8) ? MqttSubscriptionKind.Methods
                : MqttSubscriptionKind.None;
        }

        if (!TrySkipIdentity(filter, out var rest))
        {
            return MqttSubscriptionKind.None;
        }

        if (Ascii.EqualsIgnoreCase(rest, "messages/devicebound/#"u8))
        {
            return MqttSubscriptionKind.CloudToDevice;
        }

        // Older module clients ask for everything below themselves.
        return _moduleId is not null && (rest.SequenceEqual("inputs/#"u8) || rest.SequenceEqual("#"u8))
            ? MqttSubscriptionKind.ModuleInputs
            : MqttSubscriptionKind.None;
    }

    /// <summary>Builds <c>$iothub/twin/res/{status}/?$rid={rid}[&amp;$version={v}]</c>.</summary>
    public static void WriteTwinResponse(IBufferWriter<byte> output, int status, ReadOnlySpan<byte> requestId, long? version)
    {
        output.Write("$iothub/twin/res/"u8);
        WriteNumber(output, status);
        output.Write("/?$rid="u8);
        output.Write(requestId);
        if (version is { } number)
        {
            output.Write("&$version="u8);
            WriteNumber(output, number);
        }
    }

    /// <summary>Builds <c>$iothub/methods/res/{status}/?$rid={rid}</c>.</summary>
    public static void WriteMethodResponse(IBufferWriter<byte> output, int status, ReadOnlySpan<byte> requestId)
    {
        output.Write("$iothub/methods/res/"u8);
        WriteNumber(output, status);
        output.Write("/?$rid="u8);
        output.Write(requestId);
    }

    /// <summary>Builds <c>$iothub/twin/PATCH/properties/desired/?$version={v}</c>.</summary>
    public static string DesiredPatch(long version) => string.Create(CultureInfo.InvariantCulture, $"$iothub/twin/PATCH/properties/desired/?$version={version}");

    /// <summary>Builds <c>$iothub/methods/POST/{name}/?$rid={rid}</c>; the name is percent-encoded.</summary>
    public static string MethodCall(string name, string requestId) => $"$iothub/methods/POST/{Uri.EscapeDataString(name)}/?$rid={requestId}";

    /// <summary>Builds <c>$iothub/twin/GET/?$rid={rid}</c>.</summary>
    public static string TwinGet(string requestId) => $"$iothub/twin/GET/?$rid={requestId}";

    /// <summary>Builds <c>$iothub/twin/PATCH/properties/reported/?$rid={rid}[&amp;$version={base}]</c>.</summary>
    public static string TwinReported(string requestId, long? baseVersion) => baseVersion is null
        ? $"$iothub/twin/PATCH/properties/reported/?$rid={requestId}"
        : string.Create(CultureInfo.InvariantCulture, $"$iothub/twin/PATCH/properties/reported/?$rid={requestId}&$version={baseVersion}");

    /// <summary>Builds <c>devices/{d}/modules/{m}/inputs/{input}/</c>, to which the bag is appended; the input's name is percent-encoded.</summary>
    public void WriteModuleInputPrefix(IBufferWriter<byte> output, string input)
    {
        output.Write(_inputsPrefix);
        PercentEncoding.Encode(Encoding.UTF8.GetBytes(input), output);
        output.Write("/"u8);
    }

    private static MqttTopicMatch ParseServicePublish(ReadOnlySpan<byte> rest)
    {
        if (TrySkip(ref rest, "twin/GET/"u8))
        {
            return Query(MqttTopicKind.TwinGet, rest, 0);
        }

        if (TrySkip(ref rest, "twin/PATCH/properties/reported/"u8))
        {
            return Query(MqttTopicKind.TwinReported, rest, 0);
        }

        return TrySkip(ref rest, "methods/res/"u8) && TryReadStatus(ref rest, out var status)
            ? Query(MqttTopicKind.MethodResponse, rest, status)
            : default;
    }

    private static MqttTopicMatch ParseServiceReceived(ReadOnlySpan<byte> rest)
    {
        if (TrySkip(ref rest, "twin/res/"u8))
        {
            return TryReadStatus(ref rest, out var status) ? Query(MqttTopicKind.TwinResponse, rest, status) : default;
        }

        if (TrySkip(ref rest, "twin/PATCH/properties/desired/"u8))
        {
            var match = Query(MqttTopicKind.None, rest, 0, needsRequestId: false);
            return match.Version is { } version ? new MqttTopicMatch { Kind = MqttTopicKind.DesiredPatch, Version = version } : default;
        }

        if (!TrySkip(ref rest, "methods/POST/"u8))
        {
            return default;
        }

        var slash = rest.IndexOf((byte)'/');
        if (slash <= 0)
        {
            return default;
        }

        var call = Query(MqttTopicKind.MethodCall, rest[(slash + 1)..], 0);
        return call.Kind == MqttTopicKind.None
            ? default
            : new MqttTopicMatch { Kind = MqttTopicKind.MethodCall, Name = rest[..slash], RequestId = call.RequestId };
    }

    /// <summary>Reads <c>?$rid=…&amp;$version=…</c> in either order; a request without an id cannot be answered and is no match.</summary>
    private static MqttTopicMatch Query(MqttTopicKind kind, ReadOnlySpan<byte> query, int status, bool needsRequestId = true)
    {
        if (!query.IsEmpty && query[0] == '?')
        {
            query = query[1..];
        }

        ReadOnlySpan<byte> requestId = default;
        long? version = null;
        while (!query.IsEmpty)
        {
            var end = query.IndexOf((byte)'&');
            var pair = end < 0 ? query : query[..end];
            query = end < 0 ? default : query[(end + 1)..];
            if (TrySkip(ref pair, "$rid="u8) || TrySkip(ref pair, "%24rid="u8))
            {
                requestId = pair;
            }
            else if (TrySkip(ref pair, "$version="u8) || TrySkip(ref pair, "%24version="u8))
            {
                if (!Utf8Parser.TryParse(pair, out long number, out var used) || used != pair.Length)
                {
                    return default;
                }

                version = number;
            }
        }

        return needsRequestId && requestId.IsEmpty
            ? default
            : new MqttTopicMatch { Kind = kind, RequestId = requestId, Version = version, Status = status };
    }

    private static bool TryReadStatus(ref ReadOnlySpan<byte> rest, out int status)
    {
        var slash = rest.IndexOf((byte)'/');
        if (slash <= 0 || !Utf8Parser.TryParse(rest[..slash], out status, out var used) || used != slash)
        {
            status = 0;
            return false;
        }

        rest = rest[(slash + 1)..];
        return true;
    }

    private static bool TrySkip(ref ReadOnlySpan<byte> text, ReadOnlySpan<byte> prefix)
    {
        if (text.Length < prefix.Length || !Ascii.EqualsIgnoreCase(text[..prefix.Length], prefix))
        {
            return false;
        }

        text = text[prefix.Length..];
        return true;
    }

    private static bool TrySkipId(ref ReadOnlySpan<byte> text, ReadOnlySpan<byte> id)
    {
        var slash = text.IndexOf((byte)'/');
        if (slash < 0)
        {
            return false;
        }

        // Literally first: an id may contain what looks like an escape (wire facts 4.2.1).
        var segment = text[..slash];
        text = text[(slash + 1)..];
        if (segment.SequenceEqual(id))
        {
            return true;
        }

        // An id has at most 128 characters, each at most three escaped as %XX.
        Span<byte> decoded = stackalloc byte[512];
        return segment.Length <= decoded.Length
            && segment.Contains((byte)'%')
            && PercentEncoding.TryDecode(segment, decoded, out var length)
            && decoded[..length].SequenceEqual(id);
    }

    private static void WriteNumber(IBufferWriter<byte> output, long number)
    {
        var span = output.GetSpan(20);
        _ = Utf8Formatter.TryFormat(number, span, out var length);
        output.Advance(length);
    }

    private bool TrySkipIdentity(ReadOnlySpan<byte> topic, out ReadOnlySpan<byte> rest)
    {
        rest = topic;
        return TrySkip(ref rest, "devices/"u8)
            && TrySkipId(ref rest, _deviceId)
            && (_moduleId is null || (TrySkip(ref rest, "modules/"u8) && TrySkipId(ref rest, _moduleId)));
    }
}
