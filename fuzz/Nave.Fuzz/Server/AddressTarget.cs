using Nave.Api;
using Nave.Server.Amqp;
using Nave.Server.Amqp.Device;
using Nave.Server.Amqp.Events;
using Nave.Server.Amqp.Sasl;

namespace Nave.Fuzz.Server;

/// <summary>Addresses of AMQP links, as each endpoint reads them, and user names of SASL PLAIN.</summary>
internal sealed class AddressTarget() : FuzzTarget("amqp-address", Texts(
    "/devices/d%201/messages/events",
    "amqps://hub.test:5671/devices/d1/modules/m1/messages/events",
    "/devices/d1/twin",
    "/devices/d1/methods/devicebound",
    "hub/ConsumerGroups/$Default/Partitions/0",
    "messages/events/$management",
    "d1/m1@sas.hub",
    "iothubowner@sas.root.hub"))
{
    public override IReadOnlyList<byte[]> Words { get; } = Texts(
        "/", "//", "://", "devices/", "modules/", "messages/", "devicebound", "events", "twin", "$management", "$cbs", "ConsumerGroups/", "Partitions/", "%2F", "%", "%ED%A0%80", "@sas.", "@sas.root.");

    public override bool Execute(byte[] input)
    {
        var text = TextOf(input);
        var isName = PlainUserName.TryParse(text, out var name);
        Check(!isName || name!.Policy is not null || IdentityRules.Check(name.Device) is null, "a user name names a policy or an identity");
        if (!AmqpAddress.TryParse(text, out var address))
        {
            return isName;
        }

        for (var i = 0; i < address.Count; i++)
        {
            Check(address[i] is not null, "a segment is a text");
        }

        _ = DeviceAddress.TryParse(address, out _);
        _ = EventAddress.TryReadSource(address, out _);
        _ = EventAddress.TryReadTarget(address, "hub", out _);
        return true;
    }
}
