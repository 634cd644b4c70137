using Microsoft.Extensions.Logging;
using Nave.Hub.Security;
using Nave.Hub.Telemetry;
using Nave.Storage;

namespace Nave.Hub.Webhooks;

/// <summary>What webhooks stand on.</summary>
internal sealed record WebhookParts
{
    public required IStateStore Store { get; init; }

    public required KeyProtector Protector { get; init; }

    /// <summary>Gets the hub's name, to which secrets are bound.</summary>
    public required string HubName { get; init; }

    public required EventReader Events { get; init; }

    public required WebhookEventWriter Writer { get; init; }

    public required TimeProvider Time { get; init; }

    public required ILogger<HubWebhooks> Logger { get; init; }
}
