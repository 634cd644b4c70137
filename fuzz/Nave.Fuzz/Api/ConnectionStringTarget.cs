using Nave.Api;

namespace Nave.Fuzz.Api;

/// <summary>Connection strings of both kinds.</summary>
internal sealed class ConnectionStringTarget() : FuzzTarget("connection-string", Texts(
    "HostName=hub.test;DeviceId=d1;SharedAccessKey=MDEyMzQ1Njc4OWFiY2RlZg==",
    "HostName=hub.test;DeviceId=d1;ModuleId=m;x509=true;GatewayHostName=edge.test",
    "HostName=hub.test;SharedAccessKeyName=iothubowner;SharedAccessKey=MDEyMzQ1Njc4OWFiY2RlZg==",
    "Endpoint=sb://hub.test/;SharedAccessKeyName=service;SharedAccessKey=MDEyMzQ1Njc4OWFiY2RlZg==;EntityPath=hub"))
{
    public override IReadOnlyList<byte[]> Words { get; } = Texts(
        "HostName=", "DeviceId=", ";ModuleId=", ";SharedAccessKey=", ";SharedAccessSignature=", "Endpoint=sb://", "EntityPath=", ";", "=", " ", "://", "[::1]", ":99999", "%");

    public override bool Execute(byte[] input)
    {
        var text = TextOf(input);
        var isHub = IotHubConnectionString.TryParse(text, out var hub, out var hubError);
        var isStream = EventHubConnectionString.TryParse(text, out var stream, out var streamError);
        Check(isHub == (hub is not null && hubError is null) && isStream == (stream is not null && streamError is null), "there is a value or an error");
        return isHub || isStream;
    }

    public override void Verify(byte[] input)
    {
        var text = TextOf(input);
        if (IotHubConnectionString.TryParse(text, out var hub, out _))
        {
            Check(hub == IotHubConnectionString.Parse(hub.ToString(includeSecrets: true)), "a string is read as it was written");
        }

        if (EventHubConnectionString.TryParse(text, out var stream, out _))
        {
            _ = EventHubConnectionString.Parse(stream.ToString(includeSecrets: true));
        }
    }
}
