using FsCheck;
using FsCheck.Fluent;

namespace Nave.Mqtt.Tests;

/// <summary>What an encoder writes, the decoder reads back, for values that nobody thought of.</summary>
public sealed class RoundTripTests
{
    // 1 to 4 bytes of UTF-8, a BOM, and the borders of the surrogates' gap.
    private static readonly string[] s_characters = ["a", "Z", "/", "$", " ", "\u0001", "\u007F", "ü", "\uD7FF", "\uE000", "\uFEFF", "\uFFFD", "😀", "\U0010FFFF"];

    private static Gen<string> Text => Gen.Elements(s_characters).ListOf().Select(parts => string.Concat(parts));

    private static Gen<string> Topic => Text.Where(text => text.Length > 0);

    private static Gen<byte[]> Bytes => Gen.Choose(0, 300).SelectMany(size => Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf(size));

    private static Gen<ushort> PacketId => Gen.Choose(1, 65_535).Select(id => (ushort)id);

    private static Gen<bool> Bool => Gen.Elements(false, true);

    private static Gen<MqttVersion> Version => Gen.Elements(MqttVersion.V311, MqttVersion.V5);

    private static Gen<MqttProperties> User => Text.Two().ListOf().Select(pairs =>
        pairs.Aggregate(new MqttPropertiesBuilder(), (builder, pair) => builder.AddUser(pair.Item1, pair.Item2)).Build());

    [Fact]
    public void Publish() => Check(
        from version in Version
        from topic in Topic
        from payload in Bytes
        from qos in Gen.Choose(0, 2)
        from id in PacketId
        from duplicate in Bool
        from retain in Bool
        from user in User
        select (version, (object)new PublishValue(
            topic, payload, (MqttQos)qos, qos == 0 ? (ushort)0 : id, qos > 0 && duplicate, retain, version == MqttVersion.V5 ? user : default)));

    [Fact]
    public void Connect() => Check(
        from version in Version
        from id in Text
        from keepAlive in Gen.Choose(0, 65_535)
        from name in Text.OrNull()
        from password in Bytes.OrNull()
        from topic in Topic.OrNull()
        from payload in Bytes
        from qos in Gen.Choose(0, 2)
        from flag in Bool
        from user in User
        select (version, (object)new MqttConnect
        {
            Version = version,
            ClientId = id,
            CleanStart = flag || id.Length == 0,
            KeepAliveSeconds = (ushort)keepAlive,
            Properties = version == MqttVersion.V5 ? user : default,
            UserName = name,
            Password = password is null || (name is null && version == MqttVersion.V311) ? (ReadOnlyMemory<byte>?)null : password,
            Will = topic is null ? null : new MqttWill
            {
                Topic = topic,
                Payload = payload,
                Qos = (MqttQos)qos,
                Retain = flag,
                Properties = version == MqttVersion.V5 ? user : default,
            },
        }));

    [Fact]
    public void Subscribe() => Check(
        from version in Version
        from id in PacketId
        from filters in Topic.NonEmptyListOf()
        from qos in Gen.Choose(0, 2)
        from retain in Gen.Choose(0, 2)
        from flag in Bool
        from user in User
        let v5 = version == MqttVersion.V5
        select (version, (object)new MqttSubscribe
        {
            PacketId = id,
            Subscriptions = [.. filters.Take(200).Select(filter =>
                new MqttSubscription(filter + "/+", (MqttQos)qos, v5 && flag, v5 && !flag, v5 ? (MqttRetainHandling)retain : 0))],
            Properties = v5 ? user : default,
        }));

    [Fact]
    public void Acknowledgements() => Check(
        from version in Version
        from type in Gen.Choose((int)MqttPacketType.PubAck, (int)MqttPacketType.PubComp)
        from id in PacketId
        from failed in Bool
        from user in User
        let v5 = version == MqttVersion.V5
        let failure = type < (int)MqttPacketType.PubRel ? MqttReason.QuotaExceeded : MqttReason.PacketIdentifierNotFound
        select (version, (object)new MqttAck((MqttPacketType)type, id, v5 && failed ? failure : MqttReason.Success, v5 ? user : default)));

    private static void Check(Gen<(MqttVersion Version, object Packet)> packets) =>
        Prop.ForAll(packets.ToArbitrary(), sample =>
        {
            var bytes = PacketCodec.Encode(sample.Packet, sample.Version, MqttSender.Client);
            var back = PacketCodec.DecodeWhole(bytes, sample.Version, MqttSender.Client);
            return PacketCodec.GetSize(sample.Packet, sample.Version) == bytes.Length
                && PacketCodec.Describe(sample.Packet) == PacketCodec.Describe(back);
        }).QuickCheckThrowOnFailure();
}
