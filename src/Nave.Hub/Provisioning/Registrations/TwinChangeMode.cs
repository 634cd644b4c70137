namespace Nave.Hub.Provisioning;

/// <summary>What becomes of the twin of an identity that exists.</summary>
internal enum TwinChangeMode
{
    /// <summary>Nothing.</summary>
    Keep,

    /// <summary>The content is merged into it.</summary>
    Merge,

    /// <summary>The content takes its place.</summary>
    Replace,
}
