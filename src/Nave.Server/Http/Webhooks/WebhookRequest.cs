namespace Nave.Server.Http.Webhooks;

/// <summary>A webhook as the owner describes it.</summary>
internal sealed record WebhookRequest
{
    public string? Url { get; init; }

    /// <summary>Gets <c>eventGrid</c> (the default) or <c>cloudEvents</c>.</summary>
    public string? Schema { get; init; }

    /// <summary>Gets the events: <c>DeviceCreated</c>, … ; none = all.</summary>
    public IReadOnlyList<string>? Events { get; init; }

    public string? HeaderName { get; init; }

    public string? HeaderValue { get; init; }

    public bool? AllowHttp { get; init; }
}
