using Nave.Server.Hosting;

namespace Nave.Fuzz.Server;

/// <summary>The status that a server leaves in its data folder.</summary>
internal sealed class StatusTarget() : FuzzTarget("status-json", Texts(
    """{"ready":true,"hub":"hub","hostName":"localhost","serviceConnectionString":"HostName=localhost","eventHubConnectionString":"Endpoint=sb://localhost/","caFile":null,"ports":{"https":8443,"mqtt":8883,"mqttPlain":null,"amqp":null,"amqpPlain":null},"urls":{"https":"https://localhost:8443","health":"h","metrics":"m"},"processId":7,"dataFolder":"/data"}"""))
{
    public override IReadOnlyList<byte[]> Words => JsonWords.All;

    public override bool Execute(byte[] input) => ServerStatus.Parse(input) is not null;

    public override void Verify(byte[] input)
    {
        var status = ServerStatus.Parse(input)!; // It was accepted.
        var text = status.ToJson();
        Check(ServerStatus.Parse(System.Text.Encoding.UTF8.GetBytes(text)) == status, "a status is read as it was written");
        Check(status.Urls.Https is not null && status.Ports.Mqtt == status.Ports.Mqtt && status.HostName is not null, "nothing is missing");
    }
}
