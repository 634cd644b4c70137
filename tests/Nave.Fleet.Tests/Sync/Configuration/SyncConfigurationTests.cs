using Nave.Fleet.Sync.Configuration;
using Nave.Fleet.Sync.Providers;
using Nave.Fleet.Tests.Sync.Support;

namespace Nave.Fleet.Tests.Sync.Configuration;

public sealed class SyncConfigurationTests
{
    private const string Connection = "HostName=h.example;SharedAccessKeyName=p;SharedAccessKey=MDEyMzQ1Njc4OWFiY2RlZg==";

    [Fact]
    public void A_file_with_everything_is_read()
    {
        var read = Parse(
            """
            name: lora
            hub: { connectionString: "${HUB}", endpoint: "localhost:8443", ca: ca.pem, jobContainer: "https://acc.blob.core.windows.net/jobs?sig=x" }
            hubs: { second: { connectionString: "${HUB}" } }
            provider: { name: Memory, url: "https://${HOST}/api", secret: "${SECRET}" }
            master: both
            fields: { site: hub, name: external }
            schedule: "0 */15 * * * *"
            guards: { maxDeletePercent: 2.5, confirmDeletes: false }
            devicesChangeJobThreshold: 0
            retry:
              twinCheck: { interval: 10s, maxInterval: 2m, maxCount: 7, timeout: 1h }
              importJob: { interval: 10s, attempts: 3 }
            facade: { softDelete: true, keys: [{ name: lns, key: 0123456789abcdef, hubs: [second] }] }
            webhooks: { sharedSecret: [0123456789abcdef], azureAd: { tenant: t, audience: a } }
            listen: http://0.0.0.0:9000
            store: { path: state }
            """,
            ("HUB", Connection), ("HOST", "lns.example"), ("SECRET", "s3cret"));
        Assert.Equal(("lora", "memory", SyncMaster.Both), (read.Name, read.ProviderName, read.Master));
        Assert.Equal(("h.example", "localhost", 8443), (read.Hub.Connection.HostName, read.Hub.Endpoint.Host, read.Hub.Endpoint.Port));
        Assert.Equal(("/etc/ca.pem", "/etc/state"), (read.Hub.CaFile, read.StoreFolder));
        Assert.Equal("h.example", read.NamedHubs["SECOND"].Connection.HostName);
        Assert.Equal((SyncMaster.Hub, SyncMaster.External), (read.FieldOwners["site"], read.FieldOwners["name"]));
        Assert.Equal((2.5, false, 0, "0 */15 * * * *"), (read.Guards.MaxDeletePercent, read.Guards.ConfirmDeletes, read.JobThreshold, read.Schedule));
        Assert.Equal(new RetrySchedule(TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(2), 7, TimeSpan.FromHours(1)), read.Retry.TwinCheck);
        Assert.Equal(new RetrySettings().ExternalCall, read.Retry.ExternalCall);
        Assert.Equal((TimeSpan.FromSeconds(10), 3), (read.Retry.ImportJobInterval, read.Retry.ImportJobAttempts));
        Assert.True(read.Facade is { Enabled: true, UseSoftDelete: true, Keys: [{ Name: "lns", Hubs: ["second"] }] });
        Assert.True(read.Webhooks is { Enabled: true, SharedSecrets.Count: 1, AzureAdTenant: "t", AzureAdAudience: "a" });
    }

    [Fact]
    public void A_store_in_postgres_is_read_and_its_secrets_are_in_no_problem()
    {
        const string Hub = "hub: { connectionString: \"${HUB}\" }\nprovider: { name: Memory, url: \"https://h\", secret: x }\n";
        const string Database = "Host=db;Database=d;Username=u;Password=geheim";
        var read = Parse(Hub + "store: { postgres: { connectionString: \"${DB}\" } }", ("HUB", Connection), ("DB", Database));
        Assert.Equal((Database, "nave_sync"), (read.StoreDatabase!.ConnectionString, read.StoreDatabase.Schema));
        Assert.DoesNotContain("geheim", read.ToString(), StringComparison.Ordinal);

        var error = Assert.Throws<SyncConfigurationException>(() => Parse(
            Hub + "store: { postgres: { connectionString: \"${DB}\", schema: Sync-1 } }", ("HUB", Connection), ("DB", "Host=db;Password=x;geheim=1")));
        Assert.Contains("store.postgres.schema", error.Message, StringComparison.Ordinal);
        Assert.Contains("store.postgres.connectionString", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("geheim", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_environment_of_the_earlier_synchronizer_is_enough()
    {
        var read = Parse(
            null,
            ("iothub", Connection), ("iothub_North", Connection), ("externalSystemName", "MEMORY"),
            ("twinCheckIntervalInSeconds", "5"), ("twinCheckMaxIntervalInSeconds", "120"), ("twinCheckMaxRetryCount", "3"), ("twinCheckRetryTimeoutInMinutes", "60"),
            ("externalSystemDeviceCreationIntervalInSeconds", "40"), ("externalSystemCallMaxIntervalInSeconds", "700"), ("externalSystemCallMaxRetryCount", "9"),
            ("externalSystemCallRetryTimeoutInMinutes", "90"), ("retryIntervalForIoTHubImportJobInSeconds", "100"), ("retryAttemptsForIoTHubImportJob", "2"),
            ("devicesChangeJobThreshold", "50"), ("iotHubFacadeUseSoftDelete", "True"), ("useJobToExportIoTHubDevices", "true"));
        Assert.Equal("h.example", read.NamedHubs["north"].Connection.HostName);
        Assert.Equal(new RetrySchedule(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(120), 3, TimeSpan.FromHours(1)), read.Retry.TwinCheck);
        Assert.Equal(new RetrySchedule(TimeSpan.FromSeconds(40), TimeSpan.FromSeconds(700), 9, TimeSpan.FromMinutes(90)), read.Retry.ExternalCall);
        Assert.Equal((TimeSpan.FromSeconds(100), 2, 50), (read.Retry.ImportJobInterval, read.Retry.ImportJobAttempts, read.JobThreshold));
        Assert.Equal(("0 0 */1 * * *", true, SyncMaster.External), (read.Schedule, read.Facade.UseSoftDelete, read.Master));
        Assert.Contains("twinCheckIntervalInSeconds is 5; 10 is used, the least that is permitted.", read.Notes);
        Assert.Contains(read.Notes, note => note.StartsWith("useJobToExportIoTHubDevices has no effect", StringComparison.Ordinal));
        Assert.Null(Parse(null, ("iothub", Connection), ("externalSystemName", "memory"), ("ioTHubSynchronizerEnabled", "false")).Schedule);
    }

    [Fact]
    public void Defaults_are_those_of_the_earlier_synchronizer()
    {
        var read = Parse("{ provider: { name: memory } }", ("iothub", Connection));
        Assert.Equal(new RetrySchedule(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(300), 100, TimeSpan.FromMinutes(2880)), read.Retry.TwinCheck);
        Assert.Equal(new RetrySchedule(TimeSpan.FromSeconds(300), TimeSpan.FromSeconds(1800), 100, TimeSpan.FromMinutes(1440)), read.Retry.ExternalCall);
        Assert.Equal((TimeSpan.FromSeconds(300), 5, 100, 10.0), (read.Retry.ImportJobInterval, read.Retry.ImportJobAttempts, read.JobThreshold, read.Guards.MaxDeletePercent));
        Assert.Equal(("memory", null, false, false), (read.Name, read.Schedule, read.Facade.Enabled, read.Webhooks.Enabled));
    }

    [Fact]
    public void Every_problem_is_told_at_once_with_its_line_its_value_and_what_is_permitted()
    {
        var problems = ProblemsOf(
            """
            hub: { connectionString: "HostName=h;DeviceId=d;SharedAccessKey=MDEy", endpoint: "x:99999" }
            provider: { name: memory, url: nowhere, wrong: 1 }
            master: me
            guards: { maxDeletePercent: 101 }
            retry: { twinCheck: { interval: 1s } }
            webhooks: { sharedSecret: short, enabled: true }
            facade: { enabled: true }
            lease: 1
            """);
        Assert.Equal(
            [
                "sync.yaml:1: 'hub.connectionString'",
                "sync.yaml:1: 'hub.endpoint' is 'x:99999'; HOST or HOST:PORT with a port from 1 to 65535 is permitted.",
                "sync.yaml:2: 'provider.url' is 'nowhere'; an address that begins with https:// or http:// is permitted.",
                "sync.yaml:2: 'wrong' is not known in 'provider'; permitted are name, secret, url.",
                "sync.yaml:3: 'master' is 'me'; external, hub, both are permitted.",
                "sync.yaml:4: 'guards.maxDeletePercent' is '101'; a number from 0 to 100 is permitted.",
                "sync.yaml:5: 'retry.twinCheck.interval' is '1s'; a number with ms, s, m, h or d, such as 500ms or 30s, from 10s to 365d, is permitted.",
                "sync.yaml:6: 'webhooks.sharedSecret' has 5 characters; 16 or more are permitted.",
                "sync.yaml:7: 'facade.keys' is needed: the façade is never anonymous.",
                "sync.yaml:8: 'lease' is not known in the file",
            ],
            problems.Select((problem, i) => i is 0 or 9 ? problem[..problem.IndexOf(i == 0 ? " " : ";", i == 0 ? 14 : 0, StringComparison.Ordinal)] : problem));
    }

    [Fact]
    public void A_value_where_a_section_belongs_is_told_with_the_entries_that_are_permitted()
    {
        var problems = ProblemsOf("guards: 10\nstore: some/path\n");
        Assert.Contains("sync.yaml:1: 'guards' is no mapping of names to values; entries below it are permitted: confirmDeletes, maxDeletePercent.", problems);
        Assert.Contains(
            problems, problem => problem.StartsWith("sync.yaml:2: 'store' is no mapping of names to values; entries below it are permitted: ", StringComparison.Ordinal)
                && problem.Contains("path", StringComparison.Ordinal));
    }

    [Fact]
    public void What_comes_from_the_environment_is_never_quoted()
    {
        var problems = ProblemsOf(
            """
            hub: { connectionString: "${HUB}" }
            provider: { name: memory, url: "${SECRET}" }
            devicesChangeJobThreshold: ${SECRET}
            """,
            ("HUB", "HostName=h;SharedAccessKeyName=p;SharedAccessKey=SECRET!"), ("SECRET", "SECRET!"));
        Assert.Equal(3, problems.Count);
        Assert.DoesNotContain(problems, problem => problem.Contains("SECRET!", StringComparison.Ordinal));
    }

    [Fact]
    public void A_variable_that_is_not_set_is_named() => Assert.Contains(
        "sync.yaml:1: 'hub.connectionString' needs the environment variable NOWHERE, which is not set.",
        ProblemsOf("hub: { connectionString: \"${NOWHERE}\" }\nprovider: { name: memory }"));

    [Theory]
    [InlineData("")]
    [InlineData("a: [")]
    [InlineData("- a")]
    [InlineData("a: &a [*a]")]
    [InlineData("provider: { name: other }")]
    [InlineData("{provider: {name: memory}, webhooks: {enabled: true}}")]
    [InlineData("provider: x\nhub: y\nretry: []\nfacade: { keys: x }")]
    public void What_is_malformed_ends_in_problems_and_nothing_else(string yaml) => Assert.NotEmpty(ProblemsOf(yaml));

    private static IReadOnlyList<string> ProblemsOf(string? yaml, params (string Name, string Value)[] environment) =>
        Assert.Throws<SyncConfigurationException>(() => Parse(yaml, environment)).Problems;

    private static SyncConfiguration Parse(string? yaml, params (string Name, string Value)[] environment) => SyncConfigurationReader.Parse(
        yaml, yaml is null ? null : "sync.yaml", "/etc", SyncEnvironment.Of(environment.ToDictionary(e => e.Name, e => e.Value)), new ProviderCatalog(new Factory()));

    private sealed class Factory : IProviderFactory
    {
        public string Name => "memory";

        public Func<ProviderContext, IDeviceProvider> Read(ConfigurationSection settings)
        {
            _ = settings.Address("url");
            _ = settings.Text("secret");
            return _ => new MemoryRegistry();
        }
    }
}
