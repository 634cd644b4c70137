using Nave.Hub.Security;

namespace Nave.Hub.Connections;

/// <summary>One connection of one identity, from <see cref="DeviceConnections.Open"/> to <see cref="Close"/>.</summary>
public sealed class DeviceSession
{
    private readonly DeviceConnections _owner;
    private DevicePrincipal _principal;
    private int _features;
    private int _closed;
    private long _lastActivityTicks;

    internal DeviceSession(
        DeviceConnections owner, DevicePrincipal principal, IDeviceLink link, long epoch, bool isPersistent, DateTimeOffset opened)
    {
        _owner = owner;
        _principal = principal;
        Link = link;
        Epoch = epoch;
        IsPersistent = isPersistent;
        Opened = opened;
        _lastActivityTicks = opened.UtcTicks;
    }

    /// <summary>Gets who is connected, by the proof that holds now; see <see cref="Renew"/>.</summary>
    public DevicePrincipal Principal => Volatile.Read(ref _principal);

    /// <summary>Gets the number of this connection: a later one of the same identity has a higher one.</summary>
    public long Epoch { get; }

    /// <summary>Gets a value indicating whether what the device asks to receive outlives the connection (MQTT CleanSession=0).</summary>
    public bool IsPersistent { get; }

    /// <summary>
    /// Gets what an earlier persistent session of this identity had asked for. The head enables it again once the peer may be
    /// sent something (after CONNACK); <see cref="DeviceFeatures.None"/> for a clean session.
    /// </summary>
    public DeviceFeatures Restored { get; internal init; }

    /// <summary>Gets what the device has asked to receive.</summary>
    public DeviceFeatures Features => (DeviceFeatures)Volatile.Read(ref _features);

    /// <summary>Gets a value indicating whether the session lives. What a closed one still hands in must have no effect.</summary>
    public bool IsOpen => Volatile.Read(ref _closed) == 0;

    /// <summary>Gets why the session ended, or <see langword="null"/> while it lives.</summary>
    public CloseReason? Ended => Volatile.Read(ref _closed) is var closed and > 0 ? (CloseReason)(closed - 1) : null;

    /// <summary>Gets when the session began.</summary>
    public DateTimeOffset Opened { get; }

    /// <summary>Gets when the device was last heard, to about a second; see <see cref="Touch"/>.</summary>
    public DateTimeOffset LastActivity => new(Volatile.Read(ref _lastActivityTicks), TimeSpan.Zero);

    /// <summary>Gets the way to the device.</summary>
    internal IDeviceLink Link { get; }

    /// <summary>Gets or sets the neighbours in a slot of the <see cref="SessionClock"/>, which alone uses them.</summary>
    internal DeviceSession? PreviousInSlot { get; set; }

    internal DeviceSession? NextInSlot { get; set; }

    /// <summary>Gets or sets the tick at which the clock looks at this session; -1 while it is not scheduled.</summary>
    internal long DueTick { get; set; } = -1;

    /// <summary>Adds what the device wants to receive; waiting commands and messages are offered at once.</summary>
    public void Enable(DeviceFeatures features) => Offer(Announce(features));

    /// <summary>
    /// The first half of <see cref="Enable"/>: others see from now on what the device wants. A head calls it before the device can know
    /// that it is subscribed, so that who calls a device as soon as it says so finds it.
    /// </summary>
    /// <returns>What is new: to be given to <see cref="Offer"/> once the device may be sent something.</returns>
    public DeviceFeatures Announce(DeviceFeatures features) => features & ~(DeviceFeatures)Interlocked.Or(ref _features, (int)features);

    /// <summary>The second half of <see cref="Enable"/>: waiting commands and messages are offered.</summary>
    public void Offer(DeviceFeatures added)
    {
        if (added != DeviceFeatures.None && IsOpen)
        {
            Touch();
            _owner.FeaturesChanged(this, added);
        }
    }

    /// <summary>Removes what the device no longer wants.</summary>
    public void Disable(DeviceFeatures features)
    {
        var before = (DeviceFeatures)Interlocked.And(ref _features, ~(int)features);
        if ((before & features) != DeviceFeatures.None && IsOpen)
        {
            Touch();
            _owner.FeaturesChanged(this, DeviceFeatures.None);
        }
    }

    /// <summary>
    /// Goes on with a newer proof of the same identity: a token that was renewed on the connection (wire facts 3.2.2). From then on
    /// the session ends when the new token does, or what it rests on changes.
    /// </summary>
    /// <returns><see langword="false"/> if the session has ended, or the proof is of another identity or another life of it.</returns>
    public bool Renew(DevicePrincipal renewed)
    {
        var current = Principal;
        if (renewed.Id != current.Id || renewed.GenerationId != current.GenerationId || !IsOpen)
        {
            return false;
        }

        Volatile.Write(ref _principal, renewed);
        _owner.Renewed(this);
        return IsOpen;
    }

    /// <summary>Notes that the device was heard just now. Cheap enough for every read of a head: no clock is asked, nothing is stored.</summary>
    public void Touch() => Volatile.Write(ref _lastActivityTicks, _owner.CoarseNowTicks);

    /// <summary>
    /// Ends the session because the connection has ended; the head calls it. Messages it holds locked go back to their queue.
    /// Only the first call counts. The link is not called back.
    /// </summary>
    public void Close(CloseReason reason) => TryEnd(reason);

    /// <summary>Ends the session because the hub wants it, and closes the link.</summary>
    internal void Terminate(CloseReason reason)
    {
        if (TryEnd(reason))
        {
            Link.Close(reason);
        }
    }

    private bool TryEnd(CloseReason reason)
    {
        if (Interlocked.CompareExchange(ref _closed, (int)reason + 1, 0) != 0)
        {
            return false;
        }

        _owner.Ended(this, reason);
        return true;
    }
}
