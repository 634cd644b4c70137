namespace Nave.Cli.Commands;

/// <summary>Which properties of an event people are shown.</summary>
internal enum ShownProperties
{
    /// <summary>None.</summary>
    None,

    /// <summary>The application's.</summary>
    App,

    /// <summary>The system's.</summary>
    Sys,

    /// <summary>All.</summary>
    All,
}
