using Nave.Hub.Provisioning;
using Nave.Storage;

namespace Nave.Fuzz.Hub;

/// <summary>A stored enrollment. The first byte says which: an individual one, or a group.</summary>
internal sealed class EnrollmentDocumentTarget() : StoredTarget("stored-enrollment",
[
    [0, .. Texts("""{"v":1,"k":"KEYS","e":{"registrationId":"R1","deviceId":"d1","attestation":{"type":"symmetricKey"},"etag":"MQ==","allocationPolicy":"hashed","iotHubs":["hub.test"],"initialTwin":{"tags":{"a":1}}}}""".Replace("KEYS", FixedProtection.Pair("dps\nenrollment\nr1"), StringComparison.Ordinal))[0]],
    [0, .. Texts("""{"v":1,"e":{"registrationId":"r1","attestation":{"type":"tpm","tpm":{"endorsementKey":"AQID"}},"createdDateTimeUtc":"2026-01-02T03:04:05Z"}}""")[0]],
    [1, .. Texts("""{"v":1,"k":"KEYS","e":{"enrollmentGroupId":"g1","attestation":{"type":"symmetricKey"},"provisioningStatus":"disabled"}}""".Replace("KEYS", FixedProtection.Pair("dps\ngroup\ng1"), StringComparison.Ordinal))[0]],
    [1, .. Texts("""{"v":1,"e":{"enrollmentGroupId":"g1","attestation":{"type":"x509","x509":{"caReferences":{"primary":"ca"}}}}}""")[0]],
])
{
    private readonly EnrollmentCodec _codec = new(FixedProtection.Protector);

    public override IReadOnlyList<byte[]> Words { get; } = [.. JsonWords.All, .. Texts("\"clientCertificates\":{\"primary\":{\"certificate\":\"AQID\"}}", "\"signingCertificates\":", "\"certificate\":\"\"")];

    public override void Verify(byte[] input)
    {
        var record = Decode(input);
        var again = _codec.Decode(record.Kind, new StateDocument("r1", 1, _codec.Encode(record)));
        Check(again.Id == record.Id && again.PrimaryKey.AsSpan().SequenceEqual(record.PrimaryKey) && again.SecondaryKey.AsSpan().SequenceEqual(record.SecondaryKey), "an enrollment is read as it was written");
        Check(EnrollmentView.Write(again.Wire).AsSpan().SequenceEqual(EnrollmentView.Write(record.Wire)), "its view is the same");
    }

    protected override void Read(byte[] input) => _ = Decode(input);

    private EnrollmentRecord Decode(byte[] input) => input.Length == 0
        ? throw new InvalidDataException("Nothing to read.")
        : _codec.Decode(input[0] % 2 == 0 ? EnrollmentKind.Individual : EnrollmentKind.Group, new StateDocument("r1", 1, input.AsMemory(1)));
}
