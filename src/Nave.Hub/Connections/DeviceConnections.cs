using System.Collections.Concurrent;
using Nave.Api;
using Nave.Hub.Limits;
using Nave.Hub.Security;

namespace Nave.Hub.Connections;

/// <summary>Who is connected to one hub: at most one link an identity, the newest wins.</summary>
public sealed class DeviceConnections : IPresence
{
    private const int StripeCount = 64;

    private readonly ConcurrentDictionary<IdentityId, DeviceSession> _sessions = new();
    private readonly Lock[] _stripes = new Lock[StripeCount];
    private readonly SessionClock _clock;
    private readonly ConnectionTracker _tracker;
    private readonly HubThrottle _throttle;
    private readonly TimeProvider _time;
    private readonly SessionWaiters _waiters = new();
    private ISessionObserver[] _observers = [];
    private ISessionGuard? _guard;
    private long _lastEpoch;
    private int _count;
    private bool _closed;

    internal DeviceConnections(SessionClock clock, ConnectionTracker tracker, HubThrottle throttle, TimeProvider time)
    {
        _clock = clock;
        _tracker = tracker;
        _throttle = throttle;
        _time = time;
        _lastEpoch = time.GetUtcNow().UtcTicks; // Above every epoch of an earlier process: a tick is shorter than a connect.
        for (var i = 0; i < StripeCount; i++)
        {
            _stripes[i] = new Lock();
        }
    }

    /// <summary>Gets the number of connected devices and modules.</summary>
    public int Count => Volatile.Read(ref _count);

    internal long CoarseNowTicks => _clock.CoarseNowTicks;

    /// <summary>Registers a link; an older one of the same identity is closed with <see cref="CloseReason.TakenOver"/>.</summary>
    /// <param name="principal">Who connects.</param>
    /// <param name="link">The way to the device.</param>
    /// <param name="isPersistent">
    /// Whether what the device asks to receive outlives the connection (MQTT CleanSession=0): then
    /// <see cref="DeviceSession.Restored"/> tells what it had asked for before. Otherwise that is forgotten.
    /// </param>
    /// <returns>The session; 429001 when connections are throttled, 503001 while the hub closes.</returns>
    public HubResult<DeviceSession> Open(DevicePrincipal principal, IDeviceLink link, bool isPersistent = false)
    {
        if (_throttle.TryTake(ThrottledOperation.Connection) is { } refused)
        {
            return refused;
        }

        if (Volatile.Read(ref _closed))
        {
            return new HubError(HubErrorCode.ServiceUnavailable, "The hub is closing.");
        }

        DeviceSession session;
        DeviceSession? older;
        lock (StripeOf(principal.Id))
        {
            older = _sessions.GetValueOrDefault(principal.Id);
            session = new DeviceSession(this, principal, link, Interlocked.Increment(ref _lastEpoch), isPersistent, _time.GetUtcNow())
            {
                Restored = isPersistent ? _tracker.Find(principal.Id, principal.GenerationId)?.Persistent ?? default : default,
            };
            _sessions[principal.Id] = session;
            if (older is null)
            {
                Interlocked.Increment(ref _count);
            }

            _tracker.Connected(session);
        }

        older?.Terminate(CloseReason.TakenOver);
        _clock.Schedule(session);
        foreach (var observer in _observers)
        {
            observer.Opened(session);
        }

        if (Volatile.Read(ref _closed))
        {
            session.Terminate(CloseReason.ServerShutdown); // CloseAll may have passed before it was in the table.
        }
        else
        {
            Confirm(session);
        }

        return session;
    }

    /// <summary>Finds the session of a connected identity.</summary>
    public DeviceSession? Find(IdentityId id) => _sessions.GetValueOrDefault(id);

    /// <summary>Waits until an identity is connected and wants all of <paramref name="features"/>.</summary>
    /// <returns>Its session; <see langword="null"/> if that did not come in time or too many wait.</returns>
    internal async ValueTask<DeviceSession?> WaitForAsync(
        IdentityId id, DeviceFeatures features, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (FindWith(id, features) is { } session || timeout <= TimeSpan.Zero)
        {
            return FindWith(id, features);
        }

        if (_waiters.Add(id, features) is not { } waiter)
        {
            return null;
        }

        try
        {
            return FindWith(id, features) ?? await waiter.Arrived.Task.WaitAsync(timeout, _time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return null;
        }
        finally
        {
            _waiters.Remove(waiter);
        }
    }

    /// <summary>Gets the state of an identity's connection, from memory.</summary>
    internal ConnectionState GetState(IdentityId id, string generationId)
    {
        var record = _tracker.Find(id, generationId);
        var session = Find(id);
        return record is null ? ConnectionState.Never
            : session is null ? record.ToState()
            : record.ToState() with { LastActivity = session.LastActivity };
    }

    bool IPresence.IsConnected(IdentityId id) => _sessions.ContainsKey(id);

    DateTimeOffset IPresence.LastActivity(IdentityId id) =>
        Find(id)?.LastActivity ?? new DateTimeOffset(_tracker.LastActivityTicks(id), TimeSpan.Zero);

    /// <summary>Adds a part of the hub that follows sessions; at composition, before the first connection.</summary>
    internal void Observe(ISessionObserver observer) => _observers = [.. _observers, observer];

    /// <summary>Sets who confirms credentials once a session is registered; at composition.</summary>
    internal void GuardBy(ISessionGuard guard) => _guard = guard;

    /// <summary>Closes the session of one identity, if it has one.</summary>
    internal void Close(IdentityId id, CloseReason reason) => Find(id)?.Terminate(reason);

    /// <summary>Closes every session that a condition selects.</summary>
    internal void CloseWhere(Func<DeviceSession, bool> condition, CloseReason reason)
    {
        foreach (var (_, session) in _sessions)
        {
            if (condition(session))
            {
                session.Terminate(reason);
            }
        }
    }

    /// <summary>Refuses new sessions and closes all.</summary>
    internal void CloseAll(CloseReason reason)
    {
        Volatile.Write(ref _closed, true);
        CloseWhere(static _ => true, reason);
    }

    /// <summary>Forgets what is known of the connection of an identity that was deleted, after its session is closed.</summary>
    internal void Forget(IdentityId id) => _tracker.Forget(id);

    internal void FeaturesChanged(DeviceSession session, DeviceFeatures added)
    {
        if (session.IsPersistent)
        {
            _tracker.Subscribed(session, session.Features);
        }

        if (added == DeviceFeatures.None)
        {
            return;
        }

        _waiters.Offer(session);
        foreach (var observer in _observers)
        {
            observer.Enabled(session, added);
        }
    }

    internal void Renewed(DeviceSession session)
    {
        _clock.Cancel(session);
        _clock.Schedule(session);
        Confirm(session);
    }

    internal void Ended(DeviceSession session, CloseReason reason)
    {
        lock (StripeOf(session.Principal.Id))
        {
            if (_sessions.TryRemove(new KeyValuePair<IdentityId, DeviceSession>(session.Principal.Id, session)))
            {
                Interlocked.Decrement(ref _count);
                _tracker.Disconnected(session, reason);
            }
        }

        _clock.Cancel(session);
        foreach (var observer in _observers)
        {
            observer.Closed(session, reason);
        }
    }

    // A key that was changed between the proof and this moment has found no session to close.
    private void Confirm(DeviceSession session)
    {
        if (_guard is not null && !_guard.TryConfirm(session.Principal))
        {
            _ = ConfirmAsync(_guard, session);
        }
    }

    private static async Task ConfirmAsync(ISessionGuard guard, DeviceSession session)
    {
        CloseReason? refused;
        try
        {
            refused = await guard.ConfirmAsync(session.Principal, CancellationToken.None);
        }
        catch (IOException)
        {
            refused = CloseReason.StorageUnavailable; // Cannot be confirmed: the device has to prove itself again.
        }

        if (refused is { } reason)
        {
            session.Terminate(reason);
        }
    }

    private DeviceSession? FindWith(IdentityId id, DeviceFeatures features) =>
        Find(id) is { } session && (session.Features & features) == features ? session : null;

    private Lock StripeOf(IdentityId id) => _stripes[(uint)id.GetHashCode() % StripeCount];
}
