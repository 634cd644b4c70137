namespace Nave.Fleet.Recovery;

/// <summary>What a mirror is doing.</summary>
public enum MirrorPhase
{
    /// <summary>It compares both registries and copies what differs.</summary>
    Comparing,

    /// <summary>It follows the source's events.</summary>
    Following,

    /// <summary>It is being promoted: it takes the source's last events.</summary>
    Promoting,

    /// <summary>It was promoted: the target is the active hub, and nothing is mirrored any more.</summary>
    Promoted,

    /// <summary>It was stopped and can be started again.</summary>
    Stopped,
}
