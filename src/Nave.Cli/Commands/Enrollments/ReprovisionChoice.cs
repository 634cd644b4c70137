namespace Nave.Cli.Commands;

/// <summary>What happens when a device registers again.</summary>
internal enum ReprovisionChoice
{
    /// <summary>A hub is chosen anew, and the twin goes along.</summary>
    Migrate,

    /// <summary>A hub is chosen anew, and the twin begins anew.</summary>
    Reset,

    /// <summary>Nothing.</summary>
    Never,
}
