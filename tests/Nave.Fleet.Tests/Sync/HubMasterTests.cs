using Nave.Fleet.Sync.Configuration;
using Nave.Fleet.Sync.Planning;
using Nave.Fleet.Sync.Providers;
using Nave.Fleet.Sync.State;
using Nave.Fleet.Tests.Sync.Support;

namespace Nave.Fleet.Tests.Sync;

public sealed class HubMasterTests(SyncServer server) : IClassFixture<SyncServer>
{
    private const string Complete = """{"eui":"1","profile":"p","appKey":"SECRET-1","other":"x"}""";

    private static readonly ProviderTraits s_traits = new()
    {
        Name = "memory",
        Fields =
        [
            new ProviderField("eui") { IsRequired = true, CanChange = false },
            new ProviderField("profile") { IsRequired = true },
            new ProviderField("appKey") { IsRequired = true, IsWriteOnly = true, CanChange = false },
        ],
    };

    [Fact]
    public async Task A_complete_device_is_created_there_and_one_that_was_never_meant_for_it_is_left_alone()
    {
        await using var bench = await NewBenchAsync();
        await bench.CreateOnHubAsync("a", Complete);
        await bench.CreateOnHubAsync("camera", """{"site":"rome"}""");
        await bench.CreateOnHubAsync("half", """{"eui":"2"}""");
        var (counts, changes, _) = await bench.PlanAsync();
        Assert.Equal((1L, 1L, 1L), (counts.Create, counts.Conflict, counts.Foreign));
        Assert.Equal(["The tag 'profile' is needed.", "The tag 'appKey' is needed."], changes.Single(change => change.Action == PlanAction.Conflict).Reasons);
        var run = await bench.ApplyAsync();
        Assert.Equal((SyncRunOutcome.Succeeded, 1L, 1L), (run.Outcome, run.Created, run.Conflicts));
        Assert.Equal(["appKey=SECRET-1", "eui=1", "profile=p"], FieldsOf(bench, "a"));
        Assert.Equal(["a"], bench.Registry.Devices.Keys);
        Assert.Equal((0L, 1L, 1L), (await bench.PlanAsync()) is var (second, _, _) ? (second.Changes, second.Unchanged, second.Conflict) : default);
    }

    [Fact]
    public async Task A_field_that_can_be_changed_is_changed_in_place_and_another_means_a_new_device()
    {
        await using var bench = await NewBenchAsync();
        await bench.CreateOnHubAsync("a", Complete);
        await bench.ApplyToEndAsync();
        await bench.TagAsync("a", """{"profile":"q"}""");
        await bench.ApplyToEndAsync();
        Assert.Equal((1, "profile=q"), (bench.Registry.Creations("a"), FieldsOf(bench, "a")[2]));
        await bench.TagAsync("a", """{"eui":"9"}""");
        var (_, changes, _) = await bench.PlanAsync();
        Assert.Contains("deleted and created again", Assert.Single(changes).Reasons[1], StringComparison.Ordinal);
        await bench.ApplyToEndAsync();
        Assert.Equal(2, bench.Registry.Creations("a"));
        Assert.Equal(["appKey=SECRET-1", "eui=9", "profile=q"], FieldsOf(bench, "a"));
    }

    [Fact]
    public async Task A_new_secret_is_written_and_never_shown()
    {
        await using var bench = await NewBenchAsync();
        await bench.CreateOnHubAsync("a", Complete);
        await bench.ApplyToEndAsync();
        await bench.TagAsync("a", """{"appKey":"SECRET-2"}""");
        var (_, changes, _) = await bench.PlanAsync();
        Assert.Equal("The field 'appKey' changed.", Assert.Single(changes).Reasons[0]);
        await bench.ApplyToEndAsync();
        Assert.Equal("appKey=SECRET-2", FieldsOf(bench, "a")[0]);

        // Nor is it in the store.
        await foreach (var (_, device) in (await bench.StoreAsync()).DevicesAsync("bench", TestContext.Current.CancellationToken))
        {
            Assert.DoesNotContain(device.Fields!, field => field.Value.Contains("SECRET", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Only_what_the_sync_brought_there_is_deleted_there()
    {
        await using var bench = await NewBenchAsync();
        await bench.CreateOnHubAsync("a", Complete);
        await bench.CreateOnHubAsync("keep", Complete);
        bench.Registry.With("stranger", ("eui", "7"));
        await bench.ApplyToEndAsync();
        await bench.DeleteOnHubAsync("a");
        var (counts, changes, _) = await bench.PlanAsync();
        Assert.Equal(("a", PlanAction.Delete, PlanSide.External), (Assert.Single(changes).DeviceId, changes[0].Action, changes[0].Side));
        Assert.Equal(1, counts.Foreign);
        Assert.Equal(1, (await bench.ApplyToEndAsync()).Deleted);
        Assert.Equal(["keep", "stranger"], bench.Registry.Devices.Keys.Order());
    }

    [Fact]
    public async Task A_device_that_somebody_else_brought_there_is_a_conflict_until_it_is_adopted()
    {
        await using var bench = await NewBenchAsync();
        await bench.CreateOnHubAsync("a", Complete);
        bench.Registry.With("a", ("eui", "1"), ("profile", "theirs"), ("appKey", "THEIRS"));
        Assert.Equal((0L, 1L), (await bench.ApplyAsync()) is var run ? (run.Updated, run.Conflicts) : default);
        Assert.Equal("profile=theirs", FieldsOf(bench, "a")[2]);
        await bench.ApplyToEndAsync(adopt: true);
        Assert.Equal("profile=p", FieldsOf(bench, "a")[2]);
    }

    [Fact]
    public async Task An_answer_that_is_lost_makes_no_second_device_and_no_stranger()
    {
        await using var bench = await NewBenchAsync();
        await bench.CreateOnHubAsync("a", Complete);
        var lost = 0;
        bench.Registry.AfterChange = _ => lost++ == 0 ? new ProviderException(ProviderFailure.Transient, "No answer.", TimeSpan.Zero) : null;
        Assert.Equal(1, (await bench.ApplyToEndAsync()).Created);
        Assert.Equal(1, bench.Registry.Creations("a"));
    }

    [Fact]
    public async Task A_process_that_dies_right_after_a_creation_leaves_a_device_of_its_own()
    {
        await using var bench = await NewBenchAsync();
        await bench.CreateOnHubAsync("a", Complete);
        bench.Registry.AfterChange = _ => new OperationCanceledException("killed");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => bench.ApplyAsync());
        Assert.Equal(["a"], bench.Registry.Devices.Keys);
        bench.Registry.AfterChange = _ => null;
        await bench.ApplyToEndAsync();
        await bench.DeleteOnHubAsync("a");
        await bench.CreateOnHubAsync("b", Complete);
        await bench.ApplyToEndAsync();
        Assert.Equal(["b"], bench.Registry.Devices.Keys);
    }

    [Fact]
    public async Task A_device_that_somebody_made_meanwhile_is_not_taken_for_the_syncs_own()
    {
        await using var bench = await NewBenchAsync();
        await bench.CreateOnHubAsync("a", Complete);
        bench.Registry.BeforeChange = key =>
        {
            bench.Registry.With(key, ("eui", "theirs"), ("profile", "theirs"));
            return null;
        };
        var run = await bench.ApplyAsync();
        Assert.Equal((SyncRunOutcome.PartlyFailed, 1L), (run.Outcome, run.Failed));
        bench.Registry.BeforeChange = _ => null;
        Assert.Equal(1, (await bench.PlanAsync()).Counts.Conflict);
    }

    [Fact]
    public async Task A_permanent_error_is_not_repeated_and_the_others_go_on()
    {
        await using var bench = await NewBenchAsync();
        await bench.CreateOnHubAsync("a", Complete);
        await bench.CreateOnHubAsync("b", Complete);
        bench.Registry.BeforeChange = key => key == "a" ? new ProviderException(ProviderFailure.Permanent, "400: the profile p does not exist.") : null;
        var run = await bench.ApplyAsync();
        Assert.Equal((SyncRunOutcome.PartlyFailed, 1L, 1L), (run.Outcome, run.Created, run.Failed));
        Assert.Equal(new SyncFailure("a", "create", "400: the profile p does not exist."), Assert.Single(run.Failures));
        Assert.Equal(2, bench.Registry.Calls);
    }

    [Fact]
    public async Task Credentials_that_are_refused_end_the_run()
    {
        await using var bench = await NewBenchAsync();
        await bench.CreateOnHubAsync("a", Complete);
        bench.Registry.BeforeChange = _ => new ProviderException(ProviderFailure.Authentication, "401 with a new token too.");
        var run = await bench.ApplyAsync();
        Assert.Equal((SyncRunOutcome.Failed, "The external registry does not take the credentials. 401 with a new token too."), (run.Outcome, run.Error));
    }

    [Fact]
    public async Task A_hub_without_devices_becomes_no_deletion()
    {
        await using var bench = await NewBenchAsync();
        await bench.CreateOnHubAsync("a", Complete);
        await bench.ApplyToEndAsync();
        await bench.DeleteOnHubAsync("a");
        var run = await bench.ApplyAsync(allowDeletes: true);
        Assert.Equal((SyncRunOutcome.Stopped, 1), (run.Outcome, bench.Registry.Devices.Count));
    }

    [Fact]
    public async Task A_registry_that_takes_no_changes_makes_conflicts_and_not_failures()
    {
        await using var bench = await NewBenchAsync();
        bench.Registry = new MemoryRegistry { Traits = s_traits with { CanCreate = false, CanDelete = false } };
        await bench.CreateOnHubAsync("a", Complete);
        var (counts, changes, _) = await bench.PlanAsync();
        Assert.Equal((1L, 0L), (counts.Conflict, counts.Changes));
        Assert.Equal("The external registry takes no new devices.", Assert.Single(changes).Reasons[^1]);
    }

    private static string[] FieldsOf(SyncBench bench, string key) =>
        [.. bench.Registry.Devices[key].Select(field => $"{field.Key}={field.Value}").Order(StringComparer.Ordinal)];

    private async Task<SyncBench> NewBenchAsync()
    {
        var bench = await server.NewBenchAsync();
        bench.Registry = new MemoryRegistry { Traits = s_traits };
        bench.Configuration = bench.Configuration with { Master = SyncMaster.Hub };
        return bench;
    }
}
