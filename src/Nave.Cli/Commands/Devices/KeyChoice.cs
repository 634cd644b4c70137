namespace Nave.Cli.Commands;

/// <summary>Which keys of a device to replace.</summary>
internal enum KeyChoice
{
    /// <summary>None.</summary>
    None,

    /// <summary>The first.</summary>
    Primary,

    /// <summary>The second.</summary>
    Secondary,

    /// <summary>Both: the device cannot connect until it has a new one.</summary>
    Both,

    /// <summary>They change places.</summary>
    Swap,
}
