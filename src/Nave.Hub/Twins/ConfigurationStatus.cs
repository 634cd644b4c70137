namespace Nave.Hub.Twins;

/// <summary>What a configuration is to a twin. The names are the wire's.</summary>
internal enum ConfigurationStatus
{
    /// <summary>It is aimed at the twin, but others of higher priority set all that it would.</summary>
    Targeted,

    /// <summary>The twin has its settings.</summary>
    Applied,
}
