using Nave.Fleet.Sync.Configuration;
using Nave.Fleet.Sync.Planning;
using Nave.Fleet.Sync.State;
using Nave.Fleet.Tests.Sync.Support;

namespace Nave.Fleet.Tests.Sync.TwoMaster;

public sealed class TwoMasterTests(SyncServer server) : IClassFixture<SyncServer>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_one_side_has_the_other_has_afterwards()
    {
        await using var bench = await NewBenchAsync();
        bench.Registry.With("e", ("site", "rome"));
        await bench.CreateOnHubAsync("h", """{"site":"milan"}""");
        var (_, changes, _) = await bench.PlanAsync();
        Assert.Equal(
            [("e", PlanAction.Create, PlanSide.Hub), ("h", PlanAction.Create, PlanSide.Both)],
            changes.Select(change => (change.DeviceId, change.Action, change.Side)));
        Assert.Equal(2, (await bench.ApplyToEndAsync()).Created);
        Assert.Equal("""{"site":"rome"}""", await bench.OwnTagsAsync("e"));
        Assert.Equal("milan", bench.Registry.Devices["h"]["site"]);
    }

    [Fact]
    public async Task The_side_that_changed_a_field_is_followed()
    {
        await using var bench = await InStepAsync("""{"a":"1","b":"1","c":"1"}""");
        await bench.TagAsync("d", """{"a":"2","c":null}""");
        bench.Registry.With("d", ("a", "1"), ("b", "3"), ("c", "1"), ("n", "4"));
        var (_, changes, _) = await bench.PlanAsync();
        Assert.Equal(
            [
                "The field 'a' is '2' on the hub and '1' in the external registry; the hub changed it.",
                "The field 'b' is '1' on the hub and '3' in the external registry; the external registry changed it.",
                "The field 'c' is nothing on the hub and '1' in the external registry; the hub changed it.",
                "The field 'n' is nothing on the hub and '4' in the external registry; the external registry changed it.",
            ],
            Assert.Single(changes).Reasons);
        await bench.ApplyToEndAsync();
        Assert.Equal("""{"a":"2","b":"3","n":"4"}""", await bench.OwnTagsAsync("d"));
        Assert.Equal(["a=2", "b=3", "n=4"], FieldsOf(bench));
    }

    [Fact]
    public async Task An_owner_of_a_field_overrules_the_other_side()
    {
        await using var bench = await InStepAsync("""{"mine":"1","theirs":"1"}""");
        bench.Configuration = bench.Configuration with
        {
            FieldOwners = new Dictionary<string, SyncMaster> { ["mine"] = SyncMaster.Hub, ["theirs"] = SyncMaster.External },
        };
        await bench.TagAsync("d", """{"theirs":"2"}""");
        bench.Registry.With("d", ("mine", "2"), ("theirs", "1"));
        var (_, changes, _) = await bench.PlanAsync();
        Assert.Equal(
            [
                "The field 'mine' is '1' on the hub and '2' in the external registry; the hub owns it.",
                "The field 'theirs' is '2' on the hub and '1' in the external registry; the external registry owns it.",
            ],
            Assert.Single(changes).Reasons);
        await bench.ApplyToEndAsync();
        Assert.Equal("""{"mine":"1","theirs":"1"}""", await bench.OwnTagsAsync("d"));
        Assert.Equal(["mine=1", "theirs=1"], FieldsOf(bench));
    }

    [Theory]
    [InlineData("hub", "here")]
    [InlineData("external", "there")]
    public async Task A_field_that_both_changed_is_left_alone_until_somebody_decides(string take, string value)
    {
        await using var bench = await InStepAsync("""{"a":"1","b":"1"}""");
        await bench.TagAsync("d", """{"a":"here"}""");
        bench.Registry.With("d", ("a", "there"), ("b", "2"));
        for (var i = 0; i < 2; i++)
        {
            var run = await bench.ApplyAsync();
            Assert.Equal((SyncRunOutcome.Succeeded, 0L, 1L), (run.Outcome, run.Updated, run.Conflicts));
        }

        // The whole device: 'b' could have been decided.
        Assert.Equal("""{"a":"here","b":"1"}""", await bench.OwnTagsAsync("d"));
        Assert.Equal(["a=there", "b=2"], FieldsOf(bench));
        var store = await bench.StoreAsync();
        var quarantined = await store.GetQuarantinedAsync("bench", "d", Cancelled);
        Assert.Equal("The field 'a' is 'here' on the hub and 'there' in the external registry; both changed it since they were last in step.", Assert.Single(quarantined!.Reasons));
        await store.PutQuarantinedAsync("bench", quarantined with { Take = take }, Cancelled);
        await bench.ApplyToEndAsync();
        Assert.Equal($$"""{"a":"{{value}}","b":"2"}""", await bench.OwnTagsAsync("d"));
        Assert.Equal([$"a={value}", "b=2"], FieldsOf(bench));
        Assert.Null(await store.GetQuarantinedAsync("bench", "d", Cancelled));
    }

    [Fact]
    public async Task Both_changing_a_field_to_the_same_is_no_conflict_and_ends_a_quarantine()
    {
        await using var bench = await InStepAsync("""{"a":"1"}""");
        await bench.TagAsync("d", """{"a":"2"}""");
        bench.Registry.With("d", ("a", "3"));
        Assert.Equal(1, (await bench.ApplyAsync()).Conflicts);
        bench.Registry.With("d", ("a", "2"));
        await bench.ApplyToEndAsync();
        Assert.Null(await (await bench.StoreAsync()).GetQuarantinedAsync("bench", "d", Cancelled));

        // It is noted: a change of one side alone is followed again.
        bench.Registry.With("d", ("a", "4"));
        await bench.ApplyToEndAsync();
        Assert.Equal("""{"a":"4"}""", await bench.OwnTagsAsync("d"));
    }

    [Fact]
    public async Task A_device_that_one_side_deleted_goes_on_the_other_unless_that_changed_it()
    {
        await using var bench = await NewBenchAsync();
        foreach (var id in (string[])["e1", "e2", "h1", "h2", "stays"])
        {
            await bench.CreateOnHubAsync(id, """{"a":"1"}""");
        }

        await bench.ApplyToEndAsync();
        bench.Registry.Remove("e1");
        bench.Registry.Remove("e2");
        await bench.TagAsync("e2", """{"a":"2"}""");
        await bench.DeleteOnHubAsync("h1");
        await bench.DeleteOnHubAsync("h2");
        bench.Registry.With("h2", ("a", "2"));
        var run = await bench.ApplyAsync(allowDeletes: true);
        Assert.Equal((SyncRunOutcome.Succeeded, 2L, 2L), (run.Outcome, run.Deleted, run.Conflicts));
        Assert.Null(await bench.OwnTagsAsync("e1"));
        Assert.Equal("""{"a":"2"}""", await bench.OwnTagsAsync("e2"));
        Assert.Equal(["h2", "stays"], bench.Registry.Devices.Keys.Order());

        // One is let go, the other comes back.
        var store = await bench.StoreAsync();
        await store.PutQuarantinedAsync("bench", (await store.GetQuarantinedAsync("bench", "e2", Cancelled))! with { Take = "external" }, Cancelled);
        await store.PutQuarantinedAsync("bench", (await store.GetQuarantinedAsync("bench", "h2", Cancelled))! with { Take = "external" }, Cancelled);
        await bench.ApplyToEndAsync(allowDeletes: true);
        Assert.Null(await bench.OwnTagsAsync("e2"));
        Assert.Equal("""{"a":"2"}""", await bench.OwnTagsAsync("h2"));
    }

    [Fact]
    public async Task Two_devices_of_one_id_that_were_never_in_step_are_not_guessed_at()
    {
        await using var bench = await NewBenchAsync();
        await bench.CreateOnHubAsync("d", """{"a":"1","b":"1"}""");
        bench.Registry.With("d", ("a", "2"), ("b", "1"));
        var (_, unadopted, _) = await bench.PlanAsync();
        Assert.Contains("--adopt", Assert.Single(unadopted).Reasons[0], StringComparison.Ordinal);
        var (_, adopted, _) = await bench.PlanAsync(adopt: true);
        Assert.Equal((PlanAction.Conflict, "The field 'a' is '1' on the hub and '2' in the external registry; they were never in step."), (Assert.Single(adopted).Action, adopted[0].Reasons[0]));
        bench.Configuration = bench.Configuration with { FieldOwners = new Dictionary<string, SyncMaster> { ["a"] = SyncMaster.External } };
        await bench.ApplyToEndAsync(adopt: true);
        Assert.Equal("""{"a":"2","b":"1"}""", await bench.OwnTagsAsync("d"));
    }

    [Fact]
    public async Task What_is_gone_on_both_sides_is_forgotten()
    {
        await using var bench = await InStepAsync("""{"a":"1"}""");
        await bench.CreateOnHubAsync("other");
        await bench.DeleteOnHubAsync("d");
        bench.Registry.Remove("d");
        await bench.ApplyToEndAsync();
        Assert.Null(await (await bench.StoreAsync()).GetDeviceAsync("bench", "d", Cancelled));
    }

    private static string[] FieldsOf(SyncBench bench) => [.. bench.Registry.Devices["d"].Select(field => $"{field.Key}={field.Value}").Order(StringComparer.Ordinal)];

    private async Task<SyncBench> InStepAsync(string tags)
    {
        var bench = await NewBenchAsync();
        await bench.CreateOnHubAsync("d", tags);
        await bench.ApplyToEndAsync();
        return bench;
    }

    private async Task<SyncBench> NewBenchAsync()
    {
        var bench = await server.NewBenchAsync();
        bench.Configuration = bench.Configuration with { Master = SyncMaster.Both };
        return bench;
    }
}
