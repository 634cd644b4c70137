namespace Nave.Mqtt;

/// <summary>Types, permissions, duplication and ranges of properties: MQTT 5.0 §2.2.2.2, table 2-4, and each packet's own section.</summary>
internal static class MqttPropertyRules
{
    private const int MaxId = (int)MqttPropertyId.SharedSubscriptionAvailable;

    private static readonly MqttPropertyType[] s_types = new MqttPropertyType[MaxId + 1];

    // Bit n: allowed in MqttPropertySet n.
    private static readonly uint[] s_owners = new uint[MaxId + 1];

    static MqttPropertyRules()
    {
        var connect = Of(MqttPropertySet.Connect);
        var connAck = Of(MqttPropertySet.ConnAck);
        var publish = Of(MqttPropertySet.PublishFromClient) | Of(MqttPropertySet.PublishFromServer);
        var will = Of(MqttPropertySet.Will);
        var auth = Of(MqttPropertySet.Auth);
        var leave = Of(MqttPropertySet.DisconnectFromClient);
        var dismiss = Of(MqttPropertySet.DisconnectFromServer);
        var acks = Of(MqttPropertySet.PubAck) | Of(MqttPropertySet.PubRec) | Of(MqttPropertySet.PubRel) | Of(MqttPropertySet.PubComp)
            | Of(MqttPropertySet.SubAck) | Of(MqttPropertySet.UnsubAck);

        Add(MqttPropertyId.PayloadFormatIndicator, MqttPropertyType.Byte, publish | will);
        Add(MqttPropertyId.MessageExpiryInterval, MqttPropertyType.UInt32, publish | will);
        Add(MqttPropertyId.ContentType, MqttPropertyType.Text, publish | will);
        Add(MqttPropertyId.ResponseTopic, MqttPropertyType.Text, publish | will);
        Add(MqttPropertyId.CorrelationData, MqttPropertyType.Binary, publish | will);

        // §3.3.4: a PUBLISH from a client to a server must not contain one.
        Add(
            MqttPropertyId.SubscriptionIdentifier,
            MqttPropertyType.VarInt,
            Of(MqttPropertySet.PublishFromServer) | Of(MqttPropertySet.Subscribe));

        // §3.14.2.2.2: must not be sent on a DISCONNECT by the server.
        Add(MqttPropertyId.SessionExpiryInterval, MqttPropertyType.UInt32, connect | connAck | leave);
        Add(MqttPropertyId.AssignedClientIdentifier, MqttPropertyType.Text, connAck);
        Add(MqttPropertyId.ServerKeepAlive, MqttPropertyType.UInt16, connAck);
        Add(MqttPropertyId.AuthenticationMethod, MqttPropertyType.Text, connect | connAck | auth);
        Add(MqttPropertyId.AuthenticationData, MqttPropertyType.Binary, connect | connAck | auth);
        Add(MqttPropertyId.RequestProblemInformation, MqttPropertyType.Byte, connect);
        Add(MqttPropertyId.WillDelayInterval, MqttPropertyType.UInt32, will);
        Add(MqttPropertyId.RequestResponseInformation, MqttPropertyType.Byte, connect);
        Add(MqttPropertyId.ResponseInformation, MqttPropertyType.Text, connAck);
        Add(MqttPropertyId.ServerReference, MqttPropertyType.Text, connAck | leave | dismiss);
        Add(MqttPropertyId.ReasonString, MqttPropertyType.Text, connAck | acks | leave | dismiss | auth);
        Add(MqttPropertyId.ReceiveMaximum, MqttPropertyType.UInt16, connect | connAck);
        Add(MqttPropertyId.TopicAliasMaximum, MqttPropertyType.UInt16, connect | connAck);
        Add(MqttPropertyId.TopicAlias, MqttPropertyType.UInt16, publish);
        Add(MqttPropertyId.MaximumQos, MqttPropertyType.Byte, connAck);
        Add(MqttPropertyId.RetainAvailable, MqttPropertyType.Byte, connAck);
        Add(MqttPropertyId.UserProperty, MqttPropertyType.Pair, uint.MaxValue);
        Add(MqttPropertyId.MaximumPacketSize, MqttPropertyType.UInt32, connect | connAck);
        Add(MqttPropertyId.WildcardSubscriptionAvailable, MqttPropertyType.Byte, connAck);
        Add(MqttPropertyId.SubscriptionIdentifierAvailable, MqttPropertyType.Byte, connAck);
        Add(MqttPropertyId.SharedSubscriptionAvailable, MqttPropertyType.Byte, connAck);

        static uint Of(MqttPropertySet set) => 1U << (int)set;

        static void Add(MqttPropertyId id, MqttPropertyType type, uint owners)
        {
            s_types[(int)id] = type;
            s_owners[(int)id] = owners;
        }
    }

    public static MqttPropertyType TypeOf(MqttPropertyId id) => (int)id <= MaxId ? s_types[(int)id] : MqttPropertyType.None;

    /// <summary>Checks a whole property section.</summary>
    /// <returns>Bit n: property n is there.</returns>
    /// <exception cref="MqttProtocolException">The first rule that is broken.</exception>
    public static ulong Validate(ReadOnlySpan<byte> raw, MqttPropertySet owner)
    {
        var seen = 0UL;
        for (var count = 1; !raw.IsEmpty; count++)
        {
            if (count > MqttProperties.MaxCount)
            {
                throw TooMany(owner);
            }

            var property = MqttProperty.Take(ref raw);
            var bit = 1UL << (int)property.Id;
            if ((s_owners[(int)property.Id] & (1U << (int)owner)) == 0)
            {
                throw NotAllowed(property.Id, owner);
            }

            if ((seen & bit) != 0 && !MayRepeat(property.Id, owner))
            {
                throw MqttError.Protocol($"{owner} has {property.Id} more than once.");
            }

            seen |= bit;
            ValidateValue(property);
        }

        const ulong Method = 1UL << (int)MqttPropertyId.AuthenticationMethod;
        const ulong Data = 1UL << (int)MqttPropertyId.AuthenticationData;
        if ((seen & (Method | Data)) == Data)
        {
            throw MqttError.Protocol($"{owner} has AuthenticationData without AuthenticationMethod.");
        }

        return seen;
    }

    /// <summary>Checks what our own side wants to send.</summary>
    /// <exception cref="ArgumentException">The packet must not carry these properties.</exception>
    public static void Demand(ReadOnlySpan<byte> raw, MqttPropertySet owner, MqttVersion version)
    {
        if (raw.IsEmpty)
        {
            return;
        }

        if (version != MqttVersion.V5)
        {
            throw new ArgumentException($"{owner} has properties, which MQTT 3.1.1 does not know.");
        }

        try
        {
            Validate(raw, owner);
        }
        catch (MqttProtocolException e)
        {
            throw new ArgumentException(e.Message, e);
        }
    }

    // §3.3.2.3.8: a PUBLISH has one identifier for each subscription that it matched.
    private static bool MayRepeat(MqttPropertyId id, MqttPropertySet owner) =>
        id == MqttPropertyId.UserProperty
        || (id == MqttPropertyId.SubscriptionIdentifier && owner == MqttPropertySet.PublishFromServer);

    private static void ValidateValue(in MqttProperty property)
    {
        switch (MqttPropertyRules.TypeOf(property.Id))
        {
            // Every byte property is a flag; §3.1.2.11, §3.2.2.3, §3.3.2.3.
            case MqttPropertyType.Byte when property.Number > 1:
                throw OutOfRange(property, "0 and 1");

            case MqttPropertyType.VarInt when property.Number == 0:
                throw OutOfRange(property, $"1 to {MqttFrame.MaxRemainingLength}");

            case MqttPropertyType.UInt16 or MqttPropertyType.UInt32 when property.Number == 0:
                ValidateNotZero(property);
                return;

            case MqttPropertyType.Text:
                if (!MqttUtf8.IsValid(property.Value))
                {
                    throw NotUtf8(property.Id);
                }

                // §3.3.2.3.5: a response topic has no wildcards.
                if (property.Id == MqttPropertyId.ResponseTopic && !MqttTopic.IsValid(property.Value))
                {
                    throw MqttError.Malformed("ResponseTopic is empty or contains a wildcard.");
                }

                return;

            case MqttPropertyType.Pair when !MqttUtf8.IsValid(property.Name) || !MqttUtf8.IsValid(property.Value):
                throw NotUtf8(property.Id);

            default:
                return;
        }
    }

    private static void ValidateNotZero(in MqttProperty property)
    {
        switch (property.Id)
        {
            case MqttPropertyId.ReceiveMaximum:
                throw OutOfRange(property, "1 to 65535");
            case MqttPropertyId.MaximumPacketSize:
                throw OutOfRange(property, "1 to 4294967295");
            case MqttPropertyId.TopicAlias:
                throw new MqttProtocolException(MqttReason.TopicAliasInvalid, "TopicAlias is 0; 1 to 65535 are permitted.");
            default:
                return;
        }
    }

    // §4.13.2, 0x97: "an implementation or administrative imposed limit has been exceeded"; 0x95 is for the packet's size.
    private static MqttProtocolException TooMany(MqttPropertySet owner) =>
        new(MqttReason.QuotaExceeded, $"{owner} has more than {MqttProperties.MaxCount} properties.");

    private static MqttProtocolException OutOfRange(in MqttProperty property, string range) =>
        MqttError.Protocol($"{property.Id} is {property.Number}; {range} are permitted.");

    private static MqttProtocolException NotUtf8(MqttPropertyId id) =>
        MqttError.Malformed($"Property {id} is not well-formed UTF-8 without U+0000.");

    // §2.2.2.2 makes an identifier that is not valid for its packet a malformed packet.
    private static MqttProtocolException NotAllowed(MqttPropertyId id, MqttPropertySet owner) =>
        MqttError.Malformed($"{owner} must not carry {id}.");
}
