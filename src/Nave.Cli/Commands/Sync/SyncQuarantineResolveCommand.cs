using System.CommandLine;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave sync quarantine resolve</c>: the next run takes one side.</summary>
internal sealed class SyncQuarantineResolveCommand : SyncClientCommand
{
    private readonly Argument<string> _device = new("device") { Description = "The device id.", HelpName = "DEVICE" };
    private readonly Option<string> _take = new("--take") { Description = "Whose values the next run takes.", HelpName = "hub|external", Required = true };

    public SyncQuarantineResolveCommand(CliConsole console)
        : base(console, "resolve", "Say which side is right about a device; the next run makes it so.")
    {
        Add(_device);
        _take.AcceptOnlyFromAmong("hub", "external");
        Add(_take);
        AddSyncOptions();
    }

    protected override async Task<int> RunAsync(SyncCall call, CancellationToken cancellationToken)
    {
        var store = await call.OpenStoreAsync(cancellationToken);
        var (name, id, take) = (call.Configuration.Name, call.Get(_device)!, call.Get(_take)!); // Both are needed.
        var device = await store.GetQuarantinedAsync(name, id, cancellationToken) ?? throw new CliException($"The device '{id}' is not in quarantine.");
        await store.PutQuarantinedAsync(name, device with { Take = take }, cancellationToken);
        Console.WriteOne(
            call.Format,
            JsonLine.Of(json =>
            {
                json.WriteString("deviceId", id);
                json.WriteString("take", take);
            }),
            [("deviceId", id), ("take", take)]);
        return ExitCodes.Ok;
    }
}
