using System.Text.Json;

namespace Nave.Hub.Webhooks;

/// <summary>An event that was given up.</summary>
public sealed record DeadLetter
{
    /// <summary>Gets what it is called by.</summary>
    public required string Id { get; init; }

    /// <summary>Gets the event's type.</summary>
    public required string EventType { get; init; }

    /// <summary>Gets its subject: <c>devices/{id}</c>.</summary>
    public required string Subject { get; init; }

    /// <summary>Gets when it happened.</summary>
    public required DateTimeOffset EventTime { get; init; }

    /// <summary>Gets how often it was tried.</summary>
    public required int Attempts { get; init; }

    /// <summary>Gets why it was given up, with the last answer.</summary>
    public required string Reason { get; init; }

    /// <summary>Gets when it was given up.</summary>
    public required DateTimeOffset DeadLettered { get; init; }

    /// <summary>Gets what was sent.</summary>
    public required JsonElement Event { get; init; }
}
