using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Nave.Fleet.Sync.EventGrid;

/// <summary>Lets in who shows a shared secret or a token of the issuer. There is no anonymous way.</summary>
internal sealed partial class WebhookGuard
{
    private const string Bearer = "Bearer ";

    private readonly SharedSecrets _secrets;
    private readonly TokenValidator? _tokens;
    private readonly ILogger<WebhookGuard> _logger;

    /// <summary>Initializes the guard.</summary>
    /// <exception cref="ArgumentException">There is neither a secret nor an issuer.</exception>
    public WebhookGuard(SharedSecrets secrets, TokenValidator? tokens, ILogger<WebhookGuard> logger)
    {
        if (secrets.IsEmpty && tokens is null)
        {
            throw new ArgumentException("A webhook needs a shared secret or Azure AD: it is never anonymous.", nameof(secrets));
        }

        _secrets = secrets;
        _tokens = tokens;
        _logger = logger;
    }

    /// <summary>Tells whether a request may be served.</summary>
    public async Task<bool> AllowsAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (_secrets.Find(RequestSecret.Of(request)) >= 0)
        {
            return true;
        }

        var problem = (string?)"It shows no secret that is known.";
        var authorization = request.Headers.Authorization;
        if (_tokens is not null && authorization is [{ } text] && text.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
        {
            problem = await _tokens.ValidateAsync(text[Bearer.Length..].Trim(), cancellationToken).ConfigureAwait(false);
        }

        if (problem is null)
        {
            return true;
        }

        Log.Refused(_logger, request.HttpContext.Connection.RemoteIpAddress?.ToString() ?? "unknown", problem);
        return false;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "A delivery from {Address} was refused. {Problem}")]
        public static partial void Refused(ILogger logger, string address, string problem);
    }
}
