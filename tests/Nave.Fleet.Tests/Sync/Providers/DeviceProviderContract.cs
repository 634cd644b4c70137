using Nave.Fleet.Sync.Configuration;
using Nave.Fleet.Sync.Planning;
using Nave.Fleet.Sync.Providers;
using Nave.Fleet.Sync.Runs;
using Nave.Fleet.Sync.State;
using Nave.Fleet.Tests.Sync.Support;

namespace Nave.Fleet.Tests.Sync.Providers;

/// <summary>What every provider keeps, whatever its registry.</summary>
public abstract class DeviceProviderContract : IAsyncLifetime
{
    // More than two pages of every registry under test.
    protected const int Many = 225;

    private ProviderSite? _site;
    private IDeviceProvider? _provider;

    protected ProviderSite Site => _site!; // Initialized before any test.

    protected IDeviceProvider Provider => _provider!; // Initialized before any test.

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _site = await StartAsync();
        _provider = _site.Create();
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_provider is not null)
        {
            await _provider.DisposeAsync();
        }

        if (_site is not null)
        {
            await _site.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_registry_without_devices_lists_none()
    {
        Assert.Empty(await ListAsync());
    }

    [Fact]
    public async Task A_listing_has_every_device_once()
    {
        await Site.AddAsync(Many);

        var listed = await ListAsync();

        Assert.Equal(await Site.KeysAsync(), listed.Select(device => device.Key).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_listing_after_another_that_was_left_half_way_starts_anew()
    {
        await Site.AddAsync(Many);
        await foreach (var _ in Provider.ListAsync(Token))
        {
            break;
        }

        await ListAsync();

        Assert.Equal(await Site.KeysAsync(), (await ListAsync()).Select(device => device.Key).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_device_that_was_created_is_found_and_listed_as_the_hub_device_it_was_made_of()
    {
        var wanted = Site.Complete(7);
        Assert.Empty(Provider.Validate(wanted));
        var external = Provider.ToExternal(wanted);

        var created = await Provider.CreateAsync(external, Token);
        var found = await Provider.FindAsync(external.Key, Token);
        var listed = await ListAsync();

        Assert.Equal(external.Key, created.Key);
        Assert.NotNull(found);
        Assert.Equal(Readable(external), Readable(found));
        Assert.Equal(Readable(external), Readable(Assert.Single(listed)));
        var hub = Provider.ToHub(found);
        Assert.Equal(wanted.DeviceId, hub.DeviceId);
        Assert.Subset(
            hub.Tags.ToHashSet(), wanted.Tags.Where(tag => !Provider.Traits.IsWriteOnly(tag.Key)).ToHashSet());
    }

    [Fact]
    public async Task A_hub_device_made_of_an_external_one_makes_the_same_external_one()
    {
        await Site.AddAsync(3);

        foreach (var device in await ListAsync())
        {
            var again = Provider.ToExternal(Provider.ToHub(device));
            Assert.Equal(device.Key, again.Key);
            Assert.Equal(Readable(device), Readable(again));
        }
    }

    [Fact]
    public async Task A_device_that_exists_cannot_be_created_and_stays_as_it_is()
    {
        var first = Site.Complete(1);
        await Provider.CreateAsync(Provider.ToExternal(first), Token);

        var failure = await Assert.ThrowsAnyAsync<ProviderException>(() => Provider.CreateAsync(Provider.ToExternal(Site.Change(first)), Token));

        Assert.Equal(ProviderFailure.AlreadyExists, failure.Failure);
        Assert.False(failure.IsTransient);
        var found = await Provider.FindAsync(Provider.ToExternal(first).Key, Token);
        Assert.Equal(Readable(Provider.ToExternal(first)), Readable(found!));
    }

    [Fact]
    public async Task An_update_changes_what_differs_and_nothing_else()
    {
        var before = Site.Complete(2);
        var other = Provider.ToExternal(Site.Complete(3));
        await Provider.CreateAsync(other, Token);
        await Provider.CreateAsync(Provider.ToExternal(before), Token);
        var current = (await Provider.FindAsync(Provider.ToExternal(before).Key, Token))!;
        var wanted = Provider.ToExternal(Site.Change(before));
        wanted = wanted with { Fields = Readable(wanted) };

        var updated = await Provider.UpdateAsync(current, wanted, Token);

        Assert.Equal(wanted.Fields, Readable(updated));
        Assert.Equal(wanted.Fields, Readable((await Provider.FindAsync(current.Key, Token))!));
        Assert.Equal(Readable(other), Readable((await Provider.FindAsync(other.Key, Token))!));
    }

    [Fact]
    public async Task An_update_of_what_is_gone_says_so()
    {
        var device = Site.Complete(4);
        var current = await Provider.CreateAsync(Provider.ToExternal(device), Token);
        await Site.RemoveAsync(current.Key);

        var failure = await Assert.ThrowsAnyAsync<ProviderException>(
            () => Provider.UpdateAsync(current, Provider.ToExternal(Site.Change(device)), Token));

        Assert.Equal(ProviderFailure.NotFound, failure.Failure);
    }

    [Fact]
    public async Task A_deletion_takes_effect_once_and_fails_never()
    {
        var device = await Provider.CreateAsync(Provider.ToExternal(Site.Complete(5)), Token);

        Assert.True(await Provider.DeleteAsync(device, Token));
        Assert.False(await Provider.DeleteAsync(device, Token));
        Assert.Null(await Provider.FindAsync(device.Key, Token));
        Assert.Empty(await Site.KeysAsync());
    }

    [Fact]
    public async Task A_device_is_deleted_by_its_key_alone()
    {
        await Site.AddAsync(2);
        var keys = await Site.KeysAsync();

        Assert.True(await Provider.DeleteAsync(new ExternalDevice { Key = keys[0], Fields = new Dictionary<string, string>() }, Token));

        Assert.Equal([keys[1]], await Site.KeysAsync());
    }

    [Fact]
    public async Task A_device_that_is_deleted_and_created_again_is_one_device()
    {
        var device = Provider.ToExternal(Site.Complete(6));
        await Provider.DeleteAsync(await Provider.CreateAsync(device, Token), Token);

        await Provider.CreateAsync(device, Token);

        Assert.Equal([device.Key], await Site.KeysAsync());
    }

    [Fact]
    public async Task Many_calls_at_the_same_time_do_what_they_should()
    {
        var devices = Enumerable.Range(0, 20).Select(i => Provider.ToExternal(Site.Complete(i))).ToArray();

        var created = await Task.WhenAll(devices.Select(device => Provider.CreateAsync(device, Token)));
        Assert.Equal(devices.Select(device => device.Key).Order(StringComparer.Ordinal), await Site.KeysAsync());
        var deleted = await Task.WhenAll(created.Take(10).Select(device => Provider.DeleteAsync(device, Token)));

        Assert.All(deleted, Assert.True);
        Assert.Equal(10, (await Site.KeysAsync()).Count);
    }

    [Fact]
    public void Every_required_tag_that_is_missing_is_told_at_once()
    {
        var problems = Provider.Validate(new HubDevice { DeviceId = Site.Complete(1).DeviceId, Tags = new Dictionary<string, string>() });

        Assert.Equal(
            Provider.Traits.Fields.Where(field => field.IsRequired).Select(field => field.Name).Order(StringComparer.Ordinal),
            problems.Where(problem => problem.IsMissing).Select(problem => problem.Tag).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_write_only_tag_is_never_quoted_and_never_comes_back()
    {
        foreach (var field in Provider.Traits.Fields.Where(field => field.IsWriteOnly))
        {
            var device = Site.Complete(1);
            var malformed = device with { Tags = new Dictionary<string, string>(device.Tags, StringComparer.Ordinal) { [field.Name] = "not-so-s3cret!" } };

            Assert.DoesNotContain(Provider.Validate(malformed), problem => problem.Message.Contains("s3cret", StringComparison.OrdinalIgnoreCase));
            Assert.DoesNotContain(field.Name, Provider.ToHub(Provider.ToExternal(malformed)).Tags.Keys);
        }
    }

    [Fact]
    public async Task What_is_not_there_is_not_found()
    {
        Assert.Null(await Provider.FindAsync(Provider.ToExternal(Site.Complete(99)).Key, Token));
    }

    [Fact]
    public async Task A_listing_ends_when_it_is_cancelled()
    {
        await Site.AddAsync(Many);
        using var end = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in Provider.ListAsync(end.Token))
            {
                await end.CancelAsync();
            }
        });
    }

    [Fact]
    public async Task A_hub_is_kept_in_step_with_the_registry()
    {
        const int Some = 25;
        await using var bench = await NewBenchAsync();
        await Site.AddAsync(Some);
        Assert.Equal((Some, 0, 0), await ApplyToEndAsync(bench, SyncMaster.External));

        // Two of twenty-five are fewer than the guard's tenth.
        foreach (var key in (await Site.KeysAsync()).Take(2))
        {
            await Site.RemoveAsync(key);
        }

        await Provider.CreateAsync(Provider.ToExternal(Site.Complete(100)), Token);
        Assert.Equal((1, 0, 2), await ApplyToEndAsync(bench, SyncMaster.External));

        var devices = await ListAsync();
        var twins = await bench.Service.ListDevicesAsync(1000, Token);
        Assert.Equal(
            devices.Select(device => Provider.ToHub(device).DeviceId).Order(StringComparer.Ordinal),
            twins.Select(twin => twin.DeviceId).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_registry_is_kept_in_step_with_a_hub()
    {
        await using var bench = await NewBenchAsync();
        var wanted = Enumerable.Range(0, 5).Select(Site.Complete).ToArray();
        foreach (var device in wanted)
        {
            await bench.CreateOnHubAsync(device.DeviceId, Json(device));
        }

        Assert.Equal((5, 0, 0), await ApplyToEndAsync(bench, SyncMaster.Hub));
        Assert.Equal(wanted.Select(device => Provider.ToExternal(device).Key).Order(StringComparer.Ordinal), await Site.KeysAsync());

        await bench.TagAsync(wanted[0].DeviceId, Json(Site.Change(wanted[0])));
        await bench.DeleteOnHubAsync(wanted[1].DeviceId);
        Assert.Equal((0, 1, 1), await ApplyToEndAsync(bench, SyncMaster.Hub));

        Assert.Equal(4, (await Site.KeysAsync()).Count);
    }

    protected abstract Task<ProviderSite> StartAsync();

    protected async Task<IReadOnlyList<ExternalDevice>> ListAsync()
    {
        var devices = new List<ExternalDevice>();
        await foreach (var device in Provider.ListAsync(Token))
        {
            devices.Add(device);
        }

        return devices;
    }

    protected Dictionary<string, string> Readable(ExternalDevice device) =>
        device.Fields.Where(field => !Provider.Traits.IsWriteOnly(field.Key)).ToDictionary(StringComparer.Ordinal);

    private static async Task<SyncBench> NewBenchAsync()
    {
        var server = await TestContext.Current.GetFixture<SharedSyncServer>();
        Assert.NotNull(server);
        return await server.NewBenchAsync();
    }

    private string Json(HubDevice device)
    {
        Assert.Null(TagFields.TryWrite(device.Tags, null, Provider.Traits.ValuesAreJson, out var tags));
        return tags.ToString();
    }

    /// <summary>Applies, and asserts that nothing is left to do.</summary>
    private async Task<(long Created, long Updated, long Deleted)> ApplyToEndAsync(SyncBench bench, SyncMaster master)
    {
        var runner = new SyncRunner(bench.Configuration with { Master = master }, bench.Service, Provider, await bench.StoreAsync(), TimeProvider.System, bench.Loggers);
        var run = await runner.ApplyAsync(new SyncApplyOptions { AllowDeletes = master == SyncMaster.Hub }, null, Token);
        Assert.True(run.Outcome == SyncRunOutcome.Succeeded, $"{run.Outcome} {run.Error} {string.Join(' ', run.Failures)}");
        using var plan = await runner.PlanAsync(adopt: false, null, Token);
        Assert.True(plan.Counts.IsEmpty, string.Join('\n', plan.Changes().Select(change => $"{change.DeviceId} {change.Action} {string.Join(' ', change.Reasons)}")));
        return (run.Created, run.Updated, run.Deleted);
    }
}
