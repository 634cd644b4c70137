using System.Text.Json;
using Nave.Api;
using Nave.Hub.Connections;
using Nave.Hub.Devices;

namespace Nave.Hub.Tests.Devices;

public sealed class DeviceRegistryTests : IAsyncLifetime
{
    private readonly SettableTime _time = new();
    private TestHub _test = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private DeviceRegistry Registry => _test.Hub.Registry;

    public async ValueTask InitializeAsync() => _test = await TestHub.OpenAsync(_time);

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task A_device_with_nothing_but_an_id_gets_keys_an_etag_and_a_twin()
    {
        var created = await _test.CreateAsync("d1");
        Assert.Equal(AuthenticationType.Sas, created.Authentication!.Type);
        Assert.Equal(32, Convert.FromBase64String(created.Authentication.SymmetricKey!.PrimaryKey!).Length);
        Assert.Equal(32, Convert.FromBase64String(created.Authentication.SymmetricKey.SecondaryKey!).Length);
        Assert.NotEqual(created.Authentication.SymmetricKey.PrimaryKey, created.Authentication.SymmetricKey.SecondaryKey);
        Assert.True(ulong.TryParse(System.Text.Encoding.ASCII.GetString(Convert.FromBase64String(created.ETag!)), out _));
        Assert.InRange(long.Parse(created.GenerationId!, null), DateTime.UnixEpoch.Ticks, DateTime.MaxValue.Ticks);
        Assert.False(created.IsConnected);
        Assert.Equal(default, created.ConnectionStateUpdatedTime);
        Assert.Equal(default, created.StatusUpdatedTime);
        Assert.False(created.Capabilities!.IotEdge);
        Assert.Equal(Json(created), Json(await _test.GetAsync(created.Id)));
        using var twin = await TwinAsync("d1");
        Assert.Equal(created.ETag, twin.RootElement.GetProperty("deviceEtag").GetString());
        Assert.Equal(2, twin.RootElement.GetProperty("version").GetInt64());
    }

    [Fact]
    public async Task What_was_given_is_kept_also_over_a_restart()
    {
        var keys = new SymmetricKeys { PrimaryKey = Convert.ToBase64String(new byte[16]), SecondaryKey = Convert.ToBase64String(new byte[64]) };
        var created = (await Registry.CreateAsync(
            new DeviceIdentity
            {
                DeviceId = "d1",
                Status = DeviceStatus.Disabled,
                StatusReason = "because",
                Authentication = new DeviceAuthentication { SymmetricKey = keys },
            },
            Cancellation)).Value!;
        Assert.Equal(keys, created.Authentication!.SymmetricKey);
        await _test.RestartAsync();
        Assert.Equal(Json(created), Json(await _test.GetAsync(created.Id)));
    }

    [Fact]
    public async Task Keys_are_never_in_the_clear_on_the_disk()
    {
        var created = await _test.CreateAsync("d1");
        var owner = _test.Hub.Authenticator.Policies[0];
        await _test.StopAsync();
        string[] secrets = [created.Authentication!.SymmetricKey!.PrimaryKey!, created.Authentication.SymmetricKey.SecondaryKey!, owner.PrimaryKey, owner.SecondaryKey];
        foreach (var file in Directory.EnumerateFiles(_test.DataFolder, "*", SearchOption.AllDirectories))
        {
            var bytes = await File.ReadAllBytesAsync(file, Cancellation);
            foreach (var secret in secrets)
            {
                Assert.True(bytes.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(secret)) < 0, $"A key is in {file}.");
                Assert.True(bytes.AsSpan().IndexOf(Convert.FromBase64String(secret)) < 0, $"A key is in {file}.");
            }
        }
    }

    [Fact]
    public async Task Thumbprints_without_a_type_mean_self_signed_and_empty_keys_mean_new_ones()
    {
        var thumbprints = new X509Thumbprints { PrimaryThumbprint = new string('0', 40), SecondaryThumbprint = new string('F', 64) };
        var signed = await _test.CreateAsync("d1", authentication: new DeviceAuthentication { SymmetricKey = new(), X509Thumbprint = thumbprints });
        Assert.Equal(AuthenticationType.SelfSigned, signed.Authentication!.Type);
        Assert.Equal(thumbprints, signed.Authentication.X509Thumbprint);
        Assert.Null(signed.Authentication.SymmetricKey!.PrimaryKey);
        var empty = await _test.CreateAsync(
            "d2", authentication: new DeviceAuthentication { SymmetricKey = new SymmetricKeys { PrimaryKey = "", SecondaryKey = "" } });
        Assert.Equal(44, empty.Authentication!.SymmetricKey!.PrimaryKey!.Length);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("a b")]
    [InlineData("ä")]
    public async Task An_id_that_is_not_permitted_is_refused(string id)
    {
        Assert.Equal(HubErrorCode.ArgumentInvalid, (await Registry.CreateAsync(new DeviceIdentity { DeviceId = id }, Cancellation)).Error!.Code);
        Assert.Equal(HubErrorCode.ArgumentInvalid, (await Registry.GetAsync(new IdentityId(id), Cancellation)).Error!.Code);
        await _test.CreateAsync("d1");
        Assert.Equal(HubErrorCode.ArgumentInvalid, (await Registry.CreateAsync(new DeviceIdentity { DeviceId = "d1", ModuleId = id }, Cancellation)).Error!.Code);
    }

    [Fact]
    public async Task Creating_what_exists_and_changing_what_does_not_are_told_apart()
    {
        var device = await _test.CreateAsync("d1");
        await _test.CreateAsync("d1", "m1");
        Assert.Equal(HubErrorCode.DeviceAlreadyExists, (await Registry.CreateAsync(device, Cancellation)).Error!.Code);
        Assert.Equal(HubErrorCode.ModuleAlreadyExistsOnDevice, (await Registry.CreateAsync(new DeviceIdentity { DeviceId = "d1", ModuleId = "m1" }, Cancellation)).Error!.Code);
        Assert.Equal(HubErrorCode.DeviceNotFound, (await Registry.CreateAsync(new DeviceIdentity { DeviceId = "d9", ModuleId = "m1" }, Cancellation)).Error!.Code);
        foreach (var (id, code) in new[]
        {
            (new IdentityId("d9"), HubErrorCode.DeviceNotFound),
            (new IdentityId("d9", "m1"), HubErrorCode.DeviceNotFound),
            (new IdentityId("d1", "m9"), HubErrorCode.ModuleNotFound),
        })
        {
            Assert.Equal(code, (await Registry.GetAsync(id, Cancellation)).Error!.Code);
            Assert.Equal(code, (await Registry.UpdateAsync(new DeviceIdentity { DeviceId = id.DeviceId, ModuleId = id.ModuleId }, "*", Cancellation)).Error!.Code);
            Assert.Equal(code, (await Registry.DeleteAsync(id, "*", Cancellation)).Error!.Code);
        }

        Assert.Equal(HubErrorCode.DeviceNotFound, (await Registry.ListModulesAsync("d9", Cancellation)).Error!.Code);
    }

    [Fact]
    public async Task An_update_takes_the_etag_it_expects_and_makes_a_new_one()
    {
        var device = await _test.CreateAsync("d1");
        var wanted = device with { Status = DeviceStatus.Disabled, StatusReason = "away" };
        Assert.Equal(HubErrorCode.PreconditionFailed, (await Registry.UpdateAsync(wanted, "bm90IHRoaXM=", Cancellation)).Error!.Code);
        var updated = (await Registry.UpdateAsync(wanted, $"\"{device.ETag}\"", Cancellation)).Value!;
        Assert.NotEqual(device.ETag, updated.ETag);
        Assert.Equal(device.GenerationId, updated.GenerationId);
        Assert.Equal(device.Authentication, updated.Authentication);
        Assert.NotEqual(default, updated.StatusUpdatedTime);
        Assert.Equal(HubErrorCode.PreconditionFailed, (await Registry.UpdateAsync(wanted, device.ETag!, Cancellation)).Error!.Code);
        Assert.True((await Registry.UpdateAsync(wanted, "*", Cancellation)).IsSuccess);
        using var twin = await TwinAsync("d1");
        Assert.Equal("disabled", twin.RootElement.GetProperty("status").GetString());
        Assert.Equal("away", twin.RootElement.GetProperty("statusReason").GetString());
    }

    [Fact]
    public async Task Of_many_updates_with_the_same_etag_one_wins()
    {
        var device = await _test.CreateAsync("d1");
        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(i =>
            Task.Run(() => Registry.UpdateAsync(device with { StatusReason = $"{i}" }, device.ETag!, Cancellation).AsTask())));
        var winner = Assert.Single(results, result => result.IsSuccess).Value!;
        Assert.Equal(winner.StatusReason, (await _test.GetAsync(device.Id)).StatusReason);
    }

    [Fact]
    public async Task Deleting_takes_modules_and_twins_along()
    {
        var device = await _test.CreateAsync("d1");
        var module = await _test.CreateAsync("d1", "m1");
        await _test.CreateAsync("d11");
        Assert.Equal(HubErrorCode.PreconditionFailed, (await Registry.DeleteAsync(device.Id, "bm8=", Cancellation)).Error!.Code);
        Assert.True((await Registry.DeleteAsync(device.Id, device.ETag!, Cancellation)).IsSuccess);
        Assert.Equal(HubErrorCode.DeviceNotFound, (await Registry.GetAsync(device.Id, Cancellation)).Error!.Code);
        Assert.Equal(HubErrorCode.DeviceNotFound, (await Registry.GetAsync(module.Id, Cancellation)).Error!.Code);
        Assert.False((await _test.Hub.Twins.GetAsync(device.Id, Cancellation)).IsSuccess);
        Assert.False((await _test.Hub.Twins.GetAsync(module.Id, Cancellation)).IsSuccess);
        Assert.Equal("d11", Assert.Single(await Registry.ListAsync(10, Cancellation)).DeviceId);
    }

    [Fact]
    public async Task A_generation_is_always_later_also_when_the_clock_goes_back()
    {
        var last = 0L;
        for (var i = 0; i < 6; i++)
        {
            var created = await _test.CreateAsync("d1");
            var generation = long.Parse(created.GenerationId!, null);
            Assert.True(generation > last);
            last = generation;
            await Registry.DeleteAsync(created.Id, "*", Cancellation);
            _time.Offset -= TimeSpan.FromDays(3);
            if (i % 2 == 0)
            {
                await _test.RestartAsync();
            }
        }
    }

    [Fact]
    public async Task A_device_has_fifty_modules_and_no_more()
    {
        await _test.CreateAsync("d1");
        var results = await Task.WhenAll(Enumerable.Range(0, 60).Select(i =>
            Registry.CreateAsync(new DeviceIdentity { DeviceId = "d1", ModuleId = $"m{i}" }, Cancellation).AsTask()));
        Assert.Equal(50, results.Count(result => result.IsSuccess));
        Assert.All(results.Where(result => !result.IsSuccess), result => Assert.Equal(HubErrorCode.TooManyModulesOnDevice, result.Error!.Code));
        Assert.Equal(50, (await Registry.ListModulesAsync("d1", Cancellation)).Value!.Count);
        Assert.Single(await Registry.ListAsync(1000, Cancellation));
    }

    [Fact]
    public async Task Devices_are_listed_in_order_of_their_ids_without_modules()
    {
        foreach (var id in (string[])["b", "a", "B", "a!", "a1"])
        {
            await _test.CreateAsync(id);
        }

        await _test.CreateAsync("a", "module");
        Assert.Equal(["B", "a", "a!", "a1", "b"], (await Registry.ListAsync(1000, Cancellation)).Select(device => device.DeviceId));
        Assert.Equal(["B", "a"], (await Registry.ListAsync(2, Cancellation)).Select(device => device.DeviceId));
        Assert.Equal("module", Assert.Single((await Registry.ListModulesAsync("a", Cancellation)).Value!).ModuleId);
    }

    [Fact]
    public async Task Statistics_follow_every_change_and_a_restart()
    {
        for (var i = 0; i < 5; i++)
        {
            await _test.CreateAsync($"d{i}");
        }

        await _test.CreateAsync("d0", "m1");
        await Registry.UpdateAsync(new DeviceIdentity { DeviceId = "d1", Status = DeviceStatus.Disabled }, "*", Cancellation);
        await Registry.UpdateAsync(new DeviceIdentity { DeviceId = "d2", Status = DeviceStatus.Disabled }, "*", Cancellation);
        await Registry.UpdateAsync(new DeviceIdentity { DeviceId = "d2", Status = DeviceStatus.Enabled }, "*", Cancellation);
        await Registry.DeleteAsync(new IdentityId("d0"), "*", Cancellation);
        var expected = new RegistryStatistics { TotalDeviceCount = 4, EnabledDeviceCount = 3, DisabledDeviceCount = 1 };
        Assert.Equal(expected, await Registry.GetStatisticsAsync(Cancellation));
        await _test.RestartAsync();
        Assert.Equal(expected, await Registry.GetStatisticsAsync(Cancellation));
    }

    [Fact]
    public async Task An_edge_device_opens_a_scope_and_has_its_two_modules()
    {
        var edge = (await Registry.CreateAsync(
            new DeviceIdentity { DeviceId = "edge", Capabilities = new DeviceCapabilities { IotEdge = true } }, Cancellation)).Value!;
        Assert.Equal($"ms-azure-iot-edge://edge-{edge.GenerationId}", edge.DeviceScope);
        Assert.Empty(edge.ParentScopes!);
        var modules = (await Registry.ListModulesAsync("edge", Cancellation)).Value!;
        Assert.Equal(["$edgeAgent", "$edgeHub"], modules.Select(module => module.ModuleId));
        Assert.All(modules, module => Assert.Equal("iotEdge", module.ManagedBy));
        Assert.True((await _test.Hub.Twins.GetAsync(new IdentityId("edge", "$edgeAgent"), Cancellation)).IsSuccess);

        var leaf = (await Registry.CreateAsync(new DeviceIdentity { DeviceId = "leaf", DeviceScope = edge.DeviceScope }, Cancellation)).Value!;
        Assert.Equal(edge.DeviceScope, leaf.DeviceScope);
        Assert.Equal([edge.DeviceScope!], leaf.ParentScopes!);
        Assert.Equal(HubErrorCode.InvalidDeviceScope, (await Registry.UpdateAsync(leaf with { DeviceScope = Guid.NewGuid().ToString() }, "*", Cancellation)).Error!.Code);
        Assert.Equal(HubErrorCode.InvalidDeviceScope, (await Registry.CreateAsync(new DeviceIdentity { DeviceId = "x", DeviceScope = "ms-azure-iot-edge://edge-1" }, Cancellation)).Error!.Code);
        Assert.Equal(HubErrorCode.InvalidDeviceScope, (await Registry.UpdateAsync(edge with { DeviceScope = $"ms-azure-iot-edge://edge-1" }, "*", Cancellation)).Error!.Code);
        Assert.True((await Registry.UpdateAsync(edge, "*", Cancellation)).IsSuccess);

        var nested = (await Registry.CreateAsync(
            new DeviceIdentity { DeviceId = "nested", Capabilities = new DeviceCapabilities { IotEdge = true }, ParentScopes = [edge.DeviceScope!] }, Cancellation)).Value!;
        Assert.Equal([edge.DeviceScope!], nested.ParentScopes!);
        Assert.NotEqual(edge.DeviceScope, nested.DeviceScope);
    }

    [Fact]
    public async Task A_device_that_becomes_an_edge_device_gets_what_one_has()
    {
        var device = await _test.CreateAsync("d1");
        await _test.CreateAsync("d1", "$edgeAgent");
        var edge = (await Registry.UpdateAsync(device with { Capabilities = new DeviceCapabilities { IotEdge = true } }, device.ETag!, Cancellation)).Value!;
        Assert.StartsWith("ms-azure-iot-edge://d1-", edge.DeviceScope, StringComparison.Ordinal);
        Assert.Equal(["$edgeAgent", "$edgeHub"], (await Registry.ListModulesAsync("d1", Cancellation)).Value!.Select(module => module.ModuleId));
    }

    [Fact]
    public async Task Connection_state_is_shown_as_it_is()
    {
        var device = await _test.CreateAsync("d1");
        var (session, _) = await _test.ConnectAsync(device);
        var connected = await _test.GetAsync(device.Id);
        Assert.True(connected.IsConnected);
        Assert.Equal(session.Opened, connected.ConnectionStateUpdatedTime);
        session.Close(CloseReason.ClosedByPeer);
        var gone = await _test.GetAsync(device.Id);
        Assert.False(gone.IsConnected);
        Assert.True(gone.ConnectionStateUpdatedTime >= session.Opened);
        Assert.NotEqual(default, gone.LastActivityTime);
        await _test.RestartAsync();
        Assert.Equal(Json(gone), Json(await _test.GetAsync(device.Id)));
        await Registry.DeleteAsync(device.Id, "*", Cancellation);
        Assert.Equal(default, (await _test.CreateAsync("d1")).LastActivityTime);
    }

    private static string Json(DeviceIdentity identity) => JsonSerializer.Serialize(identity);

    private async Task<JsonDocument> TwinAsync(string deviceId) =>
        JsonDocument.Parse((await _test.Hub.Twins.GetAsync(new IdentityId(deviceId), Cancellation)).Value);
}
