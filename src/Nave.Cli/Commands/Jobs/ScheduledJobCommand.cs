using System.CommandLine;
using Nave.Api;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary>A command that makes a scheduled job.</summary>
internal abstract class ScheduledJobCommand(CliConsole console, string name, string description) : ClientCommand(console, name, description)
{
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(500);

    private readonly Option<string> _where = new("--where")
    {
        Description = "Which devices: '*', a condition such as \"tags.site = 'rome'\", or \"FROM devices.modules WHERE …\".",
        HelpName = "CONDITION",
        Required = true,
    };

    private readonly Option<string?> _id = new("--id") { Description = "The job's id: 1 to 64 letters, digits, '-', '_', '.'. Default a random one.", HelpName = "ID" };
    private readonly Option<DateTimeOffset?> _start = new("--start") { Description = "When it starts, such as 2026-12-24T20:00:00Z. Default now.", HelpName = "TIME" };
    private readonly Option<TimeSpan?> _maxTime = CommonOptions.Span("--max-time", "How long it may take; devices that have not begun by then fail. Default 1h.");
    private readonly Option<bool> _noWait = new("--no-wait") { Description = "Do not wait until the job has ended." };

    /// <summary>Adds the options that both have, after the command's own.</summary>
    protected void AddJobOptions()
    {
        foreach (var option in (ReadOnlySpan<Option>)[_where, _id, _start, _maxTime, _noWait])
        {
            Add(option);
        }

        AddHubOptions();
    }

    /// <summary>Creates the job and waits for it.</summary>
    /// <returns>The exit code: a job of which a device failed fails the command.</returns>
    protected async Task<int> RunJobAsync(ClientCall call, JobRequest wanted, CancellationToken cancellationToken)
    {
        var id = call.Get(_id) ?? Guid.NewGuid().ToString("D");
        var job = await call.Service.ScheduleJobAsync(
            id,
            wanted with
            {
                QueryCondition = call.Get(_where),
                StartTime = call.Get(_start),
                MaxExecutionTimeInSeconds = call.Get(_maxTime) is { } time ? (long)Math.Ceiling(time.TotalSeconds) : null,
            },
            cancellationToken);
        if (!call.Get(_noWait))
        {
            var progress = new JobProgress(Console, call.Format, TimeProvider.System);
            while (job.Status is not (JobStatus.Completed or JobStatus.Failed or JobStatus.Cancelled))
            {
                progress.Report(JobView.PercentOf(job), WireNames.Of(job.Status));
                await Task.Delay(s_poll, TimeProvider.System, cancellationToken);
                job = await call.Service.GetScheduledJobAsync(id, cancellationToken);
            }

            progress.Report(JobView.PercentOf(job), WireNames.Of(job.Status));
            progress.End();
        }

        JobView.Write(Console, call.Format, job);
        if (job.DeviceJobStatistics.FailedCount > 0)
        {
            await Console.Human(call.Format).WriteLineAsync($"Why devices failed: nave jobs show {id} --devices");
        }

        return job.Status is JobStatus.Failed or JobStatus.Cancelled || job.DeviceJobStatistics.FailedCount > 0 ? ExitCodes.Failure : ExitCodes.Ok;
    }
}
