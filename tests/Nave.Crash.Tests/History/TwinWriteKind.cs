namespace Nave.Crash.Tests.History;

/// <summary>What a write of a twin writes.</summary>
internal enum TwinWriteKind
{
    /// <summary>The device reports property <c>r</c>.</summary>
    Reported,

    /// <summary>The service patches desired property <c>d</c>.</summary>
    Desired,

    /// <summary>The service patches tag <c>t</c>.</summary>
    Tags,

    /// <summary>The service replaces the twin: <c>d</c> and <c>t</c> with the same marker.</summary>
    Replace,
}
