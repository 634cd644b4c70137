using System.Text;

namespace Nave.Api.Tests.Errors;

public sealed class ErrorBodyTests
{
    private static readonly DateTimeOffset s_now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public void The_first_shape_is_what_Node_splits()
    {
        var body = ErrorBody.Http(new HubError(HubErrorCode.DeviceNotFound, "E_DEVICE, deviceId: d9; sorry"), "0af1", s_now);
        Assert.Equal(
            """{"Message":"ErrorCode:DeviceNotFound;E_DEVICE, deviceId: d9; sorry","ExceptionMessage":"Tracking ID:0af1-G:0-TimeStamp:01/02/2026 03:04:05"}""",
            Encoding.UTF8.GetString(body));
        Assert.True(ErrorBody.TryParse(body, out var error, out var trackingId));
        Assert.Equal(new HubError(HubErrorCode.DeviceNotFound, "E_DEVICE, deviceId: d9; sorry"), error);
        Assert.Equal("0af1-G:0", trackingId);
    }

    [Fact]
    public void The_second_shape_is_JSON_in_text()
    {
        var body = ErrorBody.HttpJsonText(
            new HubError(HubErrorCode.DeviceNotOnline, "Timed out waiting for device to connect."), "t1", s_now, TimeSpan.Zero);
        Assert.Equal(
            """{"Message":"{\"errorCode\":404103,\"trackingId\":\"t1\",\"message\":\"Timed out waiting for device to connect.\",\"info\":{\"timeout\":\"00:00:00\"},\"timestampUtc\":\"2026-01-02T03:04:05.0000000Z\"}","ExceptionMessage":""}""",
            Encoding.UTF8.GetString(body));
        Assert.True(ErrorBody.TryParse(body, out var error, out var trackingId));
        Assert.Equal(HubErrorCode.DeviceNotOnline, error.Code);
        Assert.Equal("t1", trackingId);
        Assert.True(ErrorBody.UsesJsonText(error.Code));
    }

    [Fact]
    public void A_twin_error_has_a_number()
    {
        var body = ErrorBody.Twin(new HubError(HubErrorCode.ArgumentInvalid, "m"), "t", s_now);
        Assert.Equal("""{"errorCode":400004,"trackingId":"t","message":"m","timestampUtc":"2026-01-02T03:04:05.0000000Z"}""", Encoding.UTF8.GetString(body));
        Assert.True(ErrorBody.TryParse(body, out var error, out _));
        Assert.Equal(new HubError(HubErrorCode.ArgumentInvalid, "m"), error);
    }

    [Theory]
    [InlineData("""{"Message":"ErrorCode:SomethingNew;text"}""", "text")]
    [InlineData("""{"Message":"plain"}""", "plain")]
    [InlineData("""{"Message":"{broken"}""", "{broken")]
    [InlineData("""{"errorCode":499999,"message":"new"}""", "new")]
    public void An_unknown_code_leaves_the_sentence(string body, string message)
    {
        Assert.True(ErrorBody.TryParse(Encoding.UTF8.GetBytes(body), out var error, out _));
        Assert.Equal(new HubError(HubErrorCode.None, message), error);
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"Message":5}""")]
    public void Anything_else_is_no_error_body(string body) => Assert.False(ErrorBody.TryParse(Encoding.UTF8.GetBytes(body), out _, out _));

    [Fact]
    public void Every_code_has_the_status_of_its_first_digits_and_a_name()
    {
        foreach (var code in Enum.GetValues<HubErrorCode>().Where(c => c != HubErrorCode.None))
        {
            Assert.InRange(new HubError(code, "").HttpStatus, 400, 599);
            Assert.Equal(code.ToString(), ErrorBody.HeaderOf(code));
        }
    }

    [Theory]
    [InlineData("""{"errorCode":"400004"}""")]
    [InlineData("""{"Message":"\ud800"}""")]
    [InlineData("""{"Message":"{\"Message\":\"\\ud800\"}"}""", true)]
    public void A_body_with_a_value_of_another_type_or_half_a_surrogate_pair_is_no_error_of_ours(string body, bool isText = false) =>
        Assert.Equal(isText, ErrorBody.TryParse(Encoding.UTF8.GetBytes(body), out _, out _));
}
