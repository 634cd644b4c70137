namespace Nave.Api.Tests.Connections;

public sealed class ConnectionStringTests
{
    [Theory]
    [InlineData("HostName=h.test;DeviceId=d;SharedAccessKey=c2VjcmV0")]
    [InlineData("HostName=h.test;DeviceId=d;ModuleId=m;SharedAccessKey=c2VjcmV0;GatewayHostName=g")]
    [InlineData("HostName=h.test;DeviceId=d;x509=true")]
    [InlineData("HostName=h.test;DeviceId=d;SharedAccessSignature=SharedAccessSignature sr=h&sig=a%3D&se=1")]
    [InlineData("HostName=h.test;SharedAccessKeyName=iothubowner;SharedAccessKey=c2VjcmV0")]
    public void A_connection_string_comes_back_as_it_was(string text) =>
        Assert.Equal(text, IotHubConnectionString.Parse(text).ToString(includeSecrets: true));

    [Fact]
    public void Names_are_read_in_any_letter_case_and_spaces_are_left_out()
    {
        var value = IotHubConnectionString.Parse(" hostname = h ; deviceid=d;SHAREDACCESSKEY=c2VjcmV0; ");
        Assert.Equal("h", value.HostName);
        Assert.Equal(new IdentityId("d"), value.Id);
    }

    [Theory]
    [InlineData("", "HostName")]
    [InlineData(null, "HostName")]
    [InlineData("DeviceId=d;SharedAccessKey=c2VjcmV0", "HostName")]
    [InlineData("HostName=h;DeviceId=d", "SharedAccessKey")]
    [InlineData("HostName=h;SharedAccessKey=c2VjcmV0", "DeviceId")]
    [InlineData("HostName=h;ModuleId=m;SharedAccessKey=c2VjcmV0", "DeviceId")]
    [InlineData("HostName=h;DeviceId=d;SharedAccessKey=c2VjcmV0!", "base64")]
    [InlineData("HostName=h;HostName=h;DeviceId=d;SharedAccessKey=c2VjcmV0", "twice")]
    [InlineData("c2VjcmV0", "name=value")]
    [InlineData("Endpoint=sb://h/;SharedAccessKeyName=n;SharedAccessKey=c2VjcmV0;EntityPath=e", "Event Hubs")]
    public void A_bad_one_is_refused_by_the_name_of_its_part_and_without_the_key(string? text, string part)
    {
        Assert.False(IotHubConnectionString.TryParse(text, out _, out var error));
        Assert.Contains(part, error, StringComparison.Ordinal);
        Assert.DoesNotContain("c2VjcmV0", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Printed_ones_keep_their_secrets()
    {
        Assert.DoesNotContain("c2VjcmV0", IotHubConnectionString.Parse("HostName=h.test;DeviceId=d;SharedAccessKey=c2VjcmV0").ToString(), StringComparison.Ordinal);
        var events = EventHubConnectionString.Parse("Endpoint=sb://h.test/;SharedAccessKeyName=n;SharedAccessKey=c2VjcmV0;EntityPath=e");
        Assert.Equal("Endpoint=sb://h.test/;SharedAccessKeyName=n;SharedAccessKey=***;EntityPath=e", events.ToString());
        Assert.Contains("c2VjcmV0", events.ToString(includeSecrets: true), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SharedAccessKeyName=n;SharedAccessKey=c2VjcmV0;EntityPath=e", "Endpoint")]
    [InlineData("Endpoint=sb://h/;SharedAccessKey=c2VjcmV0;EntityPath=e", "SharedAccessKeyName")]
    [InlineData("Endpoint=sb://h/;SharedAccessKeyName=n;EntityPath=e", "SharedAccessKey")]
    [InlineData("Endpoint=sb://h/;SharedAccessKeyName=n;SharedAccessKey=c2VjcmV0", "EntityPath")]
    [InlineData("Endpoint=h;SharedAccessKeyName=n;SharedAccessKey=c2VjcmV0;EntityPath=e", "Endpoint")]
    public void A_bad_event_hub_one_is_refused_by_the_name_of_its_part(string text, string part)
    {
        Assert.False(EventHubConnectionString.TryParse(text, out _, out var error));
        Assert.Contains(part, error, StringComparison.Ordinal);
    }
}
