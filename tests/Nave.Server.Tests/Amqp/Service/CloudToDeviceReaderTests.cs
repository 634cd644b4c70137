using Nave.Amqp;
using Nave.Api;
using Nave.Server.Amqp.Service;

namespace Nave.Server.Tests.Amqp.Service;

public sealed class CloudToDeviceReaderTests
{
    [Theory]
    [InlineData(EventProperties.MaxCount, true)]
    [InlineData(EventProperties.MaxCount + 1, false)]
    public void A_message_has_so_many_properties_and_no_more(int count, bool isPermitted)
    {
        var message = TestMessages.Of(writer =>
        {
            writer.Properties(new AmqpPropertiesFields { To = "/devices/d/messages/devicebound"u8 });
            writer.ApplicationProperties(AmqpMap.Fields([.. Enumerable.Range(0, count).Select(i => ($"p{i}", (AmqpValue)"v"))]));
            writer.Data("x"u8);
        });
        Assert.Equal(isPermitted, CloudToDeviceReader.TryRead(message, out _, out _, out var error));
        Assert.Equal(isPermitted ? null : HubErrorCode.ArgumentInvalid, error?.Code);
    }
}
