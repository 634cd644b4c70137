using System.Buffers;

namespace Nave.Hub.Webhooks;

/// <summary>Where events go, and which.</summary>
public sealed record WebhookDefinition
{
    private const int MaxUrl = 2048;
    private const int MaxHeaderValue = 4096;

    private static readonly SearchValues<char> s_nameCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");
    private static readonly SearchValues<char> s_headerCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");
    private static readonly string[] s_ownHeaders = ["host", "connection", "transfer-encoding", "content-length", "content-type", "expect", "upgrade", "te", "trailer"];

    /// <summary>Gets the name: 3 to 64 lower-case letters, digits and hyphens, as Event Grid has them for subscriptions.</summary>
    public required string Name { get; init; }

    /// <summary>Gets the address. Its query may be a secret and is not shown.</summary>
    public required string Url { get; init; }

    /// <summary>Gets how events are written.</summary>
    public WebhookSchema Schema { get; init; }

    /// <summary>Gets which events it gets.</summary>
    public WebhookEvents Events { get; init; } = WebhookEvents.All;

    /// <summary>Gets the name of a header that every request carries, or <see langword="null"/>.</summary>
    public string? HeaderName { get; init; }

    /// <summary>Gets its value, a secret.</summary>
    public string? HeaderValue { get; init; }

    /// <summary>Gets a value indicating whether the address may be <c>http:</c>: events, and the header, then cross the network in clear.</summary>
    public bool AllowHttp { get; init; }

    /// <summary>Gets the address without its query and without a user.</summary>
    public string ShownUrl => Uri.TryCreate(Url, UriKind.Absolute, out var uri) ? uri.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped) : "";

    /// <summary>Finds what is wrong with it; <see langword="null"/> if nothing is. It never has a secret.</summary>
    public string? FindProblem()
    {
        if (Name.Length is < 3 or > 64 || Name.AsSpan().ContainsAnyExcept(s_nameCharacters))
        {
            return $"The name '{Name[..Math.Min(Name.Length, 64)]}' is not permitted: 3 to 64 lower-case letters, digits and hyphens are.";
        }

        if (Url.Length > MaxUrl || !Uri.TryCreate(Url, UriKind.Absolute, out var uri) || uri.UserInfo.Length > 0 || uri.Fragment.Length > 0
            || !(uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp))
        {
            return $"The URL has to be https://host/path of at most {MaxUrl} characters, without user and fragment.";
        }

        if (uri.Scheme == Uri.UriSchemeHttp && !AllowHttp)
        {
            return $"The URL '{ShownUrl}' is http; https is permitted, http only where it is allowed explicitly.";
        }

        if (Events == WebhookEvents.None || (Events & ~WebhookEvents.All) != 0 || !Enum.IsDefined(Schema))
        {
            return "The events or the schema are not ones that there are.";
        }

        if (HeaderName is null != HeaderValue is null)
        {
            return "A header has a name and a value.";
        }

        if (HeaderName is not null && (HeaderName.Length is 0 or > 128 || HeaderName.AsSpan().ContainsAnyExcept(s_headerCharacters)
            || s_ownHeaders.Contains(HeaderName, StringComparer.OrdinalIgnoreCase) || HeaderName.StartsWith("aeg-", StringComparison.OrdinalIgnoreCase)
            || HeaderName.StartsWith("webhook-", StringComparison.OrdinalIgnoreCase)))
        {
            return "The header's name is not permitted: 1 to 128 letters, digits, '-' and '_' are, and none that the hub sends itself.";
        }

        return HeaderValue is not null && (HeaderValue.Length is 0 or > MaxHeaderValue || HeaderValue.Any(static c => c is < ' ' or > '~'))
            ? $"The header's value has to be 1 to {MaxHeaderValue} visible ASCII characters."
            : null;
    }

    /// <summary>Shows it without secrets.</summary>
    public override string ToString() => $"{Name}: {ShownUrl}";
}
