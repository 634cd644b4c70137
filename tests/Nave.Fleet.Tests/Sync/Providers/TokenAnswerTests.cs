using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Nave.Fleet.Sync.Providers.Http;

namespace Nave.Fleet.Tests.Sync.Providers;

public sealed class TokenAnswerTests
{
    [Theory]
    [InlineData("""{"access_token":"t","expires_in":60}""", "t", 60)]
    [InlineData("""{"access_token":"t","expires_in":"60"}""", "t", 60)]
    [InlineData("""{"access_token":"t"}""", "t", 300)]
    [InlineData("""{"access_token":"t","expires_in":-1}""", "t", 300)]
    public void A_token_lasts_as_long_as_expires_in_says(string body, string token, int seconds)
    {
        Assert.True(ClientCredentials.TryRead(Encoding.UTF8.GetBytes(body), out var read, out var lifetime));
        Assert.Equal(token, read);
        Assert.Equal(TimeSpan.FromSeconds(seconds), lifetime);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("""{"access_token":""}""")]
    [InlineData("""{"access_token":"a\r\nb"}""")]
    [InlineData("""{"access_token":7}""")]
    public void What_has_no_token_is_no_answer(string body) => Assert.False(ClientCredentials.TryRead(Encoding.UTF8.GetBytes(body), out _, out _));

    [Theory]
    [InlineData("Retry-After", "17", 17)]
    [InlineData("Retry-After", "Thu, 01 Jan 2026 00:02:00 GMT", 120)]
    [InlineData("Retry-After", "Wed, 01 Jan 2025 00:00:00 GMT", 0)]
    [InlineData("X-Rate-Limit-Retry", "9", 9)]
    [InlineData("X-Other", "9", null)]
    public void The_wait_that_is_asked_for_is_read_in_all_its_forms(string header, string value, int? seconds)
    {
        using var response = new HttpResponseMessage();
        Assert.True(response.Headers.TryAddWithoutValidation(header, value));

        var wait = ProviderTransport.RetryAfter(response.Headers, DateTimeOffset.Parse("2026-01-01T00:00:00Z", CultureInfo.InvariantCulture));

        Assert.Equal(seconds is { } count ? TimeSpan.FromSeconds(count) : null, wait);
    }

    [Fact]
    public void A_header_of_its_own_kind_wins()
    {
        using var response = new HttpResponseMessage();
        response.Headers.RetryAfter = new RetryConditionHeaderValue(TimeSpan.FromSeconds(3));
        response.Headers.Add("X-Rate-Limit-Retry", "9");

        Assert.Equal(TimeSpan.FromSeconds(3), ProviderTransport.RetryAfter(response.Headers, default));
    }
}
