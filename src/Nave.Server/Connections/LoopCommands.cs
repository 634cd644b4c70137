namespace Nave.Server.Connections;

/// <summary>What another thread asks an event loop to do with a connection.</summary>
[Flags]
internal enum LoopCommands
{
    None = 0,

    /// <summary>Take it in.</summary>
    Open = 1,

    /// <summary>The handler wants to read on.</summary>
    Resume = 2,

    /// <summary>The output has drained: read on, unless the handler holds reading up.</summary>
    Continue = 4,

    /// <summary>End it.</summary>
    Close = 8,
}
