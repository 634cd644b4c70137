using System.Globalization;
using Nave.Api;
using Nave.Fleet.Sync.Configuration;
using Nave.Fleet.Sync.Planning;
using Nave.Fleet.Sync.Providers;
using Nave.Fleet.Sync.State;
using Nave.Fleet.Tests.Sync.Support;

namespace Nave.Fleet.Tests.Sync;

public sealed class ExternalMasterTests(SyncServer server) : IClassFixture<SyncServer>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_the_registry_has_is_on_the_hub_afterwards_with_its_fields_as_tags()
    {
        await using var bench = await server.NewBenchAsync();
        bench.Registry.With("a", ("site", "rome"), ("place.city", "x")).With("b");
        var (counts, changes, _) = await bench.PlanAsync();
        Assert.Equal((2L, 0L, 0L, 0L, 0L), (counts.Create, counts.Update, counts.Delete, counts.Unchanged, counts.Conflict));
        Assert.All(changes, change => Assert.Equal((PlanAction.Create, PlanSide.Hub, "It is not on the hub."), (change.Action, change.Side, Assert.Single(change.Reasons))));
        var run = await bench.ApplyToEndAsync();
        Assert.Equal((2L, 0L, 0L, 0L), (run.Created, run.Updated, run.Deleted, run.Failed));
        Assert.Equal("""{"place":{"city":"x"},"site":"rome"}""", await bench.OwnTagsAsync("a"));
        Assert.Equal("{}", await bench.OwnTagsAsync("b"));

        // The hub made keys and keeps them.
        var identity = await bench.Service.GetDeviceAsync(new IdentityId("a"), Cancelled);
        Assert.Equal(32, Convert.FromBase64String(identity!.Authentication!.SymmetricKey!.PrimaryKey!).Length);
    }

    [Fact]
    public async Task A_changed_device_is_changed_and_tags_of_others_stay()
    {
        await using var bench = await server.NewBenchAsync();
        bench.Registry.With("a", ("site", "rome"), ("old", "1"));
        await bench.ApplyToEndAsync();
        await bench.TagAsync("a", """{"operator":"me"}""");
        bench.Registry.With("a", ("site", "milan"), ("new", "2"));
        var (_, changes, _) = await bench.PlanAsync();
        Assert.Equal(
            ["The tag 'new' is missing, wanted is '2'.", "The tag 'site' is 'rome', wanted is 'milan'.", "The tag 'old' is '1', and is to go."],
            Assert.Single(changes).Reasons);
        Assert.Equal(1, (await bench.ApplyToEndAsync()).Updated);
        Assert.Equal("""{"new":"2","operator":"me","site":"milan"}""", await bench.OwnTagsAsync("a"));
    }

    [Fact]
    public async Task Only_devices_with_the_mark_are_ever_deleted()
    {
        await using var bench = await server.NewBenchAsync();
        bench.Registry.With("a").With("b");
        await bench.CreateOnHubAsync("own", """{"nave":{"sync":{"name":"another","provider":"memory","key":"own"}}}""");
        await bench.CreateOnHubAsync("plain");
        await bench.ApplyToEndAsync();
        bench.Registry.Remove("b");
        var (counts, changes, _) = await bench.PlanAsync();
        Assert.Equal(("b", PlanAction.Delete), (Assert.Single(changes).DeviceId, changes[0].Action));
        Assert.Equal((2L, 2L), (counts.Foreign, counts.Owned));
        Assert.Equal(1, (await bench.ApplyToEndAsync()).Deleted);
        Assert.Null(await bench.OwnTagsAsync("b"));
        Assert.NotNull(await bench.OwnTagsAsync("own"));
        Assert.NotNull(await bench.OwnTagsAsync("plain"));
    }

    [Fact]
    public async Task A_device_without_the_mark_is_a_conflict_until_it_is_adopted()
    {
        await using var bench = await server.NewBenchAsync();
        await bench.CreateOnHubAsync("a", """{"site":"rome","mine":"1"}""");
        bench.Registry.With("a", ("site", "milan"));
        Assert.Equal((0L, 1L), ((await bench.ApplyAsync()).Updated, (await bench.ApplyAsync()).Conflicts));
        Assert.Equal("""{"mine":"1","site":"rome"}""", await bench.OwnTagsAsync("a"));
        var (_, changes, _) = await bench.PlanAsync();
        Assert.Contains("--adopt", Assert.Single(Assert.Single(changes).Reasons), StringComparison.Ordinal);
        Assert.Equal(1, (await bench.ApplyToEndAsync(adopt: true)).Updated);
        Assert.Equal("""{"mine":"1","site":"milan"}""", await bench.OwnTagsAsync("a"));

        // Now it is the sync's, and goes with its external device.
        bench.Registry.Remove("a");
        bench.Registry.With("other");
        Assert.Equal(1, (await bench.ApplyToEndAsync()).Deleted);
    }

    [Fact]
    public async Task A_plan_that_deletes_more_than_is_permitted_changes_nothing_unless_allowed()
    {
        await using var bench = await server.NewBenchAsync();
        for (var i = 0; i < 20; i++)
        {
            bench.Registry.With($"d{i}");
        }

        await bench.ApplyToEndAsync();
        bench.Registry.Remove("d1");
        bench.Registry.Remove("d2");
        Assert.Null((await bench.PlanAsync()).Guard); // 10 % exactly
        bench.Registry.Remove("d3");
        bench.Registry.With("new");
        var stopped = await bench.ApplyAsync();
        Assert.Equal((SyncRunOutcome.Stopped, 0L, 0L), (stopped.Outcome, stopped.Created, stopped.Deleted));
        Assert.Equal("3 of 20 devices would be deleted: 15 %, and guards.maxDeletePercent permits 10 %.", stopped.Error);
        Assert.Null(await bench.OwnTagsAsync("new"));
        bench.Configuration = bench.Configuration with { Guards = new GuardSettings { MaxDeletePercent = 15 } };
        Assert.Null((await bench.PlanAsync()).Guard);
        Assert.Equal((1L, 3L), (await bench.ApplyToEndAsync(allowDeletes: true)) is { } run ? (run.Created, run.Deleted) : default);
    }

    [Fact]
    public async Task A_listing_that_breaks_off_becomes_no_deletion()
    {
        await using var bench = await server.NewBenchAsync();
        bench.Registry.With("a").With("b").With("c");
        await bench.ApplyToEndAsync();
        bench.Registry.BreakListingAfter = 2;
        await Assert.ThrowsAsync<ListingIncompleteException>(() => bench.PlanAsync());
        var run = await bench.ApplyAsync(allowDeletes: true);
        Assert.Equal((SyncRunOutcome.Failed, 0L), (run.Outcome, run.Deleted));
        Assert.Contains("incomplete after 2 devices", run.Error, StringComparison.Ordinal);
        Assert.NotNull(await bench.OwnTagsAsync("c"));
    }

    [Fact]
    public async Task An_empty_listing_becomes_no_deletion_even_when_deletes_are_allowed()
    {
        await using var bench = await server.NewBenchAsync();
        bench.Registry.With("a");
        await bench.ApplyToEndAsync();
        bench.Registry.Remove("a");
        var run = await bench.ApplyAsync(allowDeletes: true);
        Assert.Equal((SyncRunOutcome.Stopped, 0L), (run.Outcome, run.Deleted));
        Assert.NotNull(await bench.OwnTagsAsync("a"));
    }

    [Fact]
    public async Task A_listing_that_is_short_without_a_word_becomes_no_deletion()
    {
        await using var bench = await server.NewBenchAsync();
        bench.Registry.With("a").With("b").With("c");
        await bench.ApplyToEndAsync();
        bench.Registry.Unlisted = ["b"];
        bench.Registry.With("d");
        var run = await bench.ApplyAsync(allowDeletes: true);
        Assert.Equal((SyncRunOutcome.Failed, 0L, 0L), (run.Outcome, run.Deleted, run.Created));
        Assert.Contains("'b' after all", run.Error, StringComparison.Ordinal);
        Assert.NotNull(await bench.OwnTagsAsync("b"));
    }

    [Fact]
    public async Task Pages_that_come_twice_double_nothing()
    {
        await using var bench = await server.NewBenchAsync();
        bench.Registry.With("a", ("site", "1")).With("b").ListsTwice = true;
        Assert.Equal(2, (await bench.ApplyToEndAsync()).Created);
    }

    [Fact]
    public async Task One_id_with_two_contents_in_a_listing_is_a_conflict()
    {
        await using var bench = await server.NewBenchAsync();
        var twice = new TwiceRegistry();
        var runner = new Fleet.Sync.Runs.SyncRunner(
            bench.Configuration, bench.Service, twice, null, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance);
        using var plan = await runner.PlanAsync(adopt: true, null, Cancelled);
        Assert.Equal(2, plan.Counts.Conflict);
        Assert.Equal(
            ["The external registry lists 'one' more than once, with different fields.", "Several external devices would be this one: K1, K2."],
            plan.Changes().Select(change => change.Reasons[0]));
    }

    [Fact]
    public async Task What_no_hub_can_hold_is_a_conflict_with_its_reason()
    {
        await using var bench = await server.NewBenchAsync();
        bench.Registry.With("bad id").With("ümlaut").With("tag", ("not a tag", "x")).With("big", ("x", new string('x', 5000))).With("fine");
        var run = await bench.ApplyAsync();
        Assert.Equal((SyncRunOutcome.Succeeded, 1L, 4L), (run.Outcome, run.Created, run.Conflicts));
    }

    [Fact]
    public async Task A_device_that_changes_between_plan_and_application_is_not_overwritten()
    {
        await using var bench = await server.NewBenchAsync();
        bench.Registry.With("a", ("site", "rome")).With("b", ("site", "rome")).With("c");
        await bench.ApplyToEndAsync();
        bench.Registry.With("a", ("site", "x")).With("b", ("site", "x"));
        var changed = 0;
        var progress = new Immediately(async value =>
        {
            // The plan is made; the first change is not.
            if (value.Phase == SyncPhase.Comparing && Interlocked.Exchange(ref changed, 1) == 0)
            {
                await bench.TagAsync("a", """{"site":"by hand"}""");
            }
        });
        var runner = await bench.RunnerAsync();
        var run = await runner.ApplyAsync(new() { Adopt = false }, progress, Cancelled);
        Assert.Equal(1, changed);
        Assert.Equal((SyncRunOutcome.PartlyFailed, 1L, 1L), (run.Outcome, run.Updated, run.Failed));
        Assert.Equal(("a", "update"), (Assert.Single(run.Failures).DeviceId, run.Failures[0].Action));
        Assert.Equal("""{"site":"by hand"}""", await bench.OwnTagsAsync("a"));
        await bench.ApplyToEndAsync();
        Assert.Equal("""{"site":"x"}""", await bench.OwnTagsAsync("a"));
    }

    [Fact]
    public async Task Many_changes_go_in_several_calls_and_pages()
    {
        await using var bench = await server.NewBenchAsync();
        for (var i = 0; i < 1250; i++)
        {
            bench.Registry.With(string.Create(CultureInfo.InvariantCulture, $"device-{i:0000}"), ("n", $"{i}"));
        }

        Assert.Equal(1250, (await bench.ApplyToEndAsync()).Created);
        for (var i = 0; i < 120; i++)
        {
            bench.Registry.Remove(string.Create(CultureInfo.InvariantCulture, $"device-{i:0000}"));
            bench.Registry.With(string.Create(CultureInfo.InvariantCulture, $"device-{i + 200:0000}"), ("n", "x"));
            bench.Registry.With(string.Create(CultureInfo.InvariantCulture, $"device-{i + 2000:0000}"));
        }

        var run = await bench.ApplyToEndAsync(allowDeletes: false);
        Assert.Equal((120L, 120L, 120L), (run.Created, run.Updated, run.Deleted));
    }

    [Fact]
    public async Task Values_that_are_json_keep_their_kind()
    {
        await using var bench = await server.NewBenchAsync();
        bench.Registry = new MemoryRegistry { Traits = new ProviderTraits { Name = "memory", KeepsTags = true, ValuesAreJson = true } };
        bench.Registry.With("a", ("n", "5"), ("o", """{ "x": 1, "y": [true, "s"] }"""), ("s", "\"5\""));
        await bench.ApplyToEndAsync();
        Assert.Equal("""{"n":5,"o":{"x":1,"y":[true,"s"]},"s":"5"}""", await bench.OwnTagsAsync("a"));
        bench.Registry.With("a", ("n", "6"), ("o", """{"y":[false]}"""), ("s", "\"5\""));
        await bench.ApplyToEndAsync();
        Assert.Equal("""{"n":6,"o":{"y":[false]},"s":"5"}""", await bench.OwnTagsAsync("a"));
    }

    private sealed class Immediately(Func<SyncProgress, Task> report) : IProgress<SyncProgress>
    {
        public void Report(SyncProgress value) => report(value).GetAwaiter().GetResult();
    }

    private sealed class TwiceRegistry : IDeviceProvider
    {
        public ProviderTraits Traits { get; } = new() { Name = "twice", KeepsTags = true };

        public async IAsyncEnumerable<ExternalDevice> ListAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.Yield();
            yield return Device("one", "x");
            yield return Device("K1", "1");
            yield return Device("one", "y");
            yield return Device("K2", "1");
        }

        public Task<ExternalDevice?> FindAsync(string key, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<ExternalDevice> CreateAsync(ExternalDevice device, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<ExternalDevice> UpdateAsync(ExternalDevice current, ExternalDevice wanted, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<bool> DeleteAsync(ExternalDevice device, CancellationToken cancellationToken) => throw new NotSupportedException();

        public IReadOnlyList<TagProblem> Validate(HubDevice device) => [];

        public HubDevice ToHub(ExternalDevice device) => new() { DeviceId = device.Key.StartsWith('K') ? "same" : device.Key, Tags = device.Fields };

        public ExternalDevice ToExternal(HubDevice device) => new() { Key = device.DeviceId, Fields = device.Tags };

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private static ExternalDevice Device(string key, string value) => new() { Key = key, Fields = new Dictionary<string, string> { ["v"] = value } };
    }
}
