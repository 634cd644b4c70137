using Nave.Hub.Devices;
using Nave.Storage;

namespace Nave.Fuzz.Hub;

/// <summary>A stored identity.</summary>
internal sealed class IdentityDocumentTarget() : StoredTarget("stored-identity", Texts(
    $$"""{"v":1,"g":"637","e":"MQ==","s":1,"r":"why","t":638000000000000000,"k":"{{FixedProtection.Pair("identity\nhub.test\nd1\n\n637")}}","i":true,"d":"ms-azure-iot-edge://x","p":["a","b"],"m":"x"}""",
    """{"v":1,"g":"637","e":"MQ==","a":1,"x":"0123456789012345678901234567890123456789","y":"ab"}"""))
{
    private readonly IdentityCodec _codec = new("hub.test", FixedProtection.Protector);

    public override IReadOnlyList<byte[]> Words => JsonWords.All;

    public override void Verify(byte[] input)
    {
        var record = Decode(input);
        var again = Decode(_codec.Encode(record));
        Check(again.GenerationId == record.GenerationId && again.StatusUpdated == record.StatusUpdated && again.PrimaryKey.AsSpan().SequenceEqual(record.PrimaryKey), "an identity is read as it was written");
    }

    protected override void Read(byte[] input)
    {
        var record = Decode(input);
        _ = record.ToIdentity();
        _ = record.ToTwinIdentity();
        _ = IdentityCodec.TermsOf(record);
    }

    private IdentityRecord Decode(byte[] body) => _codec.Decode(new StateDocument("d1", 1, body));
}
