namespace Nave.Crash.Tests.History;

/// <summary>What a client knows of its request.</summary>
internal enum Outcome
{
    /// <summary>It was cut off: the request took effect, or did not, but takes none any more.</summary>
    Unknown,

    /// <summary>It took effect.</summary>
    Acknowledged,

    /// <summary>It had no effect.</summary>
    Refused,
}
