using System.Globalization;
using System.Text.Json;
using Nave.Api;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary>How jobs are shown: those that import and export, and those that are scheduled, side by side.</summary>
internal static class JobView
{
    public static readonly string[] Columns = ["jobId", "type", "status", "progress", "start", "end", "devices", "failed"];

    public static string?[] CellsOf(JobProperties job) =>
    [
        job.JobId, WireNames.Of(job.Type), WireNames.Of(job.Status), string.Create(CultureInfo.InvariantCulture, $"{job.Progress}%"),
        Time(job.StartTimeUtc), Time(job.EndTimeUtc), null, null,
    ];

    public static string?[] CellsOf(JobResponse job)
    {
        var devices = job.DeviceJobStatistics;
        return
        [
            job.JobId, WireNames.Of(job.Type), WireNames.Of(job.Status), string.Create(CultureInfo.InvariantCulture, $"{PercentOf(job)}%"),
            Time(job.StartTime), Time(job.EndTime), Number(devices.DeviceCount), Number(devices.FailedCount),
        ];
    }

    public static void Write(CliConsole console, OutputFormat format, JobProperties job) => console.WriteOne(
        format,
        JsonSerializer.Serialize(job, ApiJson.Wire.JobProperties),
        [
            ("jobId", job.JobId), ("type", WireNames.Of(job.Type)), ("status", WireNames.Of(job.Status)), ("progress", $"{job.Progress}%"),
            ("start", Time(job.StartTimeUtc)), ("end", Time(job.EndTimeUtc)), ("failureReason", job.FailureReason),
            ("input", job.InputBlobContainerUri), ("output", job.OutputBlobContainerUri),
        ]);

    public static void Write(CliConsole console, OutputFormat format, JobResponse job)
    {
        var devices = job.DeviceJobStatistics;
        console.WriteOne(
            format,
            JsonSerializer.Serialize(job, ApiJson.Wire.JobResponse),
            [
                ("jobId", job.JobId), ("type", WireNames.Of(job.Type)), ("status", WireNames.Of(job.Status)), ("condition", job.QueryCondition),
                ("start", Time(job.StartTime)), ("end", Time(job.EndTime)), ("failureReason", job.FailureReason), ("devices", Number(devices.DeviceCount)),
                ("succeeded", Number(devices.SucceededCount)), ("failed", Number(devices.FailedCount)), ("running", Number(devices.RunningCount)),
                ("pending", Number(devices.PendingCount)),
            ]);
    }

    /// <summary>Says how much of a scheduled job is done.</summary>
    public static int PercentOf(JobResponse job)
    {
        var devices = job.DeviceJobStatistics;
        return job.Status == JobStatus.Completed ? 100
            : devices.DeviceCount == 0 ? 0
            : (int)((devices.SucceededCount + devices.FailedCount) * 100L / devices.DeviceCount);
    }

    private static string? Time(DateTimeOffset? time) => time?.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
