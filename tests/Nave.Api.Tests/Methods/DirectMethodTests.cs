using System.Text.Json;

namespace Nave.Api.Tests.Methods;

public sealed class DirectMethodTests
{
    [Theory]
    [InlineData("""{"methodName":"m","responseTimeoutInSeconds":20,"connectTimeoutInSeconds":5}""")]
    [InlineData("""{"methodName":"m","responseTimeoutInSeconds":"20","connectTimeoutInSeconds":"5"}""")]
    public void Timeouts_are_read_from_numbers_and_strings(string json)
    {
        var request = JsonSerializer.Deserialize(json, ApiJson.Default.DirectMethodRequest)!;
        Assert.Equal(TimeSpan.FromSeconds(20), request.ResponseTimeout);
        Assert.Equal(TimeSpan.FromSeconds(5), request.ConnectTimeout);
        Assert.Null(request.Validate());
    }

    [Theory]
    [InlineData("""{"methodName":"m"}""", "")]
    [InlineData("""{"methodName":"m","payload":null}""", "null")]
    [InlineData("""{"methodName":"m","payload":""}""", "\"\"")]
    [InlineData("""{"methodName":"m","payload":{}}""", "{}")]
    [InlineData("""{"methodName":"m","payload":{"a": 1.10, "b":"é\u00e9"}}""", """{"a": 1.10, "b":"é\u00e9"}""")]
    [InlineData("""{"methodName":"m","payload":123456789012345678901234567890.0}""", "123456789012345678901234567890.0")]
    public void The_payload_is_kept_byte_for_byte(string json, string expected)
    {
        var request = JsonSerializer.Deserialize(json, ApiJson.Default.DirectMethodRequest)!;
        Assert.Equal(expected, request.Payload.ToString());
        Assert.Equal(expected.Length == 0, request.Payload.IsUndefined);
        Assert.Equal(json, JsonSerializer.Serialize(request, ApiJson.Wire.DirectMethodRequest));
    }

    [Theory]
    [InlineData("", null, null)]
    [InlineData(null, null, null)]
    [InlineData("a b", null, null)]
    [InlineData("a/b", null, null)]
    [InlineData("é", null, null)]
    [InlineData("m", 4, null)]
    [InlineData("m", 301, null)]
    [InlineData("m", null, -1)]
    [InlineData("m", null, 301)]
    public void What_is_out_of_range_is_refused(string? name, int? response, int? connect)
    {
        var error = new DirectMethodRequest { MethodName = name, ResponseTimeoutInSeconds = response, ConnectTimeoutInSeconds = connect }.Validate();
        Assert.Equal(HubErrorCode.ArgumentInvalid, error!.Code);
    }

    [Fact]
    public void A_component_command_is_a_permitted_name() =>
        Assert.Null(new DirectMethodRequest { MethodName = "thermostat1*getMaxMin" }.Validate());

    [Fact]
    public void An_answer_without_payload_is_null() =>
        Assert.Equal("""{"status":200,"payload":null}""", JsonSerializer.Serialize(new DirectMethodResponse { Status = 200 }, ApiJson.Wire.DirectMethodResponse));

    [Theory]
    [InlineData("1", true)]
    [InlineData(" {\"a\":1} ", true)]
    [InlineData("", false)]
    [InlineData("{", false)]
    [InlineData("1 2", false)]
    [InlineData("abc", false)]
    public void Raw_JSON_is_one_value(string text, bool valid)
    {
        Assert.Equal(valid, RawJson.TryCreate(System.Text.Encoding.UTF8.GetBytes(text), out var json));
        Assert.Equal(valid ? text.Trim() : string.Empty, json.ToString());
    }
}
