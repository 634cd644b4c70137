namespace Nave.Fleet.Sync.Configuration;

/// <summary>The section <c>webhooks</c>: Event Grid deliveries to <c>nave sync serve</c>. Never anonymous: a secret or Azure AD is needed.</summary>
public sealed record WebhookSettings
{
    /// <summary>Gets a value indicating whether deliveries are taken. Default: as soon as a secret or Azure AD is set.</summary>
    public bool Enabled { get; init; }

    /// <summary>Gets the secrets that a delivery may carry; several, so that one can be replaced. Secret.</summary>
    public IReadOnlyList<string> SharedSecrets { get; init; } = [];

    /// <summary>Gets the Azure AD tenant whose tokens are taken.</summary>
    public string? AzureAdTenant { get; init; }

    /// <summary>Gets the audience that such a token must have: the application id of the webhook.</summary>
    public string? AzureAdAudience { get; init; }

    /// <summary>Gets the applications whose tokens are taken, such as Event Grid's; empty = any of the tenant.</summary>
    public IReadOnlyList<string> AzureAdClients { get; init; } = [];
}
