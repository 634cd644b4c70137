namespace Nave.Fleet.Recovery;

/// <summary>What a merge does about a part of an identity, or about all of it.</summary>
public enum MergeAction
{
    /// <summary>Only the new hub has changed it: the old one gets it.</summary>
    ToOld,

    /// <summary>Only the old hub has changed it: the new one gets it.</summary>
    ToNew,

    /// <summary>Both have changed it, and nobody has said which is right: both stay as they are.</summary>
    Conflict,
}
