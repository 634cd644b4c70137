using Microsoft.Extensions.Logging.Abstractions;
using Nave.Api;
using Nave.Hub.Connections;
using Nave.Testing;

namespace Nave.Hub.Tests.Hosting;

public sealed class HubHostTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("hub.test")]
    [InlineData("HUB.test")]
    [InlineData("hub.test:443")]
    [InlineData("Hub.Test:8443")]
    public async Task A_hub_is_found_by_its_host_name_in_any_letter_case_with_or_without_a_port(string host)
    {
        await using var test = await TestHub.OpenAsync();
        Assert.True(test.Host.TryFind(host, out var hub));
        Assert.Equal("hub", hub.Name);
        Assert.False(test.Host.TryFind("hub", out _));
        Assert.False(test.Host.TryFind("", out _));
        Assert.False(test.Host.TryFind("other.test", out _));
    }

    [Fact]
    public async Task Hubs_are_made_and_deleted_while_others_run()
    {
        await using var test = await TestHub.OpenAsync();
        var device = await test.CreateAsync("d1");
        var made = (await test.Host.CreateAsync(new HubDefinition { HostName = "second.test", Partitions = 2, Tier = "S1" }, Cancellation)).Value!;
        Assert.Equal(["hub", "second"], test.Host.Hubs.Select(hub => hub.Name));
        Assert.Equal(2, made.Events.PartitionCount);
        Assert.False((await made.Registry.GetAsync(device.Id, Cancellation)).IsSuccess);
        Assert.True((await made.Registry.CreateAsync(new DeviceIdentity { DeviceId = "x" }, Cancellation)).IsSuccess);

        await test.RestartAsync();
        Assert.True(test.Host.TryFind("second.test", out var again));
        Assert.Equal("S1", again.Definition.Tier);
        Assert.True((await again.Registry.GetAsync(new IdentityId("x"), Cancellation)).IsSuccess);

        Assert.True((await test.Host.DeleteAsync("second", Cancellation)).IsSuccess);
        Assert.False(test.Host.TryFind("second.test", out _));
        Assert.Equal(404, (await test.Host.DeleteAsync("second", Cancellation)).Error!.HttpStatus);
        Assert.False(Directory.Exists(Path.Combine(test.DataFolder, "hubs", "second")));
        await test.RestartAsync();
        Assert.Single(test.Host.Hubs);
        Assert.Equal(device.ETag, (await test.GetAsync(device.Id)).ETag);
    }

    [Fact]
    public async Task A_hub_answers_to_its_aliases_until_they_are_taken_from_it()
    {
        await using var test = await TestHub.OpenAsync();
        var device = await test.CreateAsync("d1");
        var key = Convert.FromBase64String(device.Authentication!.SymmetricKey!.PrimaryKey!);
        var token = SasToken.Create(SasToken.ResourceOf("fleet.test", device.Id), key, TimeProvider.System.GetUtcNow().AddHours(1));
        Assert.False((await test.AuthenticateAsync(device.Id, token)).IsSuccess);

        Assert.True((await test.Host.SetAliasesAsync("hub", ["fleet.test", "old.test"], Cancellation)).IsSuccess);
        await test.RestartAsync();
        Assert.True(test.Host.TryFind("Fleet.test:443", out var hub));
        Assert.Equal("hub", hub.Name);
        Assert.True((await test.AuthenticateAsync(device.Id, token)).IsSuccess);

        Assert.True((await test.Host.SetAliasesAsync("hub.test", ["old.test"], Cancellation)).IsSuccess);
        Assert.False(test.Host.TryFind("fleet.test", out _));
        Assert.True(test.Host.TryFind("old.test", out _));
        Assert.False((await test.AuthenticateAsync(device.Id, token)).IsSuccess);
    }

    [Fact]
    public async Task No_two_hubs_have_one_name()
    {
        await using var test = await TestHub.OpenAsync();
        Assert.True((await test.Host.CreateAsync(new HubDefinition { HostName = "second.test", Aliases = ["fleet.test"] }, Cancellation)).IsSuccess);
        Assert.Equal(409, (await test.Host.SetAliasesAsync("hub", ["FLEET.test"], Cancellation)).Error!.HttpStatus);
        Assert.Equal(409, (await test.Host.SetAliasesAsync("hub", ["second.test"], Cancellation)).Error!.HttpStatus);
        Assert.Equal(409, (await test.Host.CreateAsync(new HubDefinition { HostName = "fleet.test" }, Cancellation)).Error!.HttpStatus);
        Assert.Equal(409, (await test.Host.CreateAsync(new HubDefinition { HostName = "third.test", Aliases = ["hub.test"] }, Cancellation)).Error!.HttpStatus);
        Assert.Equal(400, (await test.Host.SetAliasesAsync("hub", ["hub.test"], Cancellation)).Error!.HttpStatus);
        Assert.Equal(400, (await test.Host.SetAliasesAsync("hub", ["a_b.test"], Cancellation)).Error!.HttpStatus);
        Assert.Equal(400, (await test.Host.SetAliasesAsync("hub", [.. Enumerable.Range(0, 11).Select(i => $"n{i}.test")], Cancellation)).Error!.HttpStatus);
        Assert.Equal(404, (await test.Host.SetAliasesAsync("none", [], Cancellation)).Error!.HttpStatus);
    }

    [Fact]
    public async Task Deleting_a_hub_closes_its_connections()
    {
        await using var test = await TestHub.OpenAsync();
        var (_, link) = await test.ConnectAsync(await test.CreateAsync("d1"));
        Assert.True((await test.Host.DeleteAsync(TestHub.HostName, Cancellation)).IsSuccess);
        Assert.Equal(CloseReason.Deleted, await link.Closed);
    }

    [Fact]
    public async Task Stopping_closes_connections_and_tells_why()
    {
        await using var test = await TestHub.OpenAsync();
        var (_, link) = await test.ConnectAsync(await test.CreateAsync("d1"));
        await test.StopAsync();
        Assert.Equal(CloseReason.ServerShutdown, await link.Closed);
    }

    [Fact]
    public async Task A_name_that_is_taken_is_a_conflict()
    {
        await using var test = await TestHub.OpenAsync();
        foreach (var host in (string[])["hub.test", "HUB.TEST", "hub.elsewhere"])
        {
            Assert.Equal(409, (await test.Host.CreateAsync(new HubDefinition { HostName = host }, Cancellation)).Error!.HttpStatus);
        }
    }

    [Fact]
    public async Task A_definition_that_is_not_permitted_is_refused_with_every_reason()
    {
        await using var test = await TestHub.OpenAsync();
        foreach (var host in (string[])["", ".", "a..b", "-a", "a-", "a_b", "a/b", "../x", new string('a', 64), string.Join('.', Enumerable.Repeat("abcdefg", 32))])
        {
            Assert.Equal(400, (await test.Host.CreateAsync(new HubDefinition { HostName = host }, Cancellation)).Error!.HttpStatus);
        }

        var error = (await test.Host.CreateAsync(
            new HubDefinition { HostName = "ok.test", Partitions = 33, Tier = "S9", RetentionBytes = 1, RetentionTime = TimeSpan.Zero }, Cancellation)).Error!;
        Assert.Contains("Partitions is 33; 1 to 32", error.Message, StringComparison.Ordinal);
        Assert.Contains("'S9'", error.Message, StringComparison.Ordinal);
        Assert.Contains("RetentionBytes", error.Message, StringComparison.Ordinal);
        Assert.Contains("RetentionTime", error.Message, StringComparison.Ordinal);
        Assert.Single(test.Host.Hubs);
    }

    [Fact]
    public async Task The_owner_key_is_what_was_asked_for_on_a_new_hub_and_on_an_old_one()
    {
        var first = Convert.ToBase64String("0123456789abcdef"u8);
        var second = Convert.ToBase64String("fedcba9876543210"u8);
        await using var test = await TestHub.OpenAsync(configure: options => options with { OwnerKey = first });
        Assert.Equal(first, OwnerKey(test.Host));
        await test.StopAsync();
        var options = new HubHostOptions { DataFolder = test.DataFolder, DefaultHub = new HubDefinition { HostName = TestHub.HostName } };
        await using (var kept = await HubHost.OpenAsync(options, TimeProvider.System, NullLoggerFactory.Instance, Cancellation))
        {
            Assert.Equal(first, OwnerKey(kept));
        }

        await using var changed = await HubHost.OpenAsync(options with { OwnerKey = second }, TimeProvider.System, NullLoggerFactory.Instance, Cancellation);
        Assert.Equal(second, OwnerKey(changed));
    }

    [Theory]
    [InlineData("")]
    [InlineData("not base64")]
    [InlineData("c2hvcnQ=")]
    public async Task An_owner_key_that_is_none_is_refused_without_being_repeated(string key)
    {
        var error = await Assert.ThrowsAsync<ArgumentException>(() => TestHub.OpenAsync(configure: options => options with { OwnerKey = key }));
        Assert.Contains("base64 of 16 to 64 bytes", error.Message, StringComparison.Ordinal);
        Assert.True(key.Length == 0 || !error.Message.Contains(key, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_second_process_cannot_open_the_same_folder()
    {
        await using var test = await TestHub.OpenAsync();
        var options = new HubHostOptions { DataFolder = test.DataFolder, DefaultHub = new HubDefinition { HostName = TestHub.HostName } };
        await Assert.ThrowsAsync<IOException>(() => HubHost.OpenAsync(options, TimeProvider.System, NullLoggerFactory.Instance, Cancellation));
    }

    [Fact]
    public async Task Files_with_secrets_are_the_owners_alone()
    {
        await using var test = await TestHub.OpenAsync();
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        foreach (var file in (string[])["key", Path.Combine("hubs", "hub", "hub.json")])
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(test.DataFolder, file)));
        }

        await test.StopAsync();
        var key = Path.Combine(test.DataFolder, "key");
        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        var error = await Assert.ThrowsAsync<InvalidDataException>(test.StartAsync);
        Assert.Contains("chmod 600", error.Message, StringComparison.Ordinal);
        File.SetUnixFileMode(key, UnixFileMode.UserRead);
        await test.StartAsync();
    }

    [Fact]
    public async Task A_lost_key_or_a_foreign_one_is_never_replaced_in_silence()
    {
        await using var test = await TestHub.OpenAsync();
        await test.StopAsync();
        var file = Path.Combine(test.DataFolder, "key");
        var key = await File.ReadAllBytesAsync(file, Cancellation);
        File.Delete(file);
        Assert.Contains("missing", (await Assert.ThrowsAsync<InvalidDataException>(test.StartAsync)).Message, StringComparison.Ordinal);
        Assert.False(File.Exists(file));
        await WriteKeyAsync(new byte[32]);
        Assert.Contains("do not open", (await Assert.ThrowsAsync<InvalidDataException>(test.StartAsync)).Message, StringComparison.Ordinal);
        await WriteKeyAsync(new byte[31]);
        Assert.Contains("31 bytes", (await Assert.ThrowsAsync<InvalidDataException>(test.StartAsync)).Message, StringComparison.Ordinal);
        await WriteKeyAsync(key);
        await test.StartAsync();

        async Task WriteKeyAsync(byte[] content)
        {
            await File.WriteAllBytesAsync(file, content, Cancellation);
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    [Fact]
    public async Task What_an_interrupted_creation_or_deletion_left_is_removed_at_the_next_start()
    {
        await using var test = await TestHub.OpenAsync();
        var hubs = Path.Combine(test.DataFolder, "hubs");
        await test.RestartAsync(() =>
        {
            Directory.CreateDirectory(Path.Combine(hubs, ".making-half"));
            Directory.CreateDirectory(Path.Combine(hubs, ".deleted-old-00", "log"));
            File.WriteAllText(Path.Combine(hubs, ".deleted-old-00", "log", "segment"), "x");
            File.WriteAllText(Path.Combine(hubs, "hub", "hub.json.new"), "half");
        });
        Assert.Equal(["hub"], Directory.EnumerateDirectories(hubs).Select(Path.GetFileName));
        Assert.Single(test.Host.Hubs);
    }

    [Fact]
    public async Task Options_that_are_wrong_are_all_told()
    {
        var options = new HubHostOptions
        {
            DataFolder = " ",
            DefaultHub = new HubDefinition { HostName = "a b", Partitions = 0 },
            OwnerKey = "x",
            ClockSkew = TimeSpan.FromHours(2),
            CachedIdentities = 1,
        };
        Assert.Equal(5, options.Validate().Count);
        await Assert.ThrowsAsync<ArgumentException>(() => HubHost.OpenAsync(options, TimeProvider.System, NullLoggerFactory.Instance, Cancellation));
    }

    [Fact]
    public async Task A_hub_of_a_tier_refuses_what_is_over_its_limit()
    {
        await using var test = await TestHub.OpenAsync(definition: new HubDefinition { HostName = TestHub.HostName, Tier = "S1" });
        Assert.InRange(
            await GrantedAsync(async () => (await test.Hub.Registry.GetAsync(new IdentityId("d1"), Cancellation)).Error is { Code: HubErrorCode.ThrottlingException } e ? e : null),
            100, 1000);
    }

    [Fact]
    public async Task Lists_counts_and_messages_received_over_HTTP_are_limited_by_the_tier_too()
    {
        await using var test = await TestHub.OpenAsync(definition: new HubDefinition { HostName = TestHub.HostName, Tier = "S1" });
        Assert.InRange(await GrantedAsync(() => Task.FromResult(test.Hub.Registry.TakeListing())), 100, 1000);
        Assert.InRange(await GrantedAsync(() => Task.FromResult(test.Hub.CloudToDevice.TakeReceive())), 1000, 5000);
    }

    // How often something is permitted before it is not: what the tier gives at once, and a little more while time goes on.
    private static async Task<int> GrantedAsync(Func<Task<HubError?>> take)
    {
        for (var granted = 0; granted < 20_000; granted++)
        {
            if (await take() is { } refused)
            {
                Assert.Equal(HubErrorCode.ThrottlingException, refused.Code);
                return granted;
            }
        }

        return int.MaxValue;
    }

    [Fact]
    public async Task A_connect_and_a_disconnect_reach_the_event_stream()
    {
        await using var test = await TestHub.OpenAsync(definition: new HubDefinition { HostName = TestHub.HostName, Partitions = 1 });
        var (session, _) = await test.ConnectAsync(await test.CreateAsync("d1"));
        Assert.Equal(["createDeviceIdentity", "deviceConnected"], await OperationsAsync(test, 2));
        session.Close(CloseReason.ConnectionLost);
        Assert.Equal("deviceDisconnected", (await OperationsAsync(test, 3))[2]);
    }

    private static async Task<IReadOnlyList<string>> OperationsAsync(TestHub test, int count)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        deadline.CancelAfter(TestDeadline.Default);
        await test.Hub.Events.WaitForAsync(0, count - 1, deadline.Token);
        var events = await test.Hub.Events.ReadAsync(0, 0, 1 << 20, Cancellation);
        return [.. events.Select(stored => stored.Properties["opType"] ?? "")];
    }

    private static string OwnerKey(HubHost host) => host.Hubs[0].Authenticator.Policies.Single(policy => policy.Name == "iothubowner").PrimaryKey;
}
