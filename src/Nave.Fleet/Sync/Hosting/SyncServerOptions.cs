using System.Buffers;
using Nave.Fleet.Sync.State;

namespace Nave.Fleet.Sync.Hosting;

/// <summary>What a serving process is given beside its configuration.</summary>
public sealed record SyncServerOptions
{
    /// <summary>Gets what writes <c>/metrics</c>, and of what content type; <see langword="null"/> = there is no such address.</summary>
    public (string ContentType, Action<IBufferWriter<byte>> Write)? Metrics { get; init; }

    /// <summary>Gets how long requests and work under way may take at a stop. Default 4 s.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>Gets where issuers of tokens are asked for their keys; tests put an issuer of their own here.</summary>
    internal EventGrid.TokenSettings? Tokens { get; init; }

    /// <summary>Gets what runs once, in place of the runner of the configuration.</summary>
    internal Func<string, CancellationToken, Task<SyncRun>>? Run { get; init; }
}
