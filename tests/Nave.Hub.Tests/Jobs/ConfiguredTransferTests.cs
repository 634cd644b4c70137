using Nave.Api;
using Nave.Hub.Tests.Configurations;

namespace Nave.Hub.Tests.Jobs;

/// <summary>Exports of a hub whose configurations have written to twins.</summary>
public sealed class ConfiguredTransferTests
{
    private static readonly IdentityId s_device = new("d");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_configurations_wrote_is_the_same_after_an_export_and_an_import_with_them()
    {
        await using var source = await FillAsync();
        await using var target = await TransferFixture.OpenAsync();
        await CopyAsync(source, target);
        await target.Test.SettleAsync();
        Assert.Equal("slow=Applied", await target.Test.StatusesAsync(s_device));

        await ExportAsync(target);
        foreach (var name in (string[])["devices.txt", "configurations.txt"])
        {
            Assert.Equal(await ReadAsync(source, name), await ReadAsync(target, name));
        }
    }

    [Fact]
    public async Task What_configurations_wrote_stays_without_them_and_follows_one_of_that_name()
    {
        await using var source = await FillAsync();
        await using var target = await TransferFixture.OpenAsync();
        File.Copy(Path.Combine(source.Folder, "devices.txt"), Path.Combine(target.Folder, "devices.txt"));
        Assert.Equal(JobStatus.Completed, (await target.RunAsync(target.ImportOf())).Status);
        await target.Test.SettleAsync();
        await target.Test.PatchAsync(s_device, """{"tags":{"more":1}}""");
        Assert.Equal("""{"own":1,"telemetry":{"interval":60}}""", await target.Test.DesiredAsync(s_device));

        await target.Test.AddAsync(ConfigurationFixture.Of("slow", "*", ConfigurationFixture.Device(("properties.desired.telemetry.interval", "5"))));
        Assert.Equal("""{"own":1,"telemetry":{"interval":5}}""", await target.Test.DesiredAsync(s_device));
        await target.Test.RemoveAsync("slow");
        Assert.Equal("""{"own":1}""", await target.Test.DesiredAsync(s_device));
    }

    [Fact]
    public async Task More_writers_than_a_twin_may_name_leave_one_that_can_be_read()
    {
        await using var hub = await TransferFixture.OpenAsync();
        var names = Enumerable.Range(0, 1100).ToList();
        var values = string.Join(',', names.Select(i => $"\"n{i}\":{i}"));
        var metadata = string.Join(',', names.Select(i => $"\"n{i}\":{{\"$lastUpdatedBy\":\"c{i}\",\"$lastUpdatedByDigest\":\"{i}\"}}"));
        Assert.Empty(await hub.ImportAsync($"{{\"id\":\"d\",\"properties\":{{\"desired\":{{{values},\"$metadata\":{{{metadata}}}}}}}}}"));
        var written = (await hub.TwinAsync(s_device)).GetProperty("properties").GetProperty("desired").GetProperty("$metadata");
        Assert.Equal("c0", written.GetProperty("n0").GetProperty("$lastUpdatedBy").GetString());
        Assert.False(written.GetProperty("n1099").TryGetProperty("$lastUpdatedBy", out _));
    }

    private static async Task<TransferFixture> FillAsync()
    {
        var source = await TransferFixture.OpenAsync();
        await source.Test.CreateAsync("d");
        await source.Test.PatchAsync(s_device, """{"tags":{"site":"berlin"},"properties":{"desired":{"own":1}}}""");
        await source.Test.AddAsync(ConfigurationFixture.Of("slow", "tags.site = 'berlin'", ConfigurationFixture.Device(("properties.desired.telemetry.interval", "60"))));
        await ExportAsync(source);
        return source;
    }

    private static async Task ExportAsync(TransferFixture hub)
    {
        var job = await hub.RunAsync(hub.ExportTo() with { IncludeConfigurations = true });
        Assert.Equal((JobStatus.Completed, null), (job.Status, job.FailureReason));
    }

    private static async Task CopyAsync(TransferFixture source, TransferFixture target)
    {
        foreach (var name in (string[])["devices.txt", "configurations.txt"])
        {
            File.Copy(Path.Combine(source.Folder, name), Path.Combine(target.Folder, name));
        }

        var job = await target.RunAsync(target.ImportOf() with { IncludeConfigurations = true });
        Assert.Equal((JobStatus.Completed, null), (job.Status, job.FailureReason));
        Assert.Empty(target.ErrorLines);
    }

    private static Task<string> ReadAsync(TransferFixture hub, string name) => File.ReadAllTextAsync(Path.Combine(hub.Folder, name), Cancellation);
}
