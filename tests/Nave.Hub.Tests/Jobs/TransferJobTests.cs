using System.Text.Json;
using Nave.Api;

namespace Nave.Hub.Tests.Jobs;

public sealed class TransferJobTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_exported_and_imported_into_an_empty_hub_exports_the_same()
    {
        await using var from = await TransferFixture.OpenAsync();
        await FillAsync(from);
        var lines = await from.ExportAsync();
        Assert.Contains(lines, line => line.Contains("$edgeAgent", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("\"parentScopes\":[\"ms-azure-iot-edge://parent-", StringComparison.Ordinal));

        await using var to = await TransferFixture.OpenAsync();

        // Children before their parents, modules before their devices.
        Assert.Empty(await to.ImportAsync([.. lines.Reverse()]));
        Assert.Equal(lines, await to.ExportAsync());

        // And again, over what is there: nothing changes, not even an etag.
        Assert.Empty(await to.ImportAsync(lines));
        Assert.Equal(lines, await to.ExportAsync());
    }

    [Fact]
    public async Task The_modules_that_an_edge_device_has_by_itself_go_in_again_in_mode_create()
    {
        await using var from = await TransferFixture.OpenAsync();
        await FillAsync(from);
        var lines = (await from.ExportAsync()).Select(line => line.Replace("\"createOrUpdate\"", "\"create\"", StringComparison.Ordinal)).ToArray();
        await using var to = await TransferFixture.OpenAsync();
        Assert.Empty(await to.ImportAsync(lines));
        Assert.Equal(9, (await to.TwinAsync(new("parent", "$edgeAgent"))).GetProperty("properties").GetProperty("desired").GetProperty("schema").GetInt32());

        // Once they were changed, they are as any other module.
        var errors = await to.ImportAsync(lines);
        Assert.Contains(("parent", "$edgeAgent", "ModuleAlreadyExistsOnDevice"), errors.Select(error => (error.DeviceId!, error.ModuleId ?? "", error.ErrorCode)));
    }

    [Fact]
    public async Task A_child_whose_parent_never_comes_fails_with_the_reason()
    {
        await using var jobs = await TransferFixture.OpenAsync();
        var errors = await jobs.ImportAsync(
            """{"id":"leaf","deviceScope":"ms-azure-iot-edge://gone-1"}""",
            """{"id":"none","moduleId":"m"}""",
            """{"id":"fine"}""");
        Assert.Equal([("leaf", "InvalidDeviceScope"), ("none", "DeviceNotFound")], errors.Select(error => (error.DeviceId!, error.ErrorCode)));
        Assert.Equal(["fine"], (await jobs.Hub.Registry.ListAsync(10, Cancellation)).Select(device => device.DeviceId));
    }

    [Fact]
    public async Task Keys_are_null_in_an_export_that_leaves_them_out()
    {
        await using var jobs = await TransferFixture.OpenAsync();
        var device = await jobs.Test.CreateAsync("d");
        using var without = JsonDocument.Parse(Assert.Single(await jobs.ExportAsync(excludeKeys: true)));
        using var with = JsonDocument.Parse(Assert.Single(await jobs.ExportAsync()));
        Assert.Equal(JsonValueKind.Null, KeyOf(without).ValueKind);
        Assert.Equal(device.Authentication!.SymmetricKey!.PrimaryKey, KeyOf(with).GetString());

        static JsonElement KeyOf(JsonDocument line) => line.RootElement.GetProperty("authentication").GetProperty("symmetricKey").GetProperty("primaryKey");
    }

    [Fact]
    public async Task A_job_that_ends_early_leaves_no_file_with_keys()
    {
        await using var jobs = await TransferFixture.OpenAsync();
        await jobs.Test.CreateAsync("d");
        Directory.CreateDirectory(Path.Combine(jobs.Folder, "devices.txt")); // So the commit fails.
        var job = await jobs.RunAsync(jobs.ExportTo());
        Assert.Equal(JobStatus.Failed, job.Status);
        Assert.NotNull(job.FailureReason);
        Assert.Empty(Directory.GetFiles(jobs.Folder, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task One_job_runs_at_a_time_and_the_others_wait_up_to_a_number()
    {
        await using var jobs = await TransferFixture.OpenAsync();
        await File.WriteAllLinesAsync(
            Path.Combine(jobs.Folder, "devices.txt"), Enumerable.Range(0, 20_000).Select(i => $$"""{"id":"d{{i}}"}"""), Cancellation);
        var ids = new List<string>();
        for (var i = 0; i < 10; i++)
        {
            ids.Add(await jobs.StartAsync(jobs.ImportOf()));
            Assert.True(jobs.Hub.Transfers.List().Count(job => job.Status == JobStatus.Running) <= 1);
        }

        var refused = await jobs.Hub.Transfers.CreateAsync(jobs.ImportOf(), Cancellation);
        Assert.Equal(HubErrorCode.JobQuotaExceeded, refused.Error?.Code);

        // One that waits is cancelled without ever having run, one that runs in the middle.
        Assert.True((await jobs.Hub.Transfers.CancelAsync(ids[9], Cancellation)).IsSuccess);
        Assert.Equal(JobStatus.Cancelled, jobs.Hub.Transfers.Get(ids[9]).Value!.Status);
        foreach (var id in ids)
        {
            Assert.True((await jobs.Hub.Transfers.CancelAsync(id, Cancellation)).IsSuccess);
        }

        Assert.All(ids, id => Assert.Contains(jobs.Hub.Transfers.Get(id).Value!.Status, (JobStatus[])[JobStatus.Cancelled, JobStatus.Completed]));
        var last = await jobs.RunAsync(jobs.ImportOf());
        Assert.Equal((JobStatus.Completed, 100), (last.Status, last.Progress));
        Assert.Equal(20_000, (await jobs.Hub.Registry.GetStatisticsAsync(Cancellation)).TotalDeviceCount);
        Assert.Empty(jobs.ErrorLines);
        Assert.Equal(HubErrorCode.JobNotFound, (await jobs.Hub.Transfers.CancelAsync("none", Cancellation)).Error?.Code);
    }

    [Theory]
    [InlineData("file:///etc")]
    [InlineData("file:///tmp/../etc")]
    [InlineData("relative/folder")]
    [InlineData("ftp://x/y")]
    [InlineData("")]
    public async Task A_container_outside_the_hubs_folder_is_refused_when_the_job_is_made(string uri)
    {
        await using var jobs = await TransferFixture.OpenAsync();
        var refused = await jobs.Hub.Transfers.CreateAsync(jobs.ExportTo() with { OutputBlobContainerUri = uri }, Cancellation);
        Assert.Equal(HubErrorCode.BlobContainerValidationError, refused.Error?.Code);
        var other = await jobs.Hub.Transfers.CreateAsync(
            jobs.ExportTo() with { OutputBlobContainerUri = new Uri(Path.Combine(jobs.Test.DataFolder, "exports", "other")).AbsoluteUri }, Cancellation);
        Assert.Equal(HubErrorCode.BlobContainerValidationError, other.Error?.Code);
    }

    [Fact]
    public async Task What_is_wrong_with_a_request_is_said_at_once()
    {
        await using var jobs = await TransferFixture.OpenAsync();
        (JobProperties Wanted, HubErrorCode Code)[] cases =
        [
            (jobs.ExportTo() with { Type = JobType.Backup }, HubErrorCode.ArgumentInvalid),
            (jobs.ImportOf() with { InputBlobContainerUri = null }, HubErrorCode.BlobContainerValidationError),
            (jobs.ExportTo("../x"), HubErrorCode.ArgumentInvalid),
            (jobs.ExportTo() with { StorageAuthenticationType = StorageAuthenticationType.IdentityBased }, HubErrorCode.ManagedIdentityNotEnabled),
        ];
        foreach (var (wanted, code) in cases)
        {
            Assert.Equal(code, (await jobs.Hub.Transfers.CreateAsync(wanted, Cancellation)).Error?.Code);
        }
    }

    [Fact]
    public async Task A_blob_that_is_not_there_fails_the_job()
    {
        await using var jobs = await TransferFixture.OpenAsync();
        var job = await jobs.RunAsync(jobs.ImportOf("nothing.txt"));
        Assert.Equal(JobStatus.Failed, job.Status);
        Assert.Contains("nothing.txt", job.FailureReason, StringComparison.Ordinal);
        Assert.NotNull(job.EndTimeUtc);
    }

    [Fact]
    public async Task A_signature_comes_back_to_nobody_and_is_not_on_the_disk()
    {
        await using var jobs = await TransferFixture.OpenAsync();
        const string Uri = "http://127.0.0.1:9/account/container?sv=2020-01-01&sig=c2VjcmV0LXNpZ25hdHVyZQ%3D%3D&se=2030-01-01";
        var created = await jobs.Hub.Transfers.CreateAsync(jobs.ExportTo() with { OutputBlobContainerUri = Uri }, Cancellation);
        Assert.Null(created.Error);
        Assert.Equal("http://127.0.0.1:9/account/container?sv=2020-01-01&se=2030-01-01", created.Value!.OutputBlobContainerUri);
        await jobs.Hub.Transfers.CancelAsync(created.Value.JobId!, Cancellation);
        await jobs.Test.StopAsync();
        foreach (var file in Directory.GetFiles(jobs.Test.DataFolder, "*", SearchOption.AllDirectories))
        {
            Assert.True((await File.ReadAllBytesAsync(file, Cancellation)).AsSpan().IndexOf("c2VjcmV0LXNpZ25hdHVyZQ"u8) < 0, file);
        }
    }

    [Fact]
    public async Task Jobs_are_there_after_a_restart_and_forgotten_after_thirty_days()
    {
        var time = new SettableTime();
        await using var jobs = await TransferFixture.OpenAsync(time);
        var old = await jobs.RunAsync(jobs.ExportTo());
        await jobs.Test.RestartAsync();
        Assert.Equal(old, jobs.Hub.Transfers.Get(old.JobId!).Value);

        time.Offset = TimeSpan.FromDays(31);
        var young = await jobs.RunAsync(jobs.ExportTo());
        Assert.Equal([young.JobId], jobs.Hub.Transfers.List().Select(job => job.JobId));
        await jobs.Test.RestartAsync();
        Assert.Equal([young.JobId], jobs.Hub.Transfers.List().Select(job => job.JobId));
    }

    /// <summary>Everything that an identity may have.</summary>
    private static async Task FillAsync(TransferFixture jobs)
    {
        await jobs.Hub.Registry.CreateAsync(new DeviceIdentity { DeviceId = "top", Capabilities = new DeviceCapabilities { IotEdge = true } }, Cancellation);
        var top = await jobs.Test.GetAsync(new("top"));
        await jobs.Hub.Registry.CreateAsync(
            new DeviceIdentity { DeviceId = "parent", Capabilities = new DeviceCapabilities { IotEdge = true }, ParentScopes = [top.DeviceScope!] }, Cancellation);
        var parent = await jobs.Test.GetAsync(new("parent"));
        await jobs.Hub.Registry.CreateAsync(new DeviceIdentity { DeviceId = "child", DeviceScope = parent.DeviceScope }, Cancellation);
        await jobs.Test.CreateAsync("x509", authentication: new DeviceAuthentication { X509Thumbprint = new X509Thumbprints { PrimaryThumbprint = new string('B', 64) } });
        await jobs.Test.CreateAsync("ca", authentication: new DeviceAuthentication { Type = AuthenticationType.CertificateAuthority });
        await jobs.Hub.Registry.CreateAsync(new DeviceIdentity { DeviceId = "off", Status = DeviceStatus.Disabled, StatusReason = "\"stolen\" é" }, Cancellation);
        await jobs.Test.CreateAsync("off", "module");
        await PatchAsync(jobs, new("child"), """{"tags":{"site":"rome","n":1.50},"properties":{"desired":{"a":{"b":[1, 2,{"c":null}]}}}}""");
        await PatchAsync(jobs, new("child"), """{"properties":{"desired":{"a":{"x":"\u00e9\"\\"},"z":12345678901234}}}""");
        await PatchAsync(jobs, new("off", "module"), """{"properties":{"desired":{"m":true}}}""");
        await PatchAsync(jobs, new("parent", "$edgeAgent"), """{"properties":{"desired":{"schema":9}}}""");
        Assert.Null((await jobs.Hub.Twins.PatchReportedAsync(new("child"), """{"r":{"s":1}}"""u8.ToArray(), null, Cancellation)).Error);
        Assert.Null((await jobs.Hub.Twins.PatchReportedAsync(new("child"), """{"t":2}"""u8.ToArray(), null, Cancellation)).Error);
    }

    private static async Task PatchAsync(TransferFixture jobs, IdentityId id, string patch) =>
        Assert.Null((await jobs.Hub.Twins.PatchAsync(id, System.Text.Encoding.UTF8.GetBytes(patch), null, Cancellation)).Error);
}
