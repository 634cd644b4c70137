using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Nave.Api;

namespace Nave.Hub.Webhooks;

/// <summary>An event of the hub's stream that a webhook wants, copied from the log.</summary>
internal sealed record WebhookEvent
{
    public required WebhookEvents Kind { get; init; }

    public required IdentityId Device { get; init; }

    public required string GenerationId { get; init; }

    public required DateTimeOffset Time { get; init; }

    public required int Partition { get; init; }

    public required long Sequence { get; init; }

    /// <summary>Gets its body in the stream, JSON.</summary>
    public required byte[] Body { get; init; }

    /// <summary>Gets the event's type.</summary>
    public string Type => $"Microsoft.Devices.{Kind}";

    /// <summary>Gets its subject.</summary>
    public string Subject => Device.ModuleId is { } module ? $"devices/{Device.DeviceId}/modules/{module}" : $"devices/{Device.DeviceId}";

    /// <summary>Makes its id: the same whenever it is read, so that receivers can tell a repetition.</summary>
    public string IdOf(string hubName, DateTimeOffset hubCreated) => new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture, $"{hubName}\n{hubCreated.UtcTicks}\n{Partition}\n{Sequence}"))).AsSpan(0, 16)).ToString("D");
}
