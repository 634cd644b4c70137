using Nave.Server.Mqtt.Provisioning;

namespace Nave.Fuzz.Server;

/// <summary>User names of CONNECT to device provisioning. An input is the client id, a line end, and the user name.</summary>
internal sealed class ProvisioningUserNameTarget() : FuzzTarget("provisioning-user-name", Texts(
    "r1\n0ne00000001/registrations/r1/api-version=2019-03-31&ClientVersion=x",
    "r 1\n0ne00000001/registrations/r%201/?api-version=2021-06-01"))
{
    public override IReadOnlyList<byte[]> Words { get; } = Texts("/", "/registrations/", "?", "api-version=", "&", "%", "%2F", "%ED%A0%80", "\n");

    public override bool Execute(byte[] input)
    {
        var text = TextOf(input);
        var line = text.IndexOf('\n', StringComparison.Ordinal);
        if (line < 0 || !ProvisioningUserName.TryParse(text[(line + 1)..], text[..line], out var name))
        {
            return false;
        }

        Check(name.IdScope.Length > 0 && name.RegistrationId == text[..line], "the registration is that of the client id");
        return true;
    }
}
