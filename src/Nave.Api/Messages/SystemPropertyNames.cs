using System.Collections.Frozen;

namespace Nave.Api;

/// <summary>What each protocol calls a system property. Source: wire facts 4.4.2, 4.4.9, 6.4, 8.3, 10.1.</summary>
public static class SystemPropertyNames
{
    private static readonly Names[] s_names = BuildNames();

    private static readonly FrozenDictionary<string, SystemProperty> s_byHttp =
        s_names.Skip(1).Where(n => n.Http is not null).ToFrozenDictionary(n => n.Http!, n => n.Property, StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenDictionary<string, SystemProperty> s_byAmqp =
        s_names.Skip(1).ToFrozenDictionary(n => n.Amqp, n => n.Property, StringComparer.Ordinal);

    /// <summary>Gets the key in an MQTT property bag, such as <c>$.mid</c>; <see langword="null"/> if MQTT has none.</summary>
    public static string? Mqtt(SystemProperty property) => s_names[(int)property].Mqtt;

    /// <summary>Gets the HTTP header in lower case, such as <c>iothub-messageid</c>; <see langword="null"/> if HTTP has none.</summary>
    public static string? Http(SystemProperty property) => s_names[(int)property].Http;

    /// <summary>Gets the name in AMQP and in event JSON, such as <c>message-id</c>.</summary>
    public static string Amqp(SystemProperty property) => s_names[(int)property].Amqp;

    /// <summary>Finds the property of an HTTP header, in any letter case; <see cref="SystemProperty.None"/> if it is none.</summary>
    public static SystemProperty FromHttp(string header) => s_byHttp.GetValueOrDefault(header);

    /// <summary>Finds the property of an AMQP or JSON name, case-sensitive; <see cref="SystemProperty.None"/> if it is none.</summary>
    public static SystemProperty FromAmqp(string name) => s_byAmqp.GetValueOrDefault(name);

    /// <summary>Finds the property of a decoded MQTT key, such as <c>$.mid</c> or <c>iothub-ack</c>.</summary>
    /// <returns><see cref="SystemProperty.None"/> if it is none.</returns>
    public static SystemProperty FromMqtt(ReadOnlySpan<byte> key)
    {
        if (!key.StartsWith("$."u8))
        {
            return key.SequenceEqual("iothub-ack"u8) ? SystemProperty.Ack : SystemProperty.None;
        }

        key = key[2..];
        return key.Length switch
        {
            2 => key.SequenceEqual("ct"u8) ? SystemProperty.ContentType
                : key.SequenceEqual("ce"u8) ? SystemProperty.ContentEncoding
                : key.SequenceEqual("to"u8) ? SystemProperty.To
                : key.SequenceEqual("on"u8) ? SystemProperty.OutputName
                : SystemProperty.None,
            3 => key.SequenceEqual("mid"u8) ? SystemProperty.MessageId
                : key.SequenceEqual("cid"u8) ? SystemProperty.CorrelationId
                : key.SequenceEqual("uid"u8) ? SystemProperty.UserId
                : key.SequenceEqual("exp"u8) ? SystemProperty.AbsoluteExpiryTime
                : key.SequenceEqual("sub"u8) ? SystemProperty.Component
                : SystemProperty.None,
            4 => key.SequenceEqual("ifid"u8) ? SystemProperty.InterfaceId
                : key.SequenceEqual("cdid"u8) ? SystemProperty.ConnectionDeviceId
                : key.SequenceEqual("cmid"u8) ? SystemProperty.ConnectionModuleId
                : SystemProperty.None,
            5 => key.SequenceEqual("ctime"u8) ? SystemProperty.CreationTime : SystemProperty.None,
            6 => key.SequenceEqual("schema"u8) ? SystemProperty.MessageSchema
                : key.SequenceEqual("diagid"u8) ? SystemProperty.DiagnosticId
                : SystemProperty.None,
            7 => key.SequenceEqual("diagctx"u8) ? SystemProperty.DiagnosticContext : SystemProperty.None,
            _ => SystemProperty.None,
        };
    }

    /// <summary>Gets the key as it is written into a bag, such as <c>%24.mid</c>; empty if MQTT has none.</summary>
    internal static ReadOnlySpan<byte> MqttEscaped(SystemProperty property) => s_names[(int)property].MqttEscaped;

    private static Names[] BuildNames()
    {
        Names[] names =
        [
            new(SystemProperty.None, null, null, string.Empty),
            new(SystemProperty.MessageId, "$.mid", "iothub-messageid", "message-id"),
            new(SystemProperty.CorrelationId, "$.cid", "iothub-correlationid", "correlation-id"),
            new(SystemProperty.UserId, "$.uid", "iothub-userid", "user-id"),
            new(SystemProperty.To, "$.to", "iothub-to", "to"),
            new(SystemProperty.ContentType, "$.ct", "iothub-contenttype", "content-type"),
            new(SystemProperty.ContentEncoding, "$.ce", "iothub-contentencoding", "content-encoding"),
            new(SystemProperty.AbsoluteExpiryTime, "$.exp", "iothub-expiry", "absolute-expiry-time"),
            new(SystemProperty.OutputName, "$.on", "iothub-outputname", "iothub-outputname"),
            new(SystemProperty.InterfaceId, "$.ifid", "iothub-interface-id", "iothub-interface-id"),
            new(SystemProperty.Component, "$.sub", "dt-subject", "dt-subject"),
            new(SystemProperty.CreationTime, "$.ctime", "iothub-creation-time-utc", "iothub-creation-time-utc"),
            new(SystemProperty.MessageSchema, "$.schema", "iothub-message-schema", "iothub-message-schema"),
            new(SystemProperty.DiagnosticId, "$.diagid", "diagnostic-id", "Diagnostic-Id"),
            new(SystemProperty.DiagnosticContext, "$.diagctx", "correlation-context", "Correlation-Context"),
            new(SystemProperty.ConnectionDeviceId, "$.cdid", null, "iothub-connection-device-id"),
            new(SystemProperty.ConnectionModuleId, "$.cmid", null, "iothub-connection-module-id"),
            new(SystemProperty.Ack, "iothub-ack", "iothub-ack", "iothub-ack"),
            new(SystemProperty.DataSchema, null, null, "dt-dataschema"),
        ];
        for (var i = 0; i < names.Length; i++)
        {
            if ((int)names[i].Property != i)
            {
                throw new InvalidOperationException($"The name table lists {names[i].Property} at place {i}.");
            }
        }

        return names;
    }

    private sealed record Names(SystemProperty Property, string? Mqtt, string? Http, string Amqp)
    {
        public byte[] MqttEscaped { get; } = Mqtt is null ? [] : System.Text.Encoding.ASCII.GetBytes(Uri.EscapeDataString(Mqtt));
    }
}
