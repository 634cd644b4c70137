namespace Nave.Fleet.Sync.TwoMaster;

/// <summary>Why a field that differs is decided as it is, or not decided.</summary>
internal enum FieldDriftKind
{
    HubOwns,
    ExternalOwns,
    HubChanged,
    ExternalChanged,
    HubTaken,
    ExternalTaken,

    /// <summary>A conflict.</summary>
    BothChanged,

    /// <summary>A conflict.</summary>
    NeverInStep,
}
