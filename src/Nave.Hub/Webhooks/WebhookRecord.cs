namespace Nave.Hub.Webhooks;

/// <summary>A webhook as it is stored, encrypted (docs/formats/webhooks.md).</summary>
internal sealed record WebhookRecord
{
    public required WebhookDefinition Definition { get; init; }

    public WebhookState State { get; init; }

    public required DateTimeOffset Created { get; init; }

    /// <summary>Gets what the validation URL carries while somebody may open it.</summary>
    public string? ValidationToken { get; init; }

    /// <summary>Gets until when.</summary>
    public DateTimeOffset ValidationEnds { get; init; }
}
