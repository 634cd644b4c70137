using Nave.Api;

namespace Nave.Fuzz.Api;

/// <summary>The property bag at the end of an MQTT topic.</summary>
internal sealed class PropertyBagTarget() : FuzzTarget("property-bag", Texts(
    "",
    "a=b&c=d",
    "$.mid=m1&$.cid=c%20d&$.ct=application%2Fjson&$.ce=utf-8&alert=true",
    "%24.mid=1&%24.exp=2026-01-02T03%3A04%3A05.0000000Z&flag&empty=&a=%E2%82%AC/"))
{
    private readonly EventPropertiesWriter _writer = new();

    public override IReadOnlyList<byte[]> Words { get; } = Texts("$.", "%24.", "$.mid=", "$.exp=", "&", "=", "%", "%2", "%00", "%FF", "%C3%A9", "+", "/");

    public override bool Execute(byte[] input)
    {
        _writer.Clear();
        return MqttPropertyBag.TryDecode(input, _writer);
    }

    // What was read, written as a bag and read again, is the same.
    public override void Verify(byte[] input)
    {
        var first = MqttPropertyBag.Encode(Decode(input));
        var second = MqttPropertyBag.Encode(Decode(System.Text.Encoding.UTF8.GetBytes(first)));
        Check(first == second, "a bag is read as it was written");
    }

    private static EventProperties Decode(byte[] bag)
    {
        var writer = new EventPropertiesWriter();
        Check(MqttPropertyBag.TryDecode(bag, writer), "a bag that we wrote is accepted");
        return writer.ToProperties();
    }
}
