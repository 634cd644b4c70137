using Nave.Api;
using Nave.Server.Amqp;
using Nave.Server.Amqp.Device;
using Nave.Server.Amqp.Sasl;

namespace Nave.Server.Tests.Amqp;

public sealed class AmqpAddressTests
{
    [Theory]
    [InlineData("/devices/d1/twin", "devices/d1/twin")]
    [InlineData("devices/d1/twin/", "devices/d1/twin")]
    [InlineData("amqps://hub.test/devices/d1/twin", "devices/d1/twin")]
    [InlineData("amqps://hub.test:5671/devices/dev%201/twin", "devices/dev 1/twin")]
    [InlineData("$cbs", "$cbs")]
    [InlineData("devices/a%2541/twin", "devices/a%41/twin")]
    public void An_address_is_read_without_host_and_decoded_once(string text, string expected)
    {
        Assert.True(AmqpAddress.TryParse(text, out var address));
        Assert.Equal(expected, address.ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("amqps://hub.test")]
    [InlineData("amqps://hub.test/")]
    public void What_names_nothing_is_no_address(string? text) => Assert.False(AmqpAddress.TryParse(text, out _));

    [Fact]
    public void A_longer_text_than_any_address_is_refused() => Assert.False(AmqpAddress.TryParse(new string('a', 2049), out _));

    [Theory]
    [InlineData("/devices/d1/messages/events", "d1", null, DeviceLinkKind.Events)]
    [InlineData("/Devices/D1/Messages/Events", "D1", null, DeviceLinkKind.Events)]
    [InlineData("/devices/d1/messages/deviceBound", "d1", null, DeviceLinkKind.CloudToDevice)]
    [InlineData("/devices/d1/methods/devicebound", "d1", null, DeviceLinkKind.Methods)]
    [InlineData("/devices/d1/twin", "d1", null, DeviceLinkKind.Twin)]
    [InlineData("/devices/d1/modules/m1/messages/events", "d1", "m1", DeviceLinkKind.Events)]
    [InlineData("/devices/d1/modules/m1/twin", "d1", "m1", DeviceLinkKind.Twin)]
    [InlineData("/devices/d1/modules/m1/methods/devicebound", "d1", "m1", DeviceLinkKind.Methods)]
    internal void Links_of_devices_are_told_apart(string text, string device, string? module, DeviceLinkKind kind)
    {
        Assert.True(AmqpAddress.TryParse(text, out var address));
        Assert.True(DeviceAddress.TryParse(address, out var found));
        Assert.Equal(new DeviceAddress(new IdentityId(device, module), kind), found);
    }

    [Theory]
    [InlineData("/messages/devicebound")]
    [InlineData("/devices/d1")]
    [InlineData("/devices/d1/messages")]
    [InlineData("/devices/d1/messages/events/x")]
    [InlineData("/devices/d1/modules/m1")]
    [InlineData("/messages/events/$management")]
    public void Other_addresses_are_no_links_of_devices(string text)
    {
        Assert.True(AmqpAddress.TryParse(text, out var address));
        Assert.False(DeviceAddress.TryParse(address, out _));
    }

    [Theory]
    [InlineData("dev1@sas.hub", null, "dev1", null, "hub")]
    [InlineData("dev1/m1@sas.hub", null, "dev1", "m1", "hub")]
    [InlineData("a@b@sas.hub", null, "a@b", null, "hub")]
    [InlineData("iothubowner@sas.root.hub", "iothubowner", null, null, "hub")]
    public void A_user_name_of_plain_names_a_hub(string text, string? policy, string? device, string? module, string hub)
    {
        Assert.True(PlainUserName.TryParse(text, out var name));
        Assert.Equal(new PlainUserName(policy, device is null ? default : new IdentityId(device, module), hub), name);
    }

    [Theory]
    [InlineData("")]
    [InlineData("dev1")]
    [InlineData("@sas.hub")]
    [InlineData("dev1@sas.")]
    [InlineData("0ne0001/registrations/r1")]
    public void Other_user_names_name_no_hub(string text) => Assert.False(PlainUserName.TryParse(text, out _));
}
