namespace Nave.Hub.Twins;

/// <summary>What of a twin has changed.</summary>
[Flags]
internal enum TwinAspects
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>What it shows of its identity; also that it was created.</summary>
    Identity = 1,

    /// <summary>The tags.</summary>
    Tags = 2,

    /// <summary>The desired properties.</summary>
    Desired = 4,

    /// <summary>The reported properties.</summary>
    Reported = 8,
}
