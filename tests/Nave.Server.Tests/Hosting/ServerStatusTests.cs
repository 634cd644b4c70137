using System.Text;
using Nave.Server.Hosting;

namespace Nave.Server.Tests.Hosting;

public sealed class ServerStatusTests
{
    private const string Status =
        """{"ready":true,"hub":"hub","hostName":"localhost","serviceConnectionString":"s","eventHubConnectionString":"e","caFile":null,"ports":{"https":1,"mqtt":2,"mqttPlain":null,"amqp":null,"amqpPlain":null},"urls":{"https":"u","health":"h","metrics":"m"},"processId":7,"dataFolder":"/data"}""";

    [Fact]
    public void A_status_is_read_as_it_was_written()
    {
        var status = ServerStatus.Parse(Encoding.UTF8.GetBytes(Status));
        Assert.NotNull(status);
        Assert.Equal(status, ServerStatus.Parse(Encoding.UTF8.GetBytes(status.ToJson())));
    }

    [Theory]
    [InlineData("\"health\"", "\"healthy\"")]
    [InlineData("\"localhost\"", "null")]
    [InlineData("\"u\"", "null")]
    [InlineData("}", "")]
    public void A_status_with_a_part_missing_is_none(string part, string instead) =>
        Assert.Null(ServerStatus.Parse(Encoding.UTF8.GetBytes(Status.Replace(part, instead, StringComparison.Ordinal))));
}
