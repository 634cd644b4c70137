using Nave.Server.Mqtt;

namespace Nave.Fuzz.Server;

/// <summary>User names of CONNECT. An input is the client id, a line end, and the user name.</summary>
internal sealed class UserNameTarget() : FuzzTarget("mqtt-user-name", Texts(
    "d1\nhub.test/d1/?api-version=2021-04-12&DeviceClientType=x&model-id=dtmi%3Aa%3B1",
    "d1/m\nhub.test/d1/m/api-version=2018-06-30".Replace("/api", "/?api", StringComparison.Ordinal),
    "d 1?\nhub.test/d%201%3F/?api-version=2021-04-12"))
{
    public override IReadOnlyList<byte[]> Words { get; } = Texts("/", "/?", "?", "api-version=", "&", "=", "%", "%2F", "%ED%A0%80", "\n", "2021-04-12-preview");

    public override bool Execute(byte[] input)
    {
        var text = TextOf(input);
        var line = text.IndexOf('\n', StringComparison.Ordinal);
        if (line < 0 || !MqttUserName.TryParse(text[(line + 1)..], text[..line], out var name))
        {
            return false;
        }

        MqttUserName.IsApiVersion(name.ApiVersion);
        Check(name.HostName.Length > 0 && text.StartsWith(name.Id.DeviceId, StringComparison.Ordinal), "the identity is that of the client id");
        return true;
    }
}
