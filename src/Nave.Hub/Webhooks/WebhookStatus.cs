namespace Nave.Hub.Webhooks;

/// <summary>A webhook, without secrets, and how it is doing.</summary>
public sealed record WebhookStatus
{
    /// <summary>Gets its name.</summary>
    public required string Name { get; init; }

    /// <summary>Gets its address without the query.</summary>
    public required string Url { get; init; }

    /// <summary>Gets <c>eventGrid</c> or <c>cloudEvents</c>.</summary>
    public required string Schema { get; init; }

    /// <summary>Gets the events, by name.</summary>
    public required IReadOnlyList<string> Events { get; init; }

    /// <summary>Gets <c>active</c> or <c>awaitingValidation</c>.</summary>
    public required string State { get; init; }

    /// <summary>Gets the name of the header that it gets, if any.</summary>
    public string? Header { get; init; }

    /// <summary>Gets how many events wait for another attempt.</summary>
    public int Pending { get; init; }

    /// <summary>Gets how many were given up and are kept.</summary>
    public long Dead { get; init; }

    /// <summary>Gets when an event was delivered last; <see langword="null"/> = not since the start.</summary>
    public DateTimeOffset? LastDelivered { get; init; }

    /// <summary>Gets what the last failure was; <see langword="null"/> = none since the last delivery.</summary>
    public string? LastProblem { get; init; }
}
