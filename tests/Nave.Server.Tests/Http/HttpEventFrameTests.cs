using System.Net;
using Nave.Api;

namespace Nave.Server.Tests.Http;

public sealed class HttpEventFrameTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Fact]
    public async Task Frames_are_the_same_events_as_lines()
    {
        var cancel = TestContext.Current.CancellationToken;
        for (var i = 0; i < 5; i++)
        {
            using var created = await server.SendAsync("PUT", $"/devices/framed-{i}?api-version=2021-04-12", $$"""{"deviceId":"framed-{{i}}"}""");
            using var sent = await server.SendAsync(
                "POST", $"/devices/framed-{i}/messages/events?api-version=2021-04-12", $$"""{"n":{{i}}}""", headers: ("iothub-app-n", $"{i}"));
            Assert.Equal(HttpStatusCode.NoContent, sent.StatusCode);
        }

        using var lines = await server.SendAsync("GET", "/nave/events?from=earliest&untilEnd=true");
        var expected = (await lines.Content.ReadAsStringAsync(cancel)).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => EventJson.Parse(System.Text.Encoding.UTF8.GetBytes(line))).Where(line => line.Source == "Telemetry").ToList();
        using var response = await server.SendAsync("GET", "/nave/events?from=earliest&untilEnd=true", headers: ("Accept", EventFrame.MediaType));
        Assert.Equal(EventFrame.MediaType, response.Content.Headers.ContentType?.MediaType);
        ReadOnlyMemory<byte> rest = await response.Content.ReadAsByteArrayAsync(cancel);
        var frames = new List<EventFrame>();
        while (EventFrame.TryRead(rest, out var frame, out var length))
        {
            frames.Add(frame);
            rest = rest[length..];
        }

        Assert.Equal(0, rest.Length);
        frames = frames.FindAll(frame => frame.Source == 1);
        Assert.Equal(5, expected.Count);
        Assert.Equal(
            expected.Select(line => (line.Partition, line.SequenceNumber, line.Offset, line.DeviceId, line.Properties["n"], line.EnqueuedTime.ToUnixTimeMilliseconds())),
            frames.Select(frame => (
                frame.Partition, frame.SequenceNumber, frame.Offset.ToString(System.Globalization.CultureInfo.InvariantCulture), frame.Device.DeviceId,
                frame.Properties["n"], frame.EnqueuedMilliseconds)));
        Assert.All(expected.Zip(frames), pair => Assert.True(pair.First.Body.Span.SequenceEqual(pair.Second.Body.Span)));
    }

    [Fact]
    public async Task Frames_of_one_device_are_not_offered()
    {
        using var response = await server.SendAsync("GET", "/nave/events?deviceId=d", headers: ("Accept", EventFrame.MediaType));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }
}
