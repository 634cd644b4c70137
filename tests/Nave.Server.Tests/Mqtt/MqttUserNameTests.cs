using Nave.Server.Mqtt;

namespace Nave.Server.Tests.Mqtt;

public sealed class MqttUserNameTests
{
    [Theory]
    [InlineData("hub.test/d1/?api-version=2021-04-12", "2021-04-12")]
    [InlineData("hub.test/d1/?DeviceClientType=c%2f1.2%20(x%3b)&api-version=2020-09-30", "2020-09-30")]
    [InlineData("hub.test/d1/api-version=2016-11-14", "2016-11-14")]
    [InlineData("hub.test/d1", null)]
    [InlineData("hub.test/d1/", null)]
    public void Every_spelling_of_the_user_name_that_devices_send_is_read(string text, string? version)
    {
        Assert.True(MqttUserName.TryParse(text, "d1", out var userName));
        Assert.Equal(("hub.test", "d1", version), (userName.HostName, userName.Id.DeviceId, userName.ApiVersion));
    }

    [Theory]
    [InlineData("hub.test/d2/?api-version=2021-04-12")]
    [InlineData("hub.test/d1/m1/?api-version=2021-04-12")]
    [InlineData("hub.test/d1/nonsense")]
    [InlineData("/d1/?api-version=2021-04-12")]
    [InlineData("hub.test")]
    [InlineData("")]
    public void A_user_name_that_does_not_fit_the_client_id_is_refused(string text) =>
        Assert.False(MqttUserName.TryParse(text, "d1", out _));
}
