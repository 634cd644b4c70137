namespace Nave.Api;

/// <summary>A part of a twin that has its own limits.</summary>
public enum TwinSection
{
    /// <summary>Tags: 8 KiB.</summary>
    Tags,

    /// <summary>Desired properties: 32 KiB.</summary>
    Desired,

    /// <summary>Reported properties: 32 KiB.</summary>
    Reported,
}
