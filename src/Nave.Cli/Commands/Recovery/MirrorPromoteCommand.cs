using System.CommandLine;
using Microsoft.Extensions.Logging;
using Nave.Cli.Output;
using Nave.Fleet.Recovery;

namespace Nave.Cli.Commands;

/// <summary>
/// <c>nave mirror promote</c>: ends a mirror and makes its target the active hub. A mirror that runs on the folder does it; else this process does,
/// and needs both hubs named.
/// </summary>
internal sealed class MirrorPromoteCommand : Command
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(100);

    private readonly CliConsole _console;
    private readonly HubOptions _from = new("from", "the source");
    private readonly HubOptions _to = new("to", "the target");
    private readonly Option<string> _store = MirrorOptionsText.Store();
    private readonly Option<string> _group = MirrorOptionsText.ConsumerGroup();
    private readonly Option<bool> _noFence = new("--no-fence") { Description = "Do not make the source stand by." };
    private readonly Option<TimeSpan?> _drain = CommonOptions.Span("--drain", "How long to wait for the source's last events when it still answers. Default 10s.");
    private readonly Option<OutputFormat> _output = CommonOptions.Output();

    public MirrorPromoteCommand(CliConsole console)
        : base("promote", "End a mirror: make its target the active hub.")
    {
        _console = console;
        Add(_store);
        Add(_group);
        Add(_noFence);
        Add(_drain);
        Add(_output);
        _from.AddTo(this);
        _to.AddTo(this);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var folder = new MirrorFolder(parsed.GetValue(_store)!);
        var promotion = await AskAsync(folder, cancellationToken) ?? await PromoteAsync(parsed, cancellationToken);
        MirrorOptionsText.Print(_console, parsed.GetValue(_output), promotion);
        return ExitCodes.Ok;
    }

    /// <summary>Asks the mirror that runs on the folder; <see langword="null"/> if none does.</summary>
    private static async Task<MirrorPromotion?> AskAsync(MirrorFolder folder, CancellationToken cancellationToken)
    {
        if (!await folder.IsInUseAsync(cancellationToken))
        {
            return null;
        }

        folder.RequestPromotion();
        while (true)
        {
            if (folder.ReadPromotion() is { } promotion)
            {
                return promotion;
            }

            await Task.Delay(s_look, cancellationToken);
            if (!await folder.IsInUseAsync(cancellationToken) && folder.ReadPromotion() is null)
            {
                throw new CliException("The mirror ended without a promotion: its output says why.");
            }
        }
    }

    private async Task<MirrorPromotion> PromoteAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var loggers = LoggerFactory.Create(builder => Logging.Configure(builder, LogLevel.Warning, LogFormat.Text));
        var (from, to) = (_from.Resolve(parsed, _console), _to.Resolve(parsed, _console));
        using var source = from.CreateService();
        using var target = to.CreateService();
        await using var events = from.Events.CreateClient();
        var options = new MirrorOptions
        {
            Folder = parsed.GetValue(_store)!,
            ConsumerGroup = parsed.GetValue(_group)!,
            Fence = !parsed.GetValue(_noFence),
            DrainTime = parsed.GetValue(_drain) ?? TimeSpan.FromSeconds(10),
            Logger = loggers.CreateLogger<HubMirror>(),
        };

        // The source may be gone: what it is is taken to be what the target is.
        var mirrorTarget = await HubRegistry.OpenAsync(target, cancellationToken);
        await using var mirror = await HubMirror.OpenAsync(HubRegistry.Assume(source, mirrorTarget.IsNave), mirrorTarget, events, options, cancellationToken);
        return await mirror.PromoteAsync(cancellationToken);
    }
}
