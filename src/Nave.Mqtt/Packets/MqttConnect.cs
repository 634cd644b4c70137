using System.Buffers;
using System.Text;

namespace Nave.Mqtt;

/// <summary>CONNECT, MQTT 3.1.1 and 5.0 §3.1. Owns its data. Has no ToString: it holds a password.</summary>
public sealed class MqttConnect
{
    /// <summary>Gets the version that the client wants to speak.</summary>
    public MqttVersion Version { get; init; } = MqttVersion.V311;

    /// <summary>Gets the client identifier; empty if the server is to choose one.</summary>
    public required string ClientId { get; init; }

    /// <summary>Gets a value indicating whether an earlier session is dropped (3.1.1: clean session, 5: clean start).</summary>
    public bool CleanStart { get; init; }

    /// <summary>Gets the keep-alive in seconds; 0 turns it off. See <see cref="MqttKeepAlive"/>.</summary>
    public ushort KeepAliveSeconds { get; init; }

    /// <summary>Gets the properties; none before MQTT 5.</summary>
    public MqttProperties Properties { get; init; }

    /// <summary>Gets the will, if any.</summary>
    public MqttWill? Will { get; init; }

    /// <summary>Gets the user name, if any.</summary>
    public string? UserName { get; init; }

    /// <summary>Gets the password, if any; 3.1.1 permits it only with a user name. At most 65,535 bytes.</summary>
    public ReadOnlyMemory<byte>? Password { get; init; }

    /// <summary>Decodes a frame of type <see cref="MqttPacketType.Connect"/>.</summary>
    /// <exception cref="MqttProtocolException">
    /// The packet breaks a rule. <see cref="MqttReason.UnsupportedProtocolVersion"/> and <see cref="MqttReason.ClientIdentifierNotValid"/>
    /// are to be answered with a CONNACK in the version that <see cref="AnswerVersion"/> tells.
    /// </exception>
    public static MqttConnect Decode(in MqttFrame frame)
    {
        frame.Expect(MqttPacketType.Connect);
        var reader = new MqttReader(frame.Body, MqttPacketType.Connect);

        // 1. Protocol name and level. Both must be right before anything else has a meaning.
        var version = ReadVersion(ref reader);

        // 2. Flags and keep-alive.
        var flags = (MqttConnectFlags)reader.Byte("connect flags");
        ValidateFlags(flags, version);
        var keepAlive = reader.UInt16("keep-alive");
        var properties = MqttProperties.Copy(reader.Properties(version, MqttPropertySet.Connect));

        // 3. Payload, in this order.
        var clientId = reader.Text("client identifier");
        var cleanStart = (flags & MqttConnectFlags.CleanStart) != 0;
        if (version == MqttVersion.V311 && clientId.Length == 0 && !cleanStart)
        {
            // MQTT 3.1.1 §3.1.3.1: answered with return code 2.
            throw new MqttProtocolException(MqttReason.ClientIdentifierNotValid, "An empty client identifier needs CleanSession 1.");
        }

        return new MqttConnect
        {
            Version = version,
            ClientId = clientId,
            CleanStart = cleanStart,
            KeepAliveSeconds = keepAlive,
            Properties = properties,
            Will = (flags & MqttConnectFlags.Will) != 0 ? ReadWill(ref reader, flags, version) : null,
            UserName = (flags & MqttConnectFlags.UserName) != 0 ? reader.Text("user name") : null,
            Password = (flags & MqttConnectFlags.Password) != 0 ? ReadPassword(ref reader) : null,
        }.Ended(reader);
    }

    /// <summary>Tells in which version a CONNACK that refuses this CONNECT is to be written; never throws for a CONNECT frame.</summary>
    // A peer of level 5 or later reads the form of MQTT 5 (its §3.1.2.2), every other one that of 3.1.1.
    public static MqttVersion AnswerVersion(in MqttFrame frame)
    {
        frame.Expect(MqttPacketType.Connect);
        var body = frame.Body;
        return body.Length > 6 && body.StartsWith("\0\u0004MQTT"u8) && body[6] >= (byte)MqttVersion.V5 ? MqttVersion.V5 : MqttVersion.V311;
    }

    /// <summary>Computes the exact size of the packet.</summary>
    /// <returns>Bytes, fixed header included.</returns>
    /// <exception cref="ArgumentException">A string is not an MQTT string or too long.</exception>
    public int GetSize() => MqttWriter.PacketSize(BodySize());

    /// <summary>Encodes the packet in its <see cref="Version"/>.</summary>
    /// <exception cref="ArgumentException">The values do not make a valid packet.</exception>
    public void Encode(IBufferWriter<byte> output)
    {
        Demand();
        var writer = MqttWriter.Begin(output, (int)MqttPacketType.Connect << 4, BodySize());
        writer.Binary("MQTT"u8);
        writer.Byte((byte)Version);
        writer.Byte((byte)Flags());
        writer.UInt16(KeepAliveSeconds);
        writer.Properties(Version, Properties.Raw);
        writer.Text(ClientId);
        if (Will is not null)
        {
            writer.Properties(Version, Will.Properties.Raw);
            writer.Text(Will.Topic);
            writer.Binary(Will.Payload.Span);
        }

        if (UserName is not null)
        {
            writer.Text(UserName);
        }

        if (Password is { } password)
        {
            writer.Binary(password.Span);
        }

        writer.End(output);
    }

    private static MqttVersion ReadVersion(ref MqttReader reader)
    {
        var name = reader.Binary("protocol name");
        if (!name.SequenceEqual("MQTT"u8))
        {
            throw new MqttProtocolException(
                MqttReason.UnsupportedProtocolVersion,
                $"The protocol name of {name.Length} bytes {(Ascii.IsValid(name) && name.Length < 8 ? Encoding.ASCII.GetString(name) : string.Empty)} is not MQTT.");
        }

        var level = reader.Byte("protocol level");
        return level is (byte)MqttVersion.V311 or (byte)MqttVersion.V5
            ? (MqttVersion)level
            : throw new MqttProtocolException(
                MqttReason.UnsupportedProtocolVersion, $"Protocol level is {level}; 4 (3.1.1) and 5 (5.0) are supported.");
    }

    private static void ValidateFlags(MqttConnectFlags flags, MqttVersion version)
    {
        if ((flags & MqttConnectFlags.Reserved) != 0)
        {
            throw MqttError.Malformed("CONNECT has its reserved flag set; it must be 0.");
        }

        var willQos = (int)(flags & MqttConnectFlags.WillQos) >> 3;
        if (willQos == 3)
        {
            throw MqttError.Malformed("The will has QoS 3; 0 to 2 are permitted.");
        }

        if ((flags & MqttConnectFlags.Will) == 0 && (flags & (MqttConnectFlags.WillQos | MqttConnectFlags.WillRetain)) != 0)
        {
            throw MqttError.Malformed("CONNECT has will QoS or will retain without a will; they must be 0.");
        }

        // MQTT 3.1.1 §3.1.2.9; MQTT 5 lifted it.
        if (version == MqttVersion.V311 && (flags & (MqttConnectFlags.UserName | MqttConnectFlags.Password)) == MqttConnectFlags.Password)
        {
            throw MqttError.Malformed("CONNECT has a password without a user name, which MQTT 3.1.1 does not permit.");
        }
    }

    private static MqttWill ReadWill(ref MqttReader reader, MqttConnectFlags flags, MqttVersion version)
    {
        var properties = MqttProperties.Copy(reader.Properties(version, MqttPropertySet.Will));
        var topic = reader.Binary("will topic");
        if (!MqttTopic.IsValid(topic))
        {
            throw MqttError.Malformed("The will topic must be well-formed UTF-8 of 1 to 65535 bytes, without U+0000 and wildcards.");
        }

        return new MqttWill
        {
            Topic = MqttUtf8.ToText(topic),
            Payload = reader.Binary("will payload").ToArray(),
            Qos = (MqttQos)((int)(flags & MqttConnectFlags.WillQos) >> 3),
            Retain = (flags & MqttConnectFlags.WillRetain) != 0,
            Properties = properties,
        };
    }

    // Returns the nullable type on purpose: a bare null beside ReadOnlyMemory<byte> would become an empty password.
    private static ReadOnlyMemory<byte>? ReadPassword(ref MqttReader reader) => reader.Binary("password").ToArray();

    private MqttConnect Ended(MqttReader reader)
    {
        reader.End();
        return this;
    }

    private void Demand()
    {
        if (Version is not (MqttVersion.V311 or MqttVersion.V5))
        {
            throw new ArgumentException($"Protocol level is {(int)Version}; 4 (3.1.1) and 5 (5.0) are supported.");
        }

        MqttPropertyRules.Demand(Properties.Raw, MqttPropertySet.Connect, Version);
        if (Will is not null)
        {
            MqttTopic.Validate(Will.Topic);
            if (Will.Qos > MqttQos.ExactlyOnce)
            {
                throw new ArgumentException($"The will has QoS {(int)Will.Qos}; 0 to 2 are permitted.");
            }

            MqttPropertyRules.Demand(Will.Properties.Raw, MqttPropertySet.Will, Version);
        }

        if (Version == MqttVersion.V311 && ((Password is not null && UserName is null) || (ClientId.Length == 0 && !CleanStart)))
        {
            throw new ArgumentException("In MQTT 3.1.1 a password needs a user name, and an empty client identifier needs CleanStart.");
        }
    }

    private MqttConnectFlags Flags()
    {
        var flags = CleanStart ? MqttConnectFlags.CleanStart : 0;
        if (Will is not null)
        {
            flags |= MqttConnectFlags.Will | (MqttConnectFlags)((int)Will.Qos << 3) | (Will.Retain ? MqttConnectFlags.WillRetain : 0);
        }

        return flags | (UserName is null ? 0 : MqttConnectFlags.UserName) | (Password is null ? 0 : MqttConnectFlags.Password);
    }

    private int BodySize()
    {
        // "MQTT" with its length, level, flags, keep-alive.
        var size = 10 + MqttWriter.PropertiesSize(Version, Properties.Raw) + 2 + MqttUtf8.Size(ClientId, "client identifier");
        if (Will is not null)
        {
            size += MqttWriter.PropertiesSize(Version, Will.Properties.Raw) + 2 + MqttUtf8.Size(Will.Topic, "will topic")
                + 2 + MqttGuard.BinarySize(Will.Payload, "will payload");
        }

        size += UserName is null ? 0 : 2 + MqttUtf8.Size(UserName, "user name");
        return size + (Password is { } password ? 2 + MqttGuard.BinarySize(password, "password") : 0);
    }
}
