namespace Nave.Server.Http.Webhooks;

/// <summary>What a webhook answered when it was asked.</summary>
/// <param name="Name">The webhook.</param>
/// <param name="Ok">Whether it said yes.</param>
/// <param name="Status">The HTTP status; 0 if there was none.</param>
/// <param name="Problem">What was wrong, if anything.</param>
internal sealed record WebhookTestResult(string Name, bool Ok, int Status, string? Problem);
