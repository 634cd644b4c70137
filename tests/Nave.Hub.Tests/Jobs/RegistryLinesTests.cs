using System.Text;
using System.Text.Json;
using Nave.Api;
using Nave.Hub.Jobs;

namespace Nave.Hub.Tests.Jobs;

/// <summary>The registry as lines, without a job.</summary>
public sealed class RegistryLinesTests
{
    private const string Edge = "\"capabilities\":{\"iotEdge\":true}";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_waits_for_a_parent_that_comes_later_takes_its_modules_along()
    {
        await using var hub = await TestHub.OpenAsync();
        var made = await ApplyAsync(hub, $$"""{"id":"parent",{{Edge}},"deviceScope":"ms-azure-iot-edge://parent-1"}""");
        Assert.Empty(made.Errors);

        var result = await ApplyAsync(
            hub,
            """{"id":"leaf","moduleId":"m"}""",
            """{"id":"leaf","deviceScope":"ms-azure-iot-edge://later-1"}""",
            """{"id":"leaf","moduleId":"n"}""",
            $$"""{"id":"later",{{Edge}},"deviceScope":"ms-azure-iot-edge://later-1"}""");
        Assert.Empty(result.Errors);
        Assert.Equal(4, result.Applied);
        Assert.Equal(["leaf", "leaf/m", "leaf/n"], (await ReadAsync(hub, ["leaf"])).Select(IdOf));
    }

    [Fact]
    public async Task What_no_line_mends_is_an_error_of_its_line_and_the_others_are_applied()
    {
        await using var hub = await TestHub.OpenAsync();
        var result = await ApplyAsync(
            hub,
            """{"id":"child","deviceScope":"ms-azure-iot-edge://nobody-1"}""",
            """{"id":"child","moduleId":"m"}""",
            """{"id":"good"}""",
            """{"id":"gone","importMode":"delete"}""",
            """{"id":"gone","importMode":"update"}""");
        Assert.Equal(2, result.Applied);
        Assert.Equal(
            [(0, "InvalidDeviceScope"), (1, "DeviceNotFound"), (4, "DeviceNotFound")],
            result.Errors.Select(error => (error.Index, error.ErrorCode)));
    }

    [Theory]
    [InlineData("not JSON")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"id":null}""")]
    [InlineData("""{"id":7}""")]
    [InlineData("""{"id":""}""")]
    [InlineData("""{"id":"a\u0000b"}""")]
    [InlineData("""{"id":"a b"}""")]
    [InlineData("""{"id":"a/b"}""")]
    [InlineData("""{"id":"\ud800"}""")]
    [InlineData("""{"id":"d","moduleId":"m\u0000"}""")]
    [InlineData("""{"id":"d","moduleId":"\udfff"}""")]
    [InlineData("""{"id":"d","importMode":"sometimes"}""")]
    [InlineData("""{"id":"d","status":"asleep"}""")]
    [InlineData("""{"id":"d","deviceScope":"a\u0000b"}""")]
    [InlineData("""{"id":"d","tags":{"a\u0000b":1}}""")]
    [InlineData("""{"id":"d","properties":{"desired":{"n":1e999}}}""")]
    [InlineData("""{"id":"d","properties":{"desired":{"n":99999999999999999999999999}}}""")]
    [InlineData("""{"id":"d","authentication":{"type":"sas","symmetricKey":{"primaryKey":"!","secondaryKey":"!"}}}""")]
    public async Task A_line_that_is_none_is_an_error_and_never_the_end_of_the_call(string line)
    {
        await using var hub = await TestHub.OpenAsync();
        var result = await ApplyAsync(hub, line, """{"id":"good"}""");
        var error = Assert.Single(result.Errors);
        Assert.Equal(0, error.Index);
        Assert.NotEqual(nameof(HubErrorCode.ServerError), error.ErrorCode);

        // Where only the twin is wrong the identity is made, as Azure does.
        Assert.Contains("good", (await ReadAsync(hub, null)).Select(IdOf));
    }

    [Theory]
    [InlineData("""{"desired":{"$version":99999999999999999999,"a":1}}""")]
    [InlineData("""{"desired":{"$version":9223372036854775807,"a":1}}""")]
    [InlineData("""{"desired":{"$version":-1,"a":1}}""")]
    [InlineData("""{"desired":{"$version":1.5,"a":1}}""")]
    [InlineData("""{"desired":{"$version":"2","$metadata":7,"a":1}}""")]
    [InlineData("""{"reported":{"$metadata":{"$lastUpdated":"never"},"a":1}}""")]
    [InlineData("""{"desired":{"$metadata":{"$lastUpdatedBy":"\ud800","$lastUpdatedByDigest":"1","a":{"$lastUpdatedBy":7}},"a":1}}""")]
    [InlineData("""{"desired":{"$metadata":{"$lastUpdatedBy":"x","$lastUpdatedByDigest":"many words that are no number"},"a":1}}""")]
    public async Task Odd_versions_and_times_of_a_twin_do_no_harm(string properties)
    {
        await using var hub = await TestHub.OpenAsync();
        var result = await ApplyAsync(hub, $$"""{"id":"odd","properties":{{properties}}}""", """{"id":"good"}""");
        Assert.DoesNotContain(result.Errors, error => error.Index == 1);

        // Whatever became of it, it can be changed again and read.
        var again = await ApplyAsync(
            hub, """{"id":"odd"}""", """{"id":"odd","importMode":"updateTwin","properties":{"desired":{"b":2}}}""");
        Assert.Empty(again.Errors);
        var desired = JsonDocument.Parse((await ReadAsync(hub, ["odd"])).Single()).RootElement.GetProperty("properties").GetProperty("desired");
        Assert.Equal(2, desired.GetProperty("b").GetInt32());
        Assert.True(desired.GetProperty("$version").GetInt64() > 1);
    }

    [Fact]
    public async Task More_lines_than_permitted_are_refused_whole()
    {
        await using var hub = await TestHub.OpenAsync();
        var lines = Enumerable.Range(0, RegistryLines.MaxLines + 1).Select(i => Utf8($$"""{"id":"d{{i}}"}""")).ToList();
        var refused = await hub.Hub.Lines.ApplyAsync(lines, Cancellation);
        Assert.Equal(HubErrorCode.ArgumentInvalid, refused.Error?.Code);
        Assert.Empty(await ReadAsync(hub, null));

        lines.RemoveAt(0);
        Assert.Equal(RegistryLines.MaxLines, (await hub.Hub.Lines.ApplyAsync(lines, Cancellation)).Value?.Applied);
    }

    [Fact]
    public async Task Devices_are_read_in_the_order_asked_for_with_keys_only_when_asked()
    {
        await using var hub = await TestHub.OpenAsync();
        await ApplyAsync(hub, """{"id":"a"}""", """{"id":"b"}""", """{"id":"b","moduleId":"m"}""");
        var lines = await ReadAsync(hub, ["b", "nobody", "a"]);
        Assert.Equal(["b", "b/m", "a"], lines.Select(IdOf));
        Assert.All(lines, line => Assert.Contains("\"primaryKey\":null", line, StringComparison.Ordinal));
        Assert.All(await ReadAsync(hub, null, withKeys: true), line => Assert.DoesNotContain("\"primaryKey\":null", line, StringComparison.Ordinal));
    }

    private static ReadOnlyMemory<byte> Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static async Task<RegistryWriteResult> ApplyAsync(TestHub hub, params string[] lines)
    {
        var result = await hub.Hub.Lines.ApplyAsync([.. lines.Select(Utf8)], Cancellation);
        Assert.Null(result.Error);
        return result.Value!; // It has no error.
    }

    private static async Task<List<string>> ReadAsync(TestHub hub, IReadOnlyList<string>? ids, bool withKeys = false)
    {
        var lines = new List<string>();
        await foreach (var line in hub.Hub.Lines.ReadAsync(withKeys, ids, Cancellation))
        {
            lines.Add(Encoding.UTF8.GetString(line.Span).TrimEnd('\n'));
        }

        return lines;
    }

    private static string IdOf(string line)
    {
        using var document = JsonDocument.Parse(line);
        var id = document.RootElement.GetProperty("id").GetString()!; // Every line has one.
        return document.RootElement.TryGetProperty("moduleId", out var module) ? $"{id}/{module.GetString()}" : id;
    }
}
