using Nave.Fuzz.Server;
using Nave.Hub.Security;
using Nave.Storage;

namespace Nave.Fuzz.Hub;

/// <summary>A stored certificate authority.</summary>
internal sealed class AuthorityDocumentTarget() : StoredTarget("stored-authority", Texts(
    $$"""{"c":"{{CertificateTarget.Authority}}","v":false,"k":"0123"}""",
    $$"""{"c":"{{CertificateTarget.Authority}}","v":true}"""))
{
    public override IReadOnlyList<byte[]> Words => JsonWords.All;

    public override int Cost => 10;

    protected override void Read(byte[] input) => CertificateAuthorities.Decode(new StateDocument("ca", 1, input));
}
