using Microsoft.Extensions.Logging.Abstractions;
using Nave.Fleet.Sync.Configuration;
using Nave.Fleet.Sync.Hosting;
using Nave.Fleet.Sync.Providers;
using Nave.Testing;

namespace Nave.Fleet.Tests.Sync.Serving;

/// <summary>What a start refuses.</summary>
public sealed class SyncListenerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("http://localhost:0", "", null)]
    [InlineData("http://127.0.0.1:0", "", null)]
    [InlineData("http://[::1]:0", "", null)]
    [InlineData("http://0.0.0.0:0", "serve: {behindProxy: true}", null)]
    [InlineData("http://0.0.0.0:0", "", "behindProxy")]
    [InlineData("http://192.0.2.1:0", "", "behindProxy")]
    [InlineData("https://0.0.0.0:0", "", "serve.certificate")]
    [InlineData("http://example.com:80", "", "example.com")]
    public void Plain_http_is_for_this_machine_or_behind_a_proxy_and_https_needs_a_certificate(string listen, string section, string? problem)
    {
        var problems = new List<string>();
        SyncListener.Of(Read($"listen: {listen}\n{section}\n"), problems);
        if (problem is null)
        {
            Assert.Empty(problems);
        }
        else
        {
            Assert.Contains(problem, Assert.Single(problems), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task All_problems_of_a_start_are_told_at_once_and_nothing_is_left_open()
    {
        var configuration = Read("listen: http://0.0.0.0:0\nschedule: 'x y'\n");
        var problem = await Assert.ThrowsAsync<SyncServerException>(() => SyncServer.StartAsync(
            configuration, new SyncServerOptions(), TimeProvider.System, NullLoggerFactory.Instance, TestContext.Current.CancellationToken));
        Assert.Equal(2, problem.Problems.Count);
        Assert.False(Directory.Exists(configuration.StoreFolder));
    }

    [Fact]
    public void A_webhook_without_a_secret_is_refused()
    {
        var problem = Assert.Throws<SyncConfigurationException>(() => Read("webhooks: {enabled: true}\n"));
        Assert.Contains("never anonymous", problem.Message, StringComparison.Ordinal);
    }

    private SyncConfiguration Read(string sections) => SyncConfigurationReader.Parse(
        $"hub: {{connectionString: 'HostName=h.test;SharedAccessKeyName=owner;SharedAccessKey=AAAA'}}\nprovider: {{name: file, path: x.csv}}\n{sections}",
        "f",
        _folder.Path,
        SyncEnvironment.Of(new Dictionary<string, string>()),
        ProviderCatalog.Default);
}
