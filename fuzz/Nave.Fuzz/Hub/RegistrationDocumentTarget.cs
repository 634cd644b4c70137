using Nave.Hub.Provisioning;
using Nave.Storage;

namespace Nave.Fuzz.Hub;

/// <summary>A stored registration.</summary>
internal sealed class RegistrationDocumentTarget() : StoredTarget("stored-registration", Texts(
    """{"v":1,"i":"R1","g":"g1","a":3,"s":2,"u":1,"e":"MQ==","c":638000000000000000,"l":638000000000000001,"o":"4.abc","h":"hub.test","d":"d1","p":"eyJhIjoxfQ==","t":"AQID","y":"e30=","w":"W10=","q":"old.test","r":"d0"}""",
    """{"v":1,"i":"r1","e":"MQ==","o":"4.abc","x":400207,"m":"why"}"""))
{
    public override IReadOnlyList<byte[]> Words => JsonWords.All;

    public override void Verify(byte[] input)
    {
        var record = Decode(input);
        var written = RegistrationCodec.Encode(record);
        Check(RegistrationCodec.Encode(Decode(written)).AsSpan().SequenceEqual(written), "a registration is read as it was written");
    }

    protected override void Read(byte[] input) => _ = RegistrationCodec.TermsOf(Decode(input));

    private static RegistrationRecord Decode(byte[] body) => RegistrationCodec.Decode(new StateDocument("r1", 1, body));
}
