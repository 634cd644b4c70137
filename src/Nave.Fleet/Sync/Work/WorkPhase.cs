namespace Nave.Fleet.Sync.Work;

/// <summary>What an item waits for. Each phase has its own retry settings.</summary>
internal enum WorkPhase
{
    /// <summary>The twin to have all that the provider requires: the <c>twinCheck…</c> settings.</summary>
    TwinCheck,

    /// <summary>The external system, or the hub, to take a call: the <c>externalSystemCall…</c> settings.</summary>
    ExternalCall,
}
