namespace Nave.Hub.Webhooks;

/// <summary>What came of a request.</summary>
/// <param name="Status">The HTTP status; 0 if there was none.</param>
/// <param name="Problem">What was wrong, in words without address and secrets; <see langword="null"/> if nothing was.</param>
public sealed record WebhookAnswer(int Status, string? Problem)
{
    /// <summary>Gets a value indicating whether the webhook has the event: 200 to 204, as for Event Grid.</summary>
    public bool IsDelivered => Status is >= 200 and <= 204;

    /// <summary>Gets a value indicating whether another attempt cannot succeed: 400 and 413, as for Event Grid.</summary>
    public bool IsFinal => Status is 400 or 413;
}
