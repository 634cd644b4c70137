using System.Text.Json;
using Nave.Api;
using Nave.Hub.Connections;
using Nave.Hub.Twins;
using Nave.Testing;
using static Nave.Hub.Tests.Configurations.ConfigurationFixture;

namespace Nave.Hub.Tests.Configurations;

public sealed class ConfigurationTests
{
    private static readonly IdentityId s_device = new("d");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Settings_reach_devices_as_they_match_and_leave_them_as_they_cease_to()
    {
        await using var test = await TestHub.OpenAsync();
        await test.CreateAsync("d");
        await test.PatchAsync(s_device, """{"properties":{"desired":{"own":1}}}""");
        await test.AddAsync(Of("berlin", "tags.site = 'berlin'", Device(("properties.desired.water", """{"t":66,"p":28}"""), ("properties.desired.air.on", "true"))));
        Assert.Equal("""{"own":1}""", await test.DesiredAsync(s_device));

        await test.PatchAsync(s_device, """{"tags":{"site":"berlin"}}""");
        Assert.Equal("""{"air":{"on":true},"own":1,"water":{"t":66,"p":28}}""", await test.DesiredAsync(s_device));
        Assert.Equal("berlin=Applied", await test.StatusesAsync(s_device));

        await test.CreateAsync("later");
        await test.PatchAsync(new("later"), """{"tags":{"site":"berlin"}}""");
        Assert.Equal((2L, 2L), Counts(await test.ShowAsync("berlin")));

        await test.PatchAsync(s_device, """{"tags":{"site":"rome"}}""");
        Assert.Equal("""{"own":1}""", await test.DesiredAsync(s_device));
        Assert.Equal("", await test.StatusesAsync(s_device));
    }

    [Fact]
    public async Task Metadata_names_the_configuration_that_wrote_a_value()
    {
        await using var test = await TestHub.OpenAsync();
        await test.CreateAsync("d");
        await test.AddAsync(Of("c1", "*", Device(("properties.desired.a", """{"b":1}"""))));

        var metadata = (await test.TwinAsync(s_device)).GetProperty("properties").GetProperty("desired").GetProperty("$metadata");
        foreach (var node in (JsonElement[])[metadata, metadata.GetProperty("a"), metadata.GetProperty("a").GetProperty("b")])
        {
            Assert.Equal("c1", node.GetProperty("$lastUpdatedBy").GetString());
            Assert.True(ulong.TryParse(node.GetProperty("$lastUpdatedByDigest").GetString(), out _));
        }

        // Who writes over it takes its place, until the configuration has it back.
        var before = await test.TwinAsync(s_device);
        await test.PatchAsync(s_device, """{"properties":{"desired":{"a":{"b":2},"mine":1}}}""");
        Assert.Equal("""{"a":{"b":1},"mine":1}""", await test.DesiredAsync(s_device));
        Assert.False((await test.TwinAsync(s_device)).GetProperty("properties").GetProperty("desired").GetProperty("$metadata").GetProperty("mine").TryGetProperty("$lastUpdatedBy", out _));
        Assert.Equal(before.GetProperty("version").GetInt64() + 2, (await test.TwinAsync(s_device)).GetProperty("version").GetInt64());
    }

    [Fact]
    public async Task The_higher_priority_wins_and_of_equals_the_one_that_was_made_later()
    {
        var time = new ManualClock();
        await using var test = await TestHub.OpenAsync(time);
        await test.CreateAsync("d");
        await test.AddAsync(Of("low", "*", Device(("properties.desired.x", "1"), ("properties.desired.only", "1")), priority: 1));
        time.Advance(TimeSpan.FromSeconds(1));
        await test.AddAsync(Of("high", "*", Device(("properties.desired.x", "2")), priority: 5));
        time.Advance(TimeSpan.FromSeconds(1));
        await test.AddAsync(Of("beaten", "*", Device(("properties.desired.x", "3")), priority: 2));
        Assert.Equal("""{"only":1,"x":2}""", await test.DesiredAsync(s_device));
        Assert.Equal("beaten=Targeted high=Applied low=Applied", await test.StatusesAsync(s_device));
        Assert.Equal((1L, 0L), Counts(await test.ShowAsync("beaten")));

        time.Advance(TimeSpan.FromSeconds(1));
        await test.AddAsync(Of("equal", "*", Device(("properties.desired.x", "4")), priority: 5));
        Assert.Equal("""{"only":1,"x":4}""", await test.DesiredAsync(s_device));

        // The next in rank takes over.
        await test.RemoveAsync("equal");
        await test.RemoveAsync("high");
        Assert.Equal("""{"only":1,"x":3}""", await test.DesiredAsync(s_device));
        await test.RemoveAsync("beaten");
        await test.RemoveAsync("low");
        Assert.Equal("{}", await test.DesiredAsync(s_device));
        Assert.Equal("", await test.StatusesAsync(s_device));
    }

    [Fact]
    public async Task A_section_that_a_configuration_sets_is_its_own_and_a_stronger_one_refines_it()
    {
        await using var test = await TestHub.OpenAsync();
        await test.CreateAsync("d");
        await test.PatchAsync(s_device, """{"properties":{"desired":{"s":{"user":1},"t":{"user":1}}}}""");
        await test.AddAsync(Of("base", "*", Device(("properties.desired.s", """{"a":1,"b":1}"""), ("properties.desired.t.a", "1")), priority: 1));
        Assert.Equal("""{"s":{"a":1,"b":1},"t":{"user":1,"a":1}}""", await test.DesiredAsync(s_device));

        await test.AddAsync(Of("fine", "*", Device(("properties.desired.s.b", "2")), priority: 2));
        Assert.Equal("""{"s":{"a":1,"b":2},"t":{"user":1,"a":1}}""", await test.DesiredAsync(s_device));
        await test.RemoveAsync("base");
        Assert.Equal("""{"s":{"b":2},"t":{"user":1}}""", await test.DesiredAsync(s_device));
        await test.RemoveAsync("fine");
        Assert.Equal("""{"t":{"user":1}}""", await test.DesiredAsync(s_device));
    }

    [Fact]
    public async Task A_changed_condition_moves_settings_from_some_devices_to_others()
    {
        await using var test = await TestHub.OpenAsync();
        foreach (var site in (string[])["a", "b"])
        {
            await test.CreateAsync(site);
            await test.PatchAsync(new(site), $$$"""{"tags":{"site":"{{{site}}}"}}""");
        }

        var created = await test.AddAsync(Of("c", "tags.site = 'a'", Device(("properties.desired.x", "1"))));
        Assert.Equal(("""{"x":1}""", "{}"), (await test.DesiredAsync(new("a")), await test.DesiredAsync(new("b"))));

        var updated = await test.Hub.Configurations.PutAsync(created with { TargetCondition = "tags.site = 'b'" }, created.ETag, Token);
        Assert.Equal(("MQ==", "Mg=="), (created.ETag, updated.Value!.ETag));
        await test.SettleAsync();
        Assert.Equal(("{}", """{"x":1}"""), (await test.DesiredAsync(new("a")), await test.DesiredAsync(new("b"))));
    }

    [Fact]
    public async Task Reported_properties_and_the_status_of_a_device_can_be_in_a_condition()
    {
        await using var test = await TestHub.OpenAsync();
        var device = await test.CreateAsync("d");
        await test.AddAsync(Of("old", "properties.reported.firmware < 3", Device(("properties.desired.update", "true"))));
        await test.AddAsync(Of("off", "status = 'disabled'", Device(("properties.desired.off", "true"))));
        Assert.Equal("{}", await test.DesiredAsync(s_device));
        Assert.Null((await test.Hub.Twins.PatchReportedAsync(s_device, """{"firmware":2}"""u8.ToArray(), null, Token)).Error);
        await test.SettleAsync();
        Assert.Equal("""{"update":true}""", await test.DesiredAsync(s_device));
        Assert.Null((await test.Hub.Twins.PatchReportedAsync(s_device, """{"firmware":3}"""u8.ToArray(), null, Token)).Error);
        await test.SettleAsync();
        Assert.Equal("{}", await test.DesiredAsync(s_device));

        Assert.Null((await test.Hub.Registry.UpdateAsync(device with { Status = DeviceStatus.Disabled }, "*", Token)).Error);
        await test.SettleAsync();
        Assert.Equal("""{"off":true}""", await test.DesiredAsync(s_device));
    }

    [Fact]
    public async Task Modules_have_configurations_of_their_own()
    {
        await using var test = await TestHub.OpenAsync();
        await test.CreateAsync("d");
        await test.CreateAsync("d", "m");
        await test.CreateAsync("d", "n");
        await test.AddAsync(new Configuration
        {
            Id = "modules",
            TargetCondition = "FROM devices.modules WHERE moduleId = 'm'",
            Content = new ConfigurationContent { ModuleContent = Map(("properties.desired.x", "1")) },
        });
        Assert.Equal(("""{"x":1}""", "{}", "{}"), (await test.DesiredAsync(new("d", "m")), await test.DesiredAsync(new("d", "n")), await test.DesiredAsync(s_device)));
        Assert.Equal((1L, 1L), Counts(await test.ShowAsync("modules")));
    }

    [Fact]
    public async Task Queries_find_twins_by_the_status_of_a_configuration()
    {
        await using var test = await TestHub.OpenAsync();
        foreach (var id in (string[])["a", "b", "c"])
        {
            await test.CreateAsync(id);
        }

        await test.AddAsync(Of("some.1", "deviceId IN ['a', 'c']", Device(("properties.desired.x", "1"))));
        await test.AddAsync(Of("plain", "deviceId = 'b'", Device(("properties.desired.x", "1"))));
        Assert.Equal(["a", "c"], await FindAsync(test, "configurations.[[some.1]].status = 'Applied'"));
        Assert.Equal(["b"], await FindAsync(test, "configurations.plain.status = 'Applied'"));
        Assert.Equal((2L, 2L), Counts(await test.ShowAsync("some.1")));
        await test.RemoveAsync("some.1");
        Assert.Empty(await FindAsync(test, "configurations.[[some.1]].status = 'Applied'"));
        Assert.Equal("{}", await test.DesiredAsync(new("a")));
    }

    [Fact]
    public async Task Custom_metrics_count_the_rows_of_their_queries()
    {
        await using var test = await TestHub.OpenAsync();
        await test.CreateAsync("d");
        await test.CreateAsync("e");
        await test.AddAsync(Of("c", "*", Device(("properties.desired.x", "1"))) with
        {
            Metrics = new ConfigurationMetrics
            {
                Queries = new Dictionary<string, string>
                {
                    ["done"] = "SELECT deviceId FROM devices WHERE configurations.[[c]].status = 'Applied' AND properties.reported.done = true",
                    ["all"] = "SELECT COUNT() AS n FROM devices",
                },
            },
        });
        Assert.Null((await test.Hub.Twins.PatchReportedAsync(s_device, """{"done":true}"""u8.ToArray(), null, Token)).Error);
        var shown = (await test.Hub.Configurations.PutAsync(await test.ShowAsync("c"), "*", Token)).Value!;
        Assert.Equal((1L, 2L), (shown.Metrics!.Results!["done"], shown.Metrics.Results["all"]));
        Assert.Equal("select deviceId from devices", shown.SystemMetrics!.Queries!["targetedCount"]);
        Assert.Equal("select deviceId from devices where configurations.[[c]].status = 'Applied'", shown.SystemMetrics.Queries["appliedCount"]);
    }

    [Fact]
    public async Task A_twin_that_cannot_hold_the_settings_shows_them_as_targeted_only()
    {
        await using var test = await TestHub.OpenAsync();
        await test.CreateAsync("d");
        var large = "{" + string.Join(',', Enumerable.Range(0, 7).Select(i => $"\"k{i}\":\"{new string('x', 4000)}\"")) + "}";
        await test.PatchAsync(s_device, "{\"properties\":{\"desired\":{\"own\":" + large + "}}}");
        await test.AddAsync(Of("c", "*", Device(("properties.desired.more", large))));
        Assert.Equal("c=Targeted", await test.StatusesAsync(s_device));
        await test.PatchAsync(s_device, """{"properties":{"desired":{"own":null}}}""");
        Assert.Equal("c=Applied", await test.StatusesAsync(s_device));
    }

    [Theory]
    [InlineData("tags.x =", 400401)]
    [InlineData("properties.desired.x = 1", 400401)]
    [InlineData("connectionState = 'Connected'", 400401)]
    [InlineData("configurations.other.status = 'Applied'", 400401)]
    [InlineData("FROM devices.modules", 400401)]
    [InlineData("FROM devices.jobs", 400401)]
    public async Task A_wrong_condition_is_refused(string condition, int code)
    {
        await using var test = await TestHub.OpenAsync();
        var refused = await test.Hub.Configurations.PutAsync(Of("c", condition, Device(("properties.desired.x", "1"))), null, Token);
        Assert.Equal((HubErrorCode)code, refused.Error!.Code);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"deviceContent":{"properties.reported.x":1}}""")]
    [InlineData("""{"deviceContent":{"tags.x":1}}""")]
    [InlineData("""{"deviceContent":{"properties.desired.":1}}""")]
    [InlineData("""{"deviceContent":{"properties.desired.x":null}}""")]
    [InlineData("""{"deviceContent":{"properties.desired":7}}""")]
    [InlineData("""{"deviceContent":{"properties.desired.x":{"a.b":1}}}""")]
    [InlineData("""{"deviceContent":{"properties.desired.x":1},"moduleContent":{"properties.desired.x":1}}""")]
    [InlineData("""{"modulesContent":{"a/b":{"properties.desired.x":1}}}""")]
    public async Task Wrong_content_is_refused(string content)
    {
        await using var test = await TestHub.OpenAsync();
        Assert.True(ApiJson.TryRead(System.Text.Encoding.UTF8.GetBytes(content), ApiJson.Default.ConfigurationContent, out var parsed, out _));
        var refused = await test.Hub.Configurations.PutAsync(Of("c", "*", parsed!), null, Token);
        Assert.Equal(HubErrorCode.InvalidConfigurationContent, refused.Error!.Code);
    }

    [Fact]
    public async Task Content_cannot_be_changed_and_etags_and_the_number_of_configurations_are_kept()
    {
        await using var test = await TestHub.OpenAsync();
        var service = test.Hub.Configurations;
        var one = await test.AddAsync(Of("c", "*", Device(("properties.desired.x", "1"))));
        Assert.Equal(HubErrorCode.CannotModifyImmutableConfigurationContent, await CodeAsync(one with { Content = Device(("properties.desired.x", "2")) }, "*"));
        Assert.Equal(HubErrorCode.ConfigurationAlreadyExists, await CodeAsync(one, null));
        Assert.Equal(HubErrorCode.PreconditionFailed, await CodeAsync(one, "abc"));
        Assert.Equal(HubErrorCode.ConfigurationNotFound, await CodeAsync(one with { Id = "other" }, "*"));
        Assert.Equal(HubErrorCode.PreconditionFailed, (await service.DeleteAsync("c", "abc", Token)).Error!.Code);
        Assert.Equal(HubErrorCode.ConfigurationNotFound, (await service.DeleteAsync("other", null, Token)).Error!.Code);
        Assert.Equal(HubErrorCode.InvalidConfigurationCustomMetricsQuery, await CodeAsync(
            one with { Metrics = new ConfigurationMetrics { Queries = new Dictionary<string, string> { ["q"] = "SELECT" } } }, "*"));

        for (var i = 1; i < 100; i++)
        {
            Assert.Null((await service.PutAsync(Of($"c{i}", "", Device(("properties.desired.x", "1"))), null, Token)).Error);
        }

        Assert.Equal(HubErrorCode.ConfigurationCountLimitExceeded, await CodeAsync(one with { Id = "more" }, null));
        Assert.Equal(20, (await service.ListAsync(20, Token)).Value!.Count);

        async Task<HubErrorCode?> CodeAsync(Configuration configuration, string? ifMatch) =>
            (await service.PutAsync(configuration, ifMatch, Token)).Error?.Code;
    }

    [Fact]
    public async Task Queries_are_tried_without_an_effect()
    {
        await using var test = await TestHub.OpenAsync();
        var tested = test.Hub.Configurations.TestQueries(new ConfigurationQueriesTestInput
        {
            TargetCondition = "tags.x = ",
            CustomMetricQueries = new Dictionary<string, string> { ["good"] = "SELECT deviceId FROM devices", ["bad"] = "SELECT FROM" },
        }).Value!;
        Assert.NotEmpty(tested.TargetConditionError);
        Assert.Equal(["bad"], tested.CustomMetricQueryErrors.Keys);
        Assert.Empty(test.Hub.Configurations.TestQueries(new ConfigurationQueriesTestInput { TargetCondition = "*" }).Value!.TargetConditionError);
    }

    [Fact]
    public async Task What_a_stop_left_undone_is_done_after_the_start()
    {
        await using var test = await TestHub.OpenAsync();
        for (var i = 0; i < 300; i++)
        {
            await test.CreateAsync($"d{i}");
        }

        // Stopped at once: some devices have it, some not.
        Assert.Null((await test.Hub.Configurations.PutAsync(Of("c", "*", Device(("properties.desired.x", "1"))), null, Token)).Error);
        await test.RestartAsync();
        await test.SettleAsync();
        Assert.Equal((300L, 300L), Counts(await test.ShowAsync("c")));

        Assert.Null((await test.Hub.Configurations.DeleteAsync("c", null, Token)).Error);
        await test.RestartAsync();
        await test.SettleAsync();
        Assert.Equal(300, (await FindAsync(test, "NOT IS_DEFINED(properties.desired.x) AND NOT IS_DEFINED(configurations)")).Count);
    }

    [Fact]
    public async Task Lines_of_an_export_are_applied_again_by_an_import()
    {
        await using var test = await TestHub.OpenAsync();
        await test.AddAsync(Of("c", "tags.x = 1", Device(("properties.desired.x", "1")), priority: 3) with
        {
            Labels = new Dictionary<string, string> { ["l"] = "v" },
            Metrics = new ConfigurationMetrics { Queries = new Dictionary<string, string> { ["q"] = "SELECT deviceId FROM devices" } },
        });
        var line = Assert.Single(test.Hub.Configurations.Export());
        Assert.True(ApiJson.TryRead(line.Span, ApiJson.Default.ExportImportConfiguration, out var parsed, out _));

        await test.RemoveAsync("c");
        Assert.Null(await test.Hub.Configurations.ImportAsync(parsed!, static _ => { }, Token));
        Assert.Equal(line.ToArray(), Assert.Single(test.Hub.Configurations.Export()).ToArray());

        // Its content may be replaced; its etag is looked at when the mode says so.
        Assert.Null(await test.Hub.Configurations.ImportAsync(parsed! with { Content = Device(("properties.desired.x", "2")) }, static _ => { }, Token));
        Assert.Equal(HubErrorCode.PreconditionFailed, (await test.Hub.Configurations.ImportAsync(parsed! with { Priority = 9, ImportMode = ImportMode.CreateOrUpdateIfMatchETag }, static _ => { }, Token))!.Code);
        Assert.Equal(HubErrorCode.ConfigurationAlreadyExists, (await test.Hub.Configurations.ImportAsync(parsed! with { ImportMode = ImportMode.Create }, static _ => { }, Token))!.Code);
        Assert.Null(await test.Hub.Configurations.ImportAsync(parsed! with { ImportMode = ImportMode.Delete }, static _ => { }, Token));
        Assert.Empty(test.Hub.Configurations.Export());
        Assert.Equal(HubErrorCode.ConfigurationNotFound, (await test.Hub.Configurations.ImportAsync(parsed! with { ImportMode = ImportMode.Update }, static _ => { }, Token))!.Code);
    }

    [Fact]
    public async Task Settings_are_pushed_to_a_device_that_is_connected()
    {
        await using var test = await TestHub.OpenAsync();
        var (session, link) = await test.ConnectAsync(await test.CreateAsync("d"));
        session.Enable(DeviceFeatures.DesiredProperties);
        await test.AddAsync(Of("c", "*", Device(("properties.desired.x", "1"))));
        Assert.Equal("""{"x":1,"$version":2}""", System.Text.Encoding.UTF8.GetString(Assert.Single(link.DesiredChanges).Span));
    }

    [Fact]
    public void Metadata_with_writers_survives_encoding_and_damage_is_told()
    {
        var root = TwinJson.Parse("""{"a":{"b":1},"c":2}"""u8.ToArray());
        root.UpdatedTicks = 1000;
        root.Children[0]!.Writer = new TwinWriter("one", "123", IsDeployment: false);
        root.Children[1]!.Writer = new TwinWriter("two", "456", IsDeployment: true);
        var section = StoredSection.From(root, 3);
        var read = section.ToTree();
        Assert.Equal(root.Children[0]!.Writer, read.Children[0]!.Writer);
        Assert.Null(read.Children[0]!.Children[0]!.Writer);
        Assert.Equal(root.Children[1]!.Writer, read.Children[1]!.Writer);
        for (var length = 0; length < section.Metadata.Length; length++)
        {
            Assert.Throws<InvalidDataException>(() => (section with { Metadata = section.Metadata[..length] }).ToTree());
        }
    }

    private static (long Targeted, long Applied) Counts(Configuration configuration) =>
        (configuration.SystemMetrics!.Results!["targetedCount"], configuration.SystemMetrics.Results["appliedCount"]);

    private static async Task<List<string?>> FindAsync(TestHub test, string condition)
    {
        var page = await test.Hub.Queries.RunAsync($"SELECT deviceId FROM devices WHERE {condition}", 1000, null, Token);
        Assert.Null(page.Error);
        return [.. page.Value!.Items.Select(item => JsonDocument.Parse(item).RootElement.GetProperty("deviceId").GetString())];
    }
}
