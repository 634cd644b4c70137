using System.CommandLine;
using Nave.Api;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave jobs create method</c>: calls a method of every device that meets a condition.</summary>
internal sealed class JobsMethodCommand : ScheduledJobCommand
{
    private readonly Argument<string> _method = new("METHOD") { Description = "The method's name." };
    private readonly Option<string?> _payload = new("--payload") { Description = "The payload: JSON, @FILE, or - for stdin.", HelpName = "JSON" };
    private readonly Option<TimeSpan?> _timeout = CommonOptions.Span("--timeout", "How long a device may take: 5s to 300s. Default 30s.");

    public JobsMethodCommand(CliConsole console)
        : base(console, "method", "Call a method of many devices; those that are not connected are called once they are.")
    {
        Add(_method);
        Add(_payload);
        Add(_timeout);
        AddJobOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, CancellationToken cancellationToken) => await RunJobAsync(
        call,
        new JobRequest
        {
            Type = JobType.ScheduleDeviceMethod,
            CloudToDeviceMethod = new DirectMethodRequest
            {
                MethodName = call.Get(_method),
                Payload = call.Get(_payload) is { } text ? await InputText.ReadJsonAsync(text, "--payload", Console, cancellationToken) : default,
                ResponseTimeoutInSeconds = call.Get(_timeout) is { } timeout ? (int)Math.Ceiling(timeout.TotalSeconds) : null,
            },
        },
        cancellationToken);
}
