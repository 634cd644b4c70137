using System.CommandLine;
using Nave.Api;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary>What an enrollment or a group is to be: options of their <c>create</c> and <c>update</c>. What is not given stays as it is.</summary>
internal sealed class EnrollmentOptions(bool isGroup)
{
    private readonly AttestationOptions _attestation = new(isGroup);
    private readonly Option<ProvisioningStatus> _status = CommonOptions.Choice("--status", ProvisioningStatus.Enabled, "Whether devices may register.");
    private readonly Option<AllocationPolicy> _allocation = CommonOptions.Choice(
        "--allocation", AllocationPolicy.Hashed, "How a hub is chosen. Default static if --hub names one, else hashed.");

    private readonly Option<string[]> _hubs = new("--hub") { Description = "A linked hub to choose; may be repeated, except with --allocation static.", HelpName = "HOST" };
    private readonly Option<string?> _webhook = new("--webhook-url") { Description = "With --allocation custom: who chooses.", HelpName = "URL" };
    private readonly Option<string?> _webhookVersion = new("--webhook-api-version") { Description = "With --webhook-url: the version of its contract.", HelpName = "VERSION" };
    private readonly Option<ReprovisionChoice> _reprovision = CommonOptions.Choice(
        "--reprovision", ReprovisionChoice.Migrate, "When a device registers again: choose a hub anew and take its twin along (migrate, default), begin the twin anew (reset), or change nothing (never).");

    private readonly Option<bool> _edge = new("--edge") { Description = "Devices are edge gateways." };
    private readonly Option<string?> _tags = new("--tags") { Description = "Tags of the initial twin: JSON, or @FILE.", HelpName = "JSON" };
    private readonly Option<string?> _desired = new("--desired") { Description = "Desired properties of the initial twin: JSON, or @FILE.", HelpName = "JSON" };

    public void AddTo(Command command)
    {
        _attestation.AddTo(command);
        foreach (var option in (ReadOnlySpan<Option>)[_status, _allocation, _hubs, _webhook, _webhookVersion, _reprovision, _edge, _tags, _desired])
        {
            command.Add(option);
        }
    }

    /// <summary>Applies what was given.</summary>
    /// <param name="current">What there is.</param>
    /// <param name="call">The command line.</param>
    /// <param name="console">Where stdin is.</param>
    /// <param name="cancellationToken">Ends the reading of files.</param>
    /// <exception cref="CliException">Options contradict each other.</exception>
    public async Task<T> ApplyAsync<T>(T current, ClientCall call, CliConsole console, CancellationToken cancellationToken)
        where T : Enrollment
    {
        Enrollment changed = current;
        if (await _attestation.ReadAsync(call, console, cancellationToken) is { } attestation)
        {
            changed = changed with { Attestation = attestation };
        }

        if (call.Has(_status))
        {
            changed = changed with { ProvisioningStatus = call.Get(_status) };
        }

        if (call.Has(_edge))
        {
            changed = changed with { Capabilities = new DeviceCapabilities { IotEdge = call.Get(_edge) } };
        }

        if (call.Has(_reprovision))
        {
            var choice = call.Get(_reprovision);
            changed = changed with
            {
                ReprovisionPolicy = new ReprovisionPolicy
                {
                    UpdateHubAssignment = choice != ReprovisionChoice.Never, MigrateDeviceData = choice == ReprovisionChoice.Migrate,
                },
            };
        }

        return (T)await ApplyTwinAsync(ApplyAllocation(changed, call), call, console, cancellationToken);
    }

    private Enrollment ApplyAllocation(Enrollment current, ClientCall call)
    {
        var hubs = call.Get(_hubs) ?? [];
        var policy = call.Has(_allocation) ? call.Get(_allocation)
            : hubs.Length == 1 ? AllocationPolicy.Static
            : hubs.Length > 1 ? AllocationPolicy.Hashed
            : (AllocationPolicy?)null;
        if (policy == AllocationPolicy.Static && hubs.Length != 1)
        {
            throw new CliException($"--allocation static has {hubs.Length} hubs; one --hub is permitted.", ExitCodes.Usage);
        }

        if ((policy == AllocationPolicy.Custom) != (call.Get(_webhook) is not null))
        {
            throw new CliException("--allocation custom and --webhook-url go together: give both, or none.", ExitCodes.Usage);
        }

        return policy is null ? current : current with
        {
            AllocationPolicy = policy,
            IotHubHostName = policy == AllocationPolicy.Static ? hubs[0] : null,
            IotHubs = hubs.Length > 0 ? hubs : null,
            CustomAllocationDefinition = call.Get(_webhook) is { } url
                ? new CustomAllocationDefinition { WebhookUrl = url, ApiVersion = call.Get(_webhookVersion) ?? "2019-03-31" }
                : null,
        };
    }

    private async Task<Enrollment> ApplyTwinAsync(Enrollment current, ClientCall call, CliConsole console, CancellationToken cancellationToken)
    {
        var twin = current.InitialTwin ?? new InitialTwin();
        if (call.Get(_tags) is { } tags)
        {
            twin = twin with { Tags = await InputText.ReadJsonAsync(tags, "--tags", console, cancellationToken) };
        }

        if (call.Get(_desired) is { } desired)
        {
            twin = twin with { Properties = new InitialTwinProperties { Desired = await InputText.ReadJsonAsync(desired, "--desired", console, cancellationToken) } };
        }

        return call.Has(_tags) || call.Has(_desired) ? current with { InitialTwin = twin } : current;
    }
}
