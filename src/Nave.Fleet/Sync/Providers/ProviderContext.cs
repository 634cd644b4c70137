using Microsoft.Extensions.Logging;

namespace Nave.Fleet.Sync.Providers;

/// <summary>What a provider is given beside its settings.</summary>
/// <param name="TimeProvider">The clock: for tokens, rate limits and waits.</param>
/// <param name="Loggers">Makes its logger; no secret goes there.</param>
public sealed record ProviderContext(TimeProvider TimeProvider, ILoggerFactory Loggers)
{
    /// <summary>Gets the folder to which relative paths of the configuration belong.</summary>
    public string BaseFolder { get; init; } = ".";

    /// <summary>Gets the name of the sync, as in the marks that it puts on devices.</summary>
    public string SyncName { get; init; } = string.Empty;
}
