using Nave.Hub.Provisioning;

namespace Nave.Fuzz.Hub;

/// <summary>The settings of device provisioning, <c>dps.json</c>.</summary>
internal sealed class ProvisioningSettingsTarget() : StoredTarget("provisioning-settings", Texts(
    $$"""{"format":1,"idScope":"0ne00000001","created":"2026-01-02T03:04:05+00:00","policies":[{"name":"provisioningserviceowner","rights":31,"keys":"{{FixedProtection.Pair("dps\npolicy\n0ne00000001\nprovisioningserviceowner")}}"}]}""",
    """{"format":1,"idScope":"0ne00000001","policies":[]}"""))
{
    public override IReadOnlyList<byte[]> Words => JsonWords.All;

    protected override void Read(byte[] input)
    {
        var settings = ProvisioningSettingsFile.Decode(input, "dps.json", FixedProtection.Protector);
        Check(settings.IdScope is not null && settings.Policies.All(policy => policy.Name is not null && policy.Primary.Length > 0), "a policy has a name and keys");
    }
}
