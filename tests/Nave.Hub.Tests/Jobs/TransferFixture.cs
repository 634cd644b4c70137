using System.Text;
using System.Text.Json;
using Nave.Api;

namespace Nave.Hub.Tests.Jobs;

/// <summary>A hub with a folder for its jobs.</summary>
internal sealed class TransferFixture : IAsyncDisposable
{
    private TransferFixture(TestHub hub) => Test = hub;

    public TestHub Test { get; }

    public IotHub Hub => Test.Hub;

    public static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public string Folder => Path.Combine(Test.DataFolder, "exports", Hub.Name, "jobs");

    public string Uri => new Uri(Folder).AbsoluteUri;

    public string[] ErrorLines => File.ReadAllLines(Path.Combine(Folder, "importErrors.log"));

    public static async Task<TransferFixture> OpenAsync(TimeProvider? time = null)
    {
        var fixture = new TransferFixture(await TestHub.OpenAsync(time));
        Directory.CreateDirectory(fixture.Folder);
        return fixture;
    }

    public JobProperties ImportOf(string? name = null) => new()
    {
        Type = JobType.Import,
        InputBlobContainerUri = Uri,
        InputBlobName = name,
        OutputBlobContainerUri = Uri,
    };

    public JobProperties ExportTo(string? name = null, bool excludeKeys = false) => new()
    {
        Type = JobType.Export,
        OutputBlobContainerUri = Uri,
        OutputBlobName = name,
        ExcludeKeysInExport = excludeKeys,
    };

    /// <summary>Imports lines, and returns the errors in the order of the log.</summary>
    public async Task<List<ImportErrorLine>> ImportAsync(params string[] lines)
    {
        await File.WriteAllTextAsync(Path.Combine(Folder, "devices.txt"), string.Join('\n', lines), new UTF8Encoding(false), Cancellation);
        var job = await RunAsync(ImportOf());
        Assert.Equal((JobStatus.Completed, null), (job.Status, job.FailureReason));
        return [.. ErrorLines.Select(line => JsonSerializer.Deserialize(line, ApiJson.Default.ImportErrorLine)!)];
    }

    /// <summary>Exports, and returns the lines.</summary>
    public async Task<string[]> ExportAsync(bool excludeKeys = false)
    {
        var job = await RunAsync(ExportTo("out.txt", excludeKeys));
        Assert.Equal((JobStatus.Completed, null), (job.Status, job.FailureReason));
        return await File.ReadAllLinesAsync(Path.Combine(Folder, "out.txt"), Cancellation);
    }

    public async Task<JobProperties> RunAsync(JobProperties wanted) => await WaitAsync(await StartAsync(wanted));

    public async Task<string> StartAsync(JobProperties wanted)
    {
        var created = await Hub.Transfers.CreateAsync(wanted, Cancellation);
        Assert.Null(created.Error);
        return created.Value!.JobId!;
    }

    public async Task<JobProperties> WaitAsync(string id)
    {
        await UntilAsync(() => Hub.Transfers.Get(id).Value is { Status: not (JobStatus.Enqueued or JobStatus.Running) }, $"job {id} has ended");
        return Hub.Transfers.Get(id).Value!;
    }

    // A large file takes its time.
    private static async Task UntilAsync(Func<bool> condition, string what)
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromMinutes(5), what);
            await Task.Delay(2, Cancellation);
        }
    }

    public async Task<JsonElement> TwinAsync(IdentityId id)
    {
        var twin = await Hub.Twins.GetAsync(id, Cancellation);
        Assert.Null(twin.Error);
        using var document = JsonDocument.Parse(twin.Value);
        return document.RootElement.Clone();
    }

    public ValueTask DisposeAsync() => Test.DisposeAsync();
}
