using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Nave.Api;
using Nave.Hub.Devices;

namespace Nave.Hub.Tests.Devices;

public sealed class BulkRegistryTests : IAsyncLifetime
{
    private TestHub _test = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private DeviceRegistry Registry => _test.Hub.Registry;

    public async ValueTask InitializeAsync() => _test = await TestHub.OpenAsync();

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task A_hundred_devices_are_made_with_their_modules_and_twins()
    {
        var lines = Enumerable.Range(0, 50).SelectMany(i => new[]
        {
            new ExportImportDevice { Id = $"d{i}", Tags = Raw($"{{\"n\":{i}}}"), Properties = new TwinSections { Desired = Raw("{\"a\":{\"b\":1}}") } },
            new ExportImportDevice { Id = $"d{i}", ModuleId = "m1" },
        }).ToList();
        var result = (await Registry.BulkAsync(lines, Cancellation)).Value!;
        Assert.True(result.IsSuccessful, string.Join(";", result.Errors.Select(error => error.ErrorStatus)));
        Assert.Empty(result.Warnings);
        Assert.Equal(50, (await Registry.GetStatisticsAsync(Cancellation)).TotalDeviceCount);
        using var twin = JsonDocument.Parse((await _test.Hub.Twins.GetAsync(new IdentityId("d7"), Cancellation)).Value);
        Assert.Equal(7, twin.RootElement.GetProperty("tags").GetProperty("n").GetInt32());
        Assert.Equal(1, twin.RootElement.GetProperty("properties").GetProperty("desired").GetProperty("a").GetProperty("b").GetInt32());
        Assert.True((await Registry.GetAsync(new IdentityId("d7", "m1"), Cancellation)).IsSuccess);
    }

    [Fact]
    public async Task Each_line_succeeds_or_fails_on_its_own()
    {
        await _test.CreateAsync("exists");
        var result = (await Registry.BulkAsync(
            [
                new ExportImportDevice { Id = "good" },
                new ExportImportDevice { Id = "exists" },
                new ExportImportDevice { Id = "a/b" },
                new ExportImportDevice { Id = "missing", ImportMode = ImportMode.Update },
                new ExportImportDevice { Id = "gone", ImportMode = ImportMode.Delete },
                new ExportImportDevice { Id = "missing2", ImportMode = ImportMode.UpdateTwin, Tags = Raw("{\"a\":1}") },
                new ExportImportDevice { Id = "good2", ModuleId = "m1" },
            ],
            Cancellation)).Value!;
        Assert.False(result.IsSuccessful);
        Assert.Equal(
            ["exists DeviceAlreadyExists create", "a/b ArgumentInvalid create", "missing DeviceNotFound update", "gone DeviceNotFound delete", "missing2 DeviceNotFound updateTwin", "good2 DeviceNotFound create"],
            result.Errors.Select(error => $"{error.DeviceId} {error.ErrorCode} {error.Operation}"));
        Assert.True((await Registry.GetAsync(new IdentityId("good"), Cancellation)).IsSuccess);
    }

    [Fact]
    public async Task Etags_are_looked_at_where_the_mode_says_so()
    {
        var device = await _test.CreateAsync("d1");
        async Task<string?> ErrorOf(ExportImportDevice line) => (await Registry.BulkAsync([line], Cancellation)).Value!.Errors.SingleOrDefault()?.ErrorCode;

        Assert.Equal("PreconditionFailed", await ErrorOf(new ExportImportDevice { Id = "d1", ETag = "bm8=", ImportMode = ImportMode.UpdateIfMatchETag }));
        Assert.Null(await ErrorOf(new ExportImportDevice { Id = "d1", ETag = "bm8=", ImportMode = ImportMode.Update, Status = DeviceStatus.Disabled }));
        device = await _test.GetAsync(device.Id);
        Assert.Equal(DeviceStatus.Disabled, device.Status);
        Assert.Null(await ErrorOf(new ExportImportDevice { Id = "d1", ETag = device.ETag, ImportMode = ImportMode.UpdateIfMatchETag }));
        Assert.Equal("PreconditionFailed", await ErrorOf(new ExportImportDevice { Id = "d1", TwinETag = "bm8=", ImportMode = ImportMode.UpdateTwinIfMatchETag, Tags = Raw("{\"a\":1}") }));
        Assert.Null(await ErrorOf(new ExportImportDevice { Id = "d1", TwinETag = "AAAAAAAAAAE=", ImportMode = ImportMode.UpdateTwinIfMatchETag, Tags = Raw("{\"a\":1}") }));
        Assert.Null(await ErrorOf(new ExportImportDevice { Id = "d1", ImportMode = ImportMode.UpdateTwin, Tags = Raw("{\"a\":2}") }));
        Assert.Equal("PreconditionFailed", await ErrorOf(new ExportImportDevice { Id = "d1", ETag = "bm8=", ImportMode = ImportMode.DeleteIfMatchETag }));
        Assert.Null(await ErrorOf(new ExportImportDevice { Id = "d1", ImportMode = ImportMode.DeleteIfMatchETag }));
        Assert.Equal(0, (await Registry.GetStatisticsAsync(Cancellation)).TotalDeviceCount);
    }

    [Fact]
    public async Task A_twin_that_breaks_a_limit_leaves_the_device_without_it_and_says_so()
    {
        var result = (await Registry.BulkAsync([new ExportImportDevice { Id = "d1", Tags = Raw("{\"a.b\":1}") }], Cancellation)).Value!;
        Assert.True(result.IsSuccessful);
        Assert.Equal("DeviceRegisteredWithoutTwin", Assert.Single(result.Warnings).WarningCode);
        using var twin = JsonDocument.Parse((await _test.Hub.Twins.GetAsync(new IdentityId("d1"), Cancellation)).Value);
        Assert.False(twin.RootElement.TryGetProperty("tags", out _));
    }

    [Fact]
    public async Task Too_many_lines_and_one_identity_twice_are_refused_as_a_whole()
    {
        var many = Enumerable.Range(0, 101).Select(i => new ExportImportDevice { Id = $"d{i}" }).ToList();
        Assert.Equal(HubErrorCode.ArgumentInvalid, (await Registry.BulkAsync(many, Cancellation)).Error!.Code);
        ExportImportDevice[] twice = [new ExportImportDevice { Id = "d1" }, new ExportImportDevice { Id = "d1", ImportMode = ImportMode.Delete }];
        Assert.Equal(HubErrorCode.DeviceDefinedMultipleTimes, (await Registry.BulkAsync(twice, Cancellation)).Error!.Code);
        Assert.True((await Registry.BulkAsync([], Cancellation)).Value!.IsSuccessful);
        Assert.Empty(await Registry.ListAsync(10, Cancellation));
    }

    [Fact]
    public async Task Ten_thousand_devices_are_made_in_bulk_and_none_is_lost()
    {
        const int Calls = 100;
        var watch = Stopwatch.StartNew();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, Calls),
            new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Cancellation },
            async (call, cancellation) => Assert.True((await Registry.BulkAsync(
                [.. Enumerable.Range(0, 100).Select(i => new ExportImportDevice { Id = $"d{call}-{i}" })], cancellation)).Value!.IsSuccessful));
        watch.Stop();
        TestContext.Current.TestOutputHelper?.WriteLine($"{Calls * 100 / watch.Elapsed.TotalSeconds:n0} creates/s");
        await _test.RestartAsync();
        Assert.Equal(Calls * 100, (await Registry.GetStatisticsAsync(Cancellation)).TotalDeviceCount);
    }

    private static RawJson Raw(string json) => RawJson.FromTrusted(Encoding.UTF8.GetBytes(json));

    [Fact]
    public async Task What_is_null_in_a_list_is_refused()
    {
        var entry = await Registry.BulkAsync([new ExportImportDevice { Id = "d1" }, null!], Cancellation);
        Assert.Equal(HubErrorCode.ArgumentInvalid, entry.Error!.Code);
        var scope = await Registry.BulkAsync([new ExportImportDevice { Id = "d1", ParentScopes = ["a", null!] }], Cancellation);
        Assert.False(scope.Value!.IsSuccessful);
    }
}
