using System.CommandLine;
using System.Text.Json;
using Nave.Api;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave jobs list</c>: imports and exports first, then what is scheduled.</summary>
internal sealed class JobsListCommand : ClientCommand
{
    private readonly Option<JobType> _type = CommonOptions.Choice("--type", JobType.Unknown, "Only import, export, scheduleDeviceMethod or scheduleUpdateTwin.");
    private readonly Option<JobStatus> _status = CommonOptions.Choice("--status", JobStatus.Unknown, "Only those with this status.");

    public JobsListCommand(CliConsole console)
        : base(console, "list", "List the jobs of the last thirty days.")
    {
        Add(_type);
        Add(_status);
        AddHubOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, CancellationToken cancellationToken)
    {
        var (type, status) = (call.Get(_type), call.Get(_status));
        var transfers = type is JobType.Unknown or JobType.Import or JobType.Export
            ? (await call.Service.ListTransferJobsAsync(cancellationToken))
                .Where(job => (type == JobType.Unknown || job.Type == type) && (status == JobStatus.Unknown || job.Status == status)).ToList()
            : [];
        var scheduled = type is JobType.Import or JobType.Export
            ? AsyncEnumerable.Empty<JobResponse>()
            : call.Service.QueryScheduledJobsAsync(type == JobType.Unknown ? null : type, status == JobStatus.Unknown ? null : status, 1000, cancellationToken);
        if (call.Format != OutputFormat.Json)
        {
            await Console.WriteRowsAsync(call.Format, JobView.Columns, CellsAsync(transfers, scheduled));
            return ExitCodes.Ok;
        }

        foreach (var job in transfers)
        {
            await Console.Out.WriteLineAsync(JsonSerializer.Serialize(job, ApiJson.Wire.JobProperties));
        }

        await foreach (var job in scheduled.WithCancellation(cancellationToken))
        {
            await Console.Out.WriteLineAsync(JsonSerializer.Serialize(job, ApiJson.Wire.JobResponse));
        }

        return ExitCodes.Ok;
    }

    private static async IAsyncEnumerable<IReadOnlyList<string?>> CellsAsync(List<JobProperties> transfers, IAsyncEnumerable<JobResponse> scheduled)
    {
        foreach (var job in transfers)
        {
            yield return JobView.CellsOf(job);
        }

        await foreach (var job in scheduled)
        {
            yield return JobView.CellsOf(job);
        }
    }
}
