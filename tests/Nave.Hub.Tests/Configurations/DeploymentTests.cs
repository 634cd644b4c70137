using Nave.Api;
using static Nave.Hub.Tests.Configurations.ConfigurationFixture;

namespace Nave.Hub.Tests.Configurations;

public sealed class DeploymentTests
{
    private static readonly IdentityId s_agent = new("edge", "$edgeAgent");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Modules_are_made_with_a_deployment_and_removed_by_the_next()
    {
        await using var test = await OpenAsync();
        await test.CreateAsync("edge", "manual");
        await test.AddAsync(Base("one", "sensor", priority: 1));
        Assert.Equal("$edgeAgent $edgeHub manual sensor", await ModulesAsync(test));
        Assert.Equal("""{"modules":{"sensor":{"image":"one"}},"schemaVersion":"1.1"}""", await test.DesiredAsync(s_agent));
        Assert.Equal("""{"interval":1}""", await test.DesiredAsync(new("edge", "sensor")));
        Assert.Equal(("one=Applied", "one=Applied", "one=Applied"),
            (await test.StatusesAsync(new("edge")), await test.StatusesAsync(s_agent), await test.StatusesAsync(new("edge", "sensor"))));

        // A stronger one takes over, whole.
        await test.AddAsync(Base("two", "camera", priority: 2));
        Assert.Equal("$edgeAgent $edgeHub camera manual", await ModulesAsync(test));
        Assert.Equal("""{"modules":{"camera":{"image":"two"}},"schemaVersion":"1.1"}""", await test.DesiredAsync(s_agent));
        Assert.Equal("one=Targeted two=Applied", await test.StatusesAsync(new("edge")));
        await test.RemoveAsync("two");
        Assert.Equal("$edgeAgent $edgeHub manual sensor", await ModulesAsync(test));
    }

    [Fact]
    public async Task A_device_that_no_deployment_follows_keeps_what_it_runs()
    {
        await using var test = await OpenAsync();
        await test.AddAsync(Base("one", "sensor", priority: 1));
        var desired = await test.DesiredAsync(s_agent);
        await test.RemoveAsync("one");
        Assert.Equal("$edgeAgent $edgeHub sensor", await ModulesAsync(test));
        Assert.Equal(desired, await test.DesiredAsync(s_agent));
        Assert.Equal(("", "", ""), (await test.StatusesAsync(new("edge")), await test.StatusesAsync(s_agent), await test.StatusesAsync(new("edge", "sensor"))));
    }

    [Fact]
    public async Task Layers_add_to_a_base_that_is_weaker_and_to_nothing_else()
    {
        await using var test = await OpenAsync();
        await test.AddAsync(Layer("layer", priority: 5));
        Assert.Equal("$edgeAgent $edgeHub", await ModulesAsync(test));
        Assert.Equal("layer=Targeted", await test.StatusesAsync(new("edge")));

        await test.AddAsync(Base("one", "sensor", priority: 1));
        Assert.Equal("$edgeAgent $edgeHub extra sensor", await ModulesAsync(test));
        Assert.Equal("""{"modules":{"sensor":{"image":"one"},"extra":{"image":"layer"}},"schemaVersion":"1.1"}""", await test.DesiredAsync(s_agent));
        Assert.Equal("layer=Applied one=Applied", await test.StatusesAsync(new("edge")));

        await test.AddAsync(Layer("weak", priority: 0));
        Assert.Equal("layer=Applied one=Applied weak=Targeted", await test.StatusesAsync(new("edge")));
        await test.RemoveAsync("layer");
        Assert.Equal("$edgeAgent $edgeHub sensor", await ModulesAsync(test));
    }

    [Fact]
    public async Task Only_edge_devices_are_targeted_and_what_the_agent_reports_is_counted()
    {
        await using var test = await OpenAsync();
        await test.CreateAsync("plain");
        await test.AddAsync(Base("one", "sensor", priority: 1));
        var version = (await test.TwinAsync(s_agent)).GetProperty("properties").GetProperty("desired").GetProperty("$version").GetInt64();
        await ReportAsync(test, version, 200);
        Assert.Equal("1 1 1 0", await CountsAsync(test));
        await ReportAsync(test, version, 500);
        Assert.Equal("1 1 0 1", await CountsAsync(test));
        await ReportAsync(test, version - 1, 200);
        Assert.Equal("1 1 0 0", await CountsAsync(test));
    }

    [Fact]
    public async Task A_device_that_becomes_an_edge_device_gets_its_deployment()
    {
        await using var test = await TestHub.OpenAsync();
        await test.AddAsync(Base("one", "sensor", priority: 1));
        var device = await test.CreateAsync("edge");
        Assert.Null((await test.Hub.Registry.UpdateAsync(device with { Capabilities = new DeviceCapabilities { IotEdge = true } }, "*", Token)).Error);
        await test.SettleAsync();
        Assert.Equal("$edgeAgent $edgeHub sensor", await ModulesAsync(test));
    }

    [Fact]
    public async Task Content_is_applied_to_one_device_once()
    {
        await using var test = await OpenAsync();
        await test.CreateAsync("plain");
        var content = Base("any", "sensor", priority: 0).Content!;
        await test.ApplyAsync("edge", content);
        Assert.Equal("$edgeAgent $edgeHub sensor", await ModulesAsync(test));
        Assert.Equal("""{"interval":1}""", await test.DesiredAsync(new("edge", "sensor")));

        // The next says all that the agent is to run: what it does not name goes.
        await test.ApplyAsync("edge", Base("any", "camera", priority: 0).Content!);
        Assert.Equal("$edgeAgent $edgeHub camera", await ModulesAsync(test));
        Assert.Equal("""{"modules":{"camera":{"image":"any"}},"schemaVersion":"1.1"}""", await test.DesiredAsync(s_agent));
        Assert.Equal("", await test.StatusesAsync(s_agent));

        await test.ApplyAsync("plain", Device(("properties.desired.x", "1")));
        Assert.Equal("""{"x":1}""", await test.DesiredAsync(new("plain")));
        Assert.Equal(HubErrorCode.InvalidConfigurationContent, (await test.Hub.Configurations.ApplyContentAsync("plain", content, Token)).Error!.Code);
        Assert.Equal(HubErrorCode.DeviceNotFound, (await test.Hub.Configurations.ApplyContentAsync("nobody", content, Token)).Error!.Code);
    }

    private static async Task<TestHub> OpenAsync()
    {
        var test = await TestHub.OpenAsync();
        Assert.Null((await test.Hub.Registry.CreateAsync(
            new DeviceIdentity { DeviceId = "edge", Capabilities = new DeviceCapabilities { IotEdge = true } }, Token)).Error);
        return test;
    }

    private static Configuration Base(string id, string module, int priority) => new()
    {
        Id = id,
        TargetCondition = "*",
        Priority = priority,
        Content = new ConfigurationContent
        {
            ModulesContent = new Dictionary<string, IReadOnlyDictionary<string, RawJson>>
            {
                ["$edgeAgent"] = Map(("properties.desired", $$$"""{"modules":{"{{{module}}}":{"image":"{{{id}}}"}},"schemaVersion":"1.1"}""")),
                ["$edgeHub"] = Map(("properties.desired", """{"schemaVersion":"1.1"}""")),
                [module] = Map(("properties.desired", """{"interval":1}""")),
            },
        },
    };

    private static Configuration Layer(string id, int priority) => new()
    {
        Id = id,
        TargetCondition = "*",
        Priority = priority,
        Content = new ConfigurationContent
        {
            ModulesContent = new Dictionary<string, IReadOnlyDictionary<string, RawJson>>
            {
                ["$edgeAgent"] = Map(("properties.desired.modules.extra", $$"""{"image":"{{id}}"}""")),
            },
        },
    };

    private static async Task<string> ModulesAsync(TestHub test) => string.Join(
        ' ', (await test.Hub.Registry.ListModulesAsync("edge", Token)).Value!.Select(module => module.ModuleId));

    private static async Task ReportAsync(TestHub test, long version, int code) => Assert.Null((await test.Hub.Twins.PatchReportedAsync(
        s_agent, RawJson.Parse($$$"""{"lastDesiredVersion":{{{version}}},"lastDesiredStatus":{"code":{{{code}}}}}""").Utf8, null, Token)).Error);

    // Changed first, so that nothing old is told.
    private static async Task<string> CountsAsync(TestHub test)
    {
        var results = (await test.Hub.Configurations.PutAsync(await test.ShowAsync("one"), "*", Token)).Value!.SystemMetrics!.Results!;
        await test.SettleAsync();
        return $"{results["targetedCount"]} {results["appliedCount"]} {results["reportedSuccessfulCount"]} {results["reportedFailedCount"]}";
    }
}
