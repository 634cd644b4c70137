using Nave.Hub.Hosting;

namespace Nave.Fuzz.Hub;

/// <summary>The settings of a hub, <c>hub.json</c>.</summary>
internal sealed class HubSettingsTarget() : StoredTarget("hub-settings", Texts(
    $$"""{"format":1,"hostName":"hub.test","created":"2026-01-02T03:04:05+00:00","partitions":4,"tier":"unlimited","retentionTime":"1.00:00:00","retentionBytes":null,"deviceSendsPerSecond":10,"eventSources":7,"policies":[{"name":"iothubowner","rights":15,"keys":"{{FixedProtection.Pair("policy\nhub.test\niothubowner")}}"}]}""",
    """{"format":1,"hostName":"hub.test","tier":"S1","partitions":32,"policies":[]}"""))
{
    public override IReadOnlyList<byte[]> Words => JsonWords.All;

    protected override void Read(byte[] input)
    {
        var settings = HubSettingsFile.Decode(input, "hub.json", FixedProtection.Protector);
        Check(settings.Definition.Partitions is >= 1 and <= 32, "a hub has 1 to 32 partitions");
        Check(settings.Policies.All(policy => policy.Name is not null && policy.PrimaryKey.Length > 0), "a policy has a name and keys");
    }
}
