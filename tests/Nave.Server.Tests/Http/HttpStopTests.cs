using System.Net;

namespace Nave.Server.Tests.Http;

/// <summary>What requests that would not end see when the server stops.</summary>
public sealed class HttpStopTests
{
    [Fact]
    public async Task A_reader_that_follows_sees_the_end_of_the_stream_when_the_server_stops()
    {
        await using var server = new RunningServer();
        await server.InitializeAsync();
        using var response = await server.SendAsync("GET", "/nave/events?from=latest");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        var rest = reader.ReadToEndAsync(TestContext.Current.CancellationToken);
        await server.Server.StopAsync();

        // A connection that the server cut off when its time to stop was over would throw here.
        Assert.Empty(await rest);
    }
}
