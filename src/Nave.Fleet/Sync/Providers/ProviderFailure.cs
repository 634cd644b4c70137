namespace Nave.Fleet.Sync.Providers;

/// <summary>What kind of failure a registry's answer is; it decides whether the same call is made again.</summary>
public enum ProviderFailure
{
    /// <summary>It may pass: no connection, a time-out, 408, 429, 5xx. Repeat after <see cref="ProviderException.RetryAfter"/>, if it is given.</summary>
    Transient,

    /// <summary>The same call will fail again: 400, 403, 422. Give up at once.</summary>
    Permanent,

    /// <summary>The registry does not take our credentials, also with a fresh token. All calls will fail until they are put right.</summary>
    Authentication,

    /// <summary>What was to be created is there: permanent, but of use to know.</summary>
    AlreadyExists,

    /// <summary>What was to be changed is not there: permanent, but of use to know.</summary>
    NotFound,
}
