namespace Nave.Fleet.Sync.EventGrid;

/// <summary>Whose tokens are taken. Source: OpenID Connect Discovery 1.0, RFC 7519, and Azure AD's pages on validating access tokens.</summary>
internal sealed record TokenSettings
{
    /// <summary>Gets where the issuer's metadata are: <c>…/.well-known/openid-configuration</c>.</summary>
    public required Uri MetadataAddress { get; init; }

    /// <summary>Gets the issuers that a token may have (<c>iss</c>).</summary>
    public required IReadOnlyList<string> Issuers { get; init; }

    /// <summary>Gets the audiences that a token may have (<c>aud</c>).</summary>
    public required IReadOnlyList<string> Audiences { get; init; }

    /// <summary>Gets the applications that may have asked for the token (<c>azp</c> or <c>appid</c>); empty = any of the tenant.</summary>
    public IReadOnlyList<string> Clients { get; init; } = [];

    /// <summary>Gets how far clocks may be apart. Origin of 5 min: what token libraries allow.</summary>
    public TimeSpan ClockSkew { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Gets after what time keys are read again. Origin of 24 h: Azure AD's advice.</summary>
    public TimeSpan KeyLifetime { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Gets how soon keys may be read again because a token names one that is not known: nobody can make us read them all the time.</summary>
    public TimeSpan MinRefresh { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Makes the settings of an Azure AD tenant: tokens of both versions.</summary>
    /// <param name="tenant">The tenant's id.</param>
    /// <param name="audience">The application id of the webhook.</param>
    /// <param name="clients">The applications that may call.</param>
    public static TokenSettings AzureAd(string tenant, string audience, IReadOnlyList<string> clients) => new()
    {
        MetadataAddress = new Uri($"https://login.microsoftonline.com/{Uri.EscapeDataString(tenant)}/v2.0/.well-known/openid-configuration"),
        Issuers = [$"https://login.microsoftonline.com/{tenant}/v2.0", $"https://sts.windows.net/{tenant}/"],
        Audiences = [audience, $"api://{audience}"],
        Clients = clients,
    };
}
