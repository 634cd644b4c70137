namespace Nave.Fleet.Simulation;

/// <summary>What can go wrong with a device.</summary>
public enum FaultKind
{
    /// <summary>The connection breaks without a farewell; the device connects again by itself.</summary>
    Drop,

    /// <summary>The device disconnects and stays away for a while.</summary>
    Stop,

    /// <summary>A message is sent twice, with one message id.</summary>
    Duplicate,

    /// <summary>A message is sent a while after it was made.</summary>
    Late,

    /// <summary>A message is cut off in the middle, and ends in a byte that is no UTF-8.</summary>
    BadPayload,

    /// <summary>The device's clock is off.</summary>
    ClockSkew,
}
