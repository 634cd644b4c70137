namespace Nave.Crash.Tests.Checking;

/// <summary>What a hub has broken.</summary>
internal enum ViolationKind
{
    /// <summary>An acknowledged event is not there.</summary>
    LostEvent,

    /// <summary>One attempt is stored more than once.</summary>
    DoubledEvent,

    /// <summary>Events of a device are stored in another order than they were sent in.</summary>
    ReorderedEvent,

    /// <summary>An event is there that nobody sent, or in another partition than its device's.</summary>
    ForeignEvent,

    /// <summary>An event's bytes are not those that were sent.</summary>
    AlteredEvent,

    /// <summary>Sequence numbers of a partition have a gap, or go back.</summary>
    SequenceGap,

    /// <summary>Offsets of a partition do not increase.</summary>
    OffsetOrder,

    /// <summary>A sequence number means another event than it did before.</summary>
    MovedEvent,

    /// <summary>An acknowledged write of a twin is not there.</summary>
    LostTwinWrite,

    /// <summary>A write of a twin took effect twice, or its event is there twice.</summary>
    DoubledTwinWrite,

    /// <summary>A write that was refused or never made took effect.</summary>
    ForeignTwinWrite,

    /// <summary>The versions in the events of a twin have a gap, or go back.</summary>
    TwinVersionOrder,

    /// <summary>A reading shows an older twin, or another one, than the writes before it made.</summary>
    StaleTwin,

    /// <summary>A write on condition of an etag took effect although the twin had another.</summary>
    EtagIgnored,

    /// <summary>An acknowledged write of the registry is not there, or an answer contradicts those before.</summary>
    RegistryContradiction,

    /// <summary>The lifecycle events of an identity do not tell what happened to it.</summary>
    LifecycleEvents,

    /// <summary>A message that was acknowledged as sent was neither delivered and settled nor is it still there.</summary>
    LostCommand,

    /// <summary>A message came back after it was settled.</summary>
    ResurrectedCommand,

    /// <summary>A message is held by two receivers, or was settled by one that does not hold it.</summary>
    LockIgnored,

    /// <summary>A message was delivered that nobody sent, or with another number than it was given.</summary>
    ForeignCommand,

    /// <summary>A method was answered by another device, or with the answer to another call, or called twice.</summary>
    MixedUpMethod,

    /// <summary>Something that a client saw breaks a rule by itself.</summary>
    Anomaly,
}
