using Microsoft.Extensions.Logging.Abstractions;
using Nave.Api;
using Nave.Hub.Connections;
using Nave.Hub.Limits;
using Nave.Hub.Security;
using Nave.Storage;
using Nave.Storage.Sqlite;
using Nave.Testing;

namespace Nave.Hub.Tests.Connections;

public sealed class DeviceConnectionsTests : IAsyncLifetime
{
    private readonly ManualClock _clock = new();
    private readonly TemporaryFolder _folder = new();
    private readonly List<ConnectionChange> _events = [];
    private SessionClock _sessions = null!;
    private SqliteStateStore _store = null!;
    private ConnectionTracker _tracker = null!;
    private DeviceConnections _connections = null!;

    public async ValueTask InitializeAsync()
    {
        _sessions = new SessionClock(_clock);
        await OpenAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        _sessions.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_newer_connection_of_the_same_identity_closes_the_older()
    {
        var (older, olderLink) = Open("d1");
        var (newer, newerLink) = Open("d1");
        Assert.True(olderLink.IsClosed);
        Assert.Equal(CloseReason.TakenOver, older.Ended);
        Assert.True(newer.IsOpen);
        Assert.False(newerLink.IsClosed);
        Assert.True(newer.Epoch > older.Epoch);
        Assert.Same(newer, _connections.Find(new IdentityId("d1")));
        Assert.Equal(1, _connections.Count);
    }

    [Fact]
    public void The_end_of_an_older_session_does_not_touch_the_newer()
    {
        var (older, _) = Open("d1");
        var (newer, _) = Open("d1");
        older.Close(CloseReason.ConnectionLost);
        Assert.Same(newer, _connections.Find(new IdentityId("d1")));
        Assert.Equal(1, _connections.Count);
        Assert.True(State("d1").Connected);
    }

    [Fact]
    public void A_device_and_its_modules_connect_side_by_side()
    {
        Open("d1");
        Open("d1", "m1");
        Open("d1", "m2");
        Assert.Equal(3, _connections.Count);
    }

    [Fact]
    public void Only_the_first_close_counts_and_the_head_is_not_called_back()
    {
        var watcher = new Watcher();
        _connections.Observe(watcher);
        var (session, link) = Open("d1");
        session.Close(CloseReason.ClosedByPeer);
        session.Close(CloseReason.ConnectionLost);
        session.Terminate(CloseReason.Revoked);
        Assert.Equal(CloseReason.ClosedByPeer, session.Ended);
        Assert.Equal(0, link.Closes);
        Assert.Equal([CloseReason.ClosedByPeer], watcher.Closes);
        Assert.Equal(0, _connections.Count);
    }

    [Fact]
    public async Task Two_threads_that_fight_for_an_identity_leave_one_session()
    {
        var sessions = (await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
            Enumerable.Range(0, 2000).Select(_ => Open("d1").Session).ToList())))).SelectMany(list => list).ToList();
        var open = Assert.Single(sessions, session => session.IsOpen);
        Assert.Same(open, _connections.Find(new IdentityId("d1")));
        Assert.Equal(1, _connections.Count);
        Assert.Equal(8000, sessions.Select(session => session.Epoch).Distinct().Count());
    }

    [Fact]
    public async Task A_storm_of_takeovers_is_one_event_and_one_document()
    {
        for (var i = 0; i < 10_000; i++)
        {
            Open("d1");
        }

        await _tracker.FlushAsync(TestContext.Current.CancellationToken);
        var change = Assert.Single(_events);
        Assert.True(change.Connected);
        Assert.Equal(1, await _store.CountAsync(new StateScan(ConnectionRecord.Collection), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_connect_and_a_disconnect_are_told_once_each()
    {
        var (session, _) = Open("d1");
        await _tracker.FlushAsync(TestContext.Current.CancellationToken);
        session.Close(CloseReason.ConnectionLost);
        await _tracker.FlushAsync(TestContext.Current.CancellationToken);
        await _tracker.FlushAsync(TestContext.Current.CancellationToken);
        Assert.Equal([true, false], _events.Select(change => change.Connected));
        Assert.Equal(2, (await _store.ReadOutboxAsync(0, 10, TestContext.Current.CancellationToken)).Count);
    }

    [Fact]
    public void The_state_tells_since_when_and_why()
    {
        var (first, _) = Open("d1");
        var since = _clock.GetUtcNow();
        _clock.Advance(TimeSpan.FromMinutes(1));
        first.Touch();
        Assert.Equal(new ConnectionState(true, since, since + TimeSpan.FromMinutes(1), null, "Mqtt"), State("d1"));

        Open("d1"); // A takeover is no change of state.
        Assert.Equal(since, State("d1").Changed);

        _connections.Close(new IdentityId("d1"), CloseReason.Disabled);
        var state = State("d1");
        Assert.False(state.Connected);
        Assert.Equal(_clock.GetUtcNow(), state.Changed);
        Assert.Equal(CloseReason.Disabled, state.Reason);
        Assert.Equal(ConnectionState.Never, State("unknown"));
    }

    [Fact]
    public async Task State_outlives_a_restart_and_who_does_not_come_back_is_disconnected_after_a_minute()
    {
        Open("stays");
        Open("returns");
        var (gone, _) = Open("gone");
        gone.Close(CloseReason.ClosedByPeer);
        await _tracker.FlushAsync(TestContext.Current.CancellationToken);
        _events.Clear();
        await ReopenAsCrashedAsync();

        Assert.Equal(CloseReason.ClosedByPeer, State("gone").Reason);
        Assert.False(State("stays").Connected);
        Assert.Equal(_clock.GetUtcNow(), State("stays").Changed);
        Open("returns");
        await TickAsync(TimeSpan.FromSeconds(30));
        Assert.DoesNotContain(_events, change => !change.Connected);
        await TickAsync(TimeSpan.FromSeconds(31));
        await TestDeadline.UntilAsync(() => Events().Length > 0, "the lost device is told");
        Assert.Equal(new IdentityId("stays"), Assert.Single(Events()).Id);
    }

    [Fact]
    public void What_another_life_of_an_id_did_is_not_shown()
    {
        Open("d1").Session.Close(CloseReason.ClosedByPeer);
        Assert.Equal(ConnectionState.Never, _connections.GetState(new IdentityId("d1"), "2"));
    }

    [Fact]
    public async Task A_deleted_identity_leaves_nothing_behind()
    {
        Open("d1").Session.Close(CloseReason.ClosedByPeer);
        await _tracker.FlushAsync(TestContext.Current.CancellationToken);
        _connections.Forget(new IdentityId("d1"));
        await _tracker.FlushAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, await _store.CountAsync(new StateScan(ConnectionRecord.Collection), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_persistent_session_gets_back_what_it_asked_for_also_after_a_restart()
    {
        var (session, _) = Open("d1", isPersistent: true);
        Assert.Equal(DeviceFeatures.None, session.Restored);
        session.Enable(DeviceFeatures.CloudToDevice | DeviceFeatures.Methods);
        session.Disable(DeviceFeatures.Methods);
        session.Close(CloseReason.ConnectionLost);
        Assert.Equal(DeviceFeatures.CloudToDevice, Open("d1", isPersistent: true).Session.Restored);

        await _tracker.FlushAsync(TestContext.Current.CancellationToken);
        await ReopenAsCrashedAsync();
        var restored = Open("d1", isPersistent: true).Session;
        Assert.Equal(DeviceFeatures.CloudToDevice, restored.Restored);
        Assert.Equal(DeviceFeatures.None, restored.Features);
    }

    [Fact]
    public void A_clean_session_forgets_what_a_persistent_one_had()
    {
        Open("d1", isPersistent: true).Session.Enable(DeviceFeatures.CloudToDevice);
        Assert.Equal(DeviceFeatures.None, Open("d1").Session.Restored);
        Assert.Equal(DeviceFeatures.None, Open("d1", isPersistent: true).Session.Restored);
    }

    [Fact]
    public async Task One_who_waits_is_told_when_the_device_has_connected_and_subscribed()
    {
        var waiting = _connections.WaitForAsync(new IdentityId("d1"), DeviceFeatures.Methods, TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken).AsTask();
        var (session, _) = Open("d1");
        Assert.False(waiting.IsCompleted);
        session.Enable(DeviceFeatures.Methods);
        Assert.Same(session, await waiting.WaitAsync(TestDeadline.Default, TestContext.Current.CancellationToken));
        Assert.Same(session, await _connections.WaitForAsync(new IdentityId("d1"), DeviceFeatures.Methods, TimeSpan.Zero, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task One_who_waits_in_vain_gets_nobody_when_the_time_is_over()
    {
        var waiting = _connections.WaitForAsync(new IdentityId("d1"), DeviceFeatures.Methods, TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken).AsTask();
        _clock.Advance(TimeSpan.FromSeconds(31));
        Assert.Null(await waiting.WaitAsync(TestDeadline.Default, TestContext.Current.CancellationToken));
        Assert.Null(await _connections.WaitForAsync(new IdentityId("d1"), DeviceFeatures.Methods, TimeSpan.Zero, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task More_waiters_than_permitted_are_turned_away_at_once()
    {
        var waiting = Enumerable.Range(0, SessionWaiters.MaxWaiters).Select(_ => _connections.WaitForAsync(
            new IdentityId("d1"), DeviceFeatures.Methods, TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken).AsTask()).ToArray();
        Assert.Null(await _connections.WaitForAsync(new IdentityId("d1"), DeviceFeatures.Methods, TimeSpan.FromHours(1), TestContext.Current.CancellationToken));
        Open("d1").Session.Enable(DeviceFeatures.Methods);
        Assert.All(await Task.WhenAll(waiting), Assert.NotNull);
    }

    [Fact]
    public void Observers_hear_only_what_is_new()
    {
        var watcher = new Watcher();
        _connections.Observe(watcher);
        var (session, _) = Open("d1");
        session.Enable(DeviceFeatures.CloudToDevice);
        session.Enable(DeviceFeatures.CloudToDevice | DeviceFeatures.Methods);
        session.Enable(DeviceFeatures.Methods);
        session.Close(CloseReason.ClosedByPeer);
        session.Enable(DeviceFeatures.Inputs);
        Assert.Equal([DeviceFeatures.CloudToDevice, DeviceFeatures.Methods], watcher.Enabled);
    }

    [Fact]
    public void A_session_ends_when_its_token_does()
    {
        var (session, link) = Open("d1", expires: TimeSpan.FromMinutes(10));
        var (forever, _) = Open("d2");
        _clock.Advance(TimeSpan.FromSeconds(599));
        Assert.True(session.IsOpen);
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(CloseReason.TokenExpired, session.Ended);
        Assert.True(link.IsClosed);
        Assert.True(forever.IsOpen);
    }

    [Fact]
    public void Every_token_ends_on_time_however_many_there_are()
    {
        var random = new Random(1);
        var sessions = Enumerable.Range(0, 500)
            .Select(i => (Lifetime: random.Next(1, 8000), Open($"d{i}", expires: null).Session)).ToList();
        sessions = sessions.ConvertAll(item => (item.Lifetime, Open($"x{item.Lifetime}-{item.Session.Epoch}", expires: TimeSpan.FromSeconds(item.Lifetime)).Session));
        for (var now = 0; now <= 8001; now += 7)
        {
            Assert.All(sessions, item => Assert.True(item.Lifetime > now - 8 ? item.Lifetime > now ? item.Session.IsOpen : true : !item.Session.IsOpen));
            _clock.Advance(TimeSpan.FromSeconds(7));
        }

        Assert.All(sessions, item => Assert.False(item.Session.IsOpen));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(-10)]
    public void A_wall_clock_that_jumps_by_days_ends_nobody_early(int days)
    {
        var (session, _) = Open("d1", expires: TimeSpan.FromMinutes(10));
        _clock.SetWallClock(_clock.GetUtcNow() + TimeSpan.FromDays(days));
        _clock.Advance(TimeSpan.FromMinutes(9));
        Assert.True(session.IsOpen);
    }

    [Fact]
    public void A_clock_that_was_set_back_is_waited_for()
    {
        var (session, _) = Open("d1", expires: TimeSpan.FromMinutes(10));
        _clock.SetWallClock(_clock.GetUtcNow() - TimeSpan.FromHours(1));
        _clock.Advance(TimeSpan.FromMinutes(30));
        Assert.True(session.IsOpen);
        _clock.Advance(TimeSpan.FromMinutes(41));
        Assert.Equal(CloseReason.TokenExpired, session.Ended);
    }

    [Fact]
    public void A_renewed_token_moves_the_end_of_its_session()
    {
        var (session, link) = Open("d1", expires: TimeSpan.FromMinutes(10));
        _clock.Advance(TimeSpan.FromMinutes(9));
        Assert.True(session.Renew(Principal("d1", expires: TimeSpan.FromMinutes(20))));
        _clock.Advance(TimeSpan.FromMinutes(19));
        Assert.True(session.IsOpen);
        _clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(CloseReason.TokenExpired, session.Ended);
        Assert.True(link.IsClosed);
        Assert.False(session.Renew(Principal("d1", expires: TimeSpan.FromMinutes(20))));
    }

    [Fact]
    public void A_token_of_shorter_life_shortens_its_session()
    {
        var (session, _) = Open("d1", expires: TimeSpan.FromHours(10));
        Assert.True(session.Renew(Principal("d1", expires: TimeSpan.FromMinutes(1))));
        _clock.Advance(TimeSpan.FromSeconds(62));
        Assert.Equal(CloseReason.TokenExpired, session.Ended);
    }

    [Fact]
    public void A_session_is_not_renewed_by_another_identity()
    {
        var (session, _) = Open("d1");
        Assert.False(session.Renew(Principal("d2")));
        Assert.False(session.Renew(Principal("d1", "m1")));
        Assert.Equal(new IdentityId("d1"), session.Principal.Id);
    }

    [Fact]
    public void A_hub_that_closes_takes_no_new_sessions()
    {
        var (session, _) = Open("d1");
        _connections.CloseAll(CloseReason.ServerShutdown);
        Assert.Equal(CloseReason.ServerShutdown, session.Ended);
        Assert.Equal(HubErrorCode.ServiceUnavailable, _connections.Open(Principal("d2"), new RecordingLink()).Error!.Code);
    }

    private async Task OpenAsync()
    {
        _store = await SqliteStateStore.OpenAsync(
            new SqliteStateOptions { Path = _folder.File("state.db") }, NullLogger.Instance, TestContext.Current.CancellationToken);
        _tracker = await ConnectionTracker.OpenAsync(
            _store,
            change =>
            {
                lock (_events)
                {
                    _events.Add(change);
                }

                return new StateOutboxWrite("0", "{}"u8.ToArray());
            },
            _clock,
            NullLogger<ConnectionTracker>.Instance,
            TestContext.Current.CancellationToken);
        _connections = new DeviceConnections(_sessions, _tracker, HubThrottle.Unlimited, _clock);
    }

    private async Task CloseAsync()
    {
        await _tracker.DisposeAsync();
        await _store.DisposeAsync();
    }

    /// <summary>Opens the store again as a process would that died: nobody was told to close.</summary>
    private async Task ReopenAsCrashedAsync()
    {
        await CloseAsync();
        _clock.Advance(TimeSpan.FromSeconds(5));
        await OpenAsync();
    }

    private async Task TickAsync(TimeSpan by)
    {
        _clock.Advance(by);
        await _tracker.FlushAsync(TestContext.Current.CancellationToken);
    }

    private ConnectionChange[] Events()
    {
        lock (_events)
        {
            return [.. _events];
        }
    }

    private ConnectionState State(string deviceId) => _connections.GetState(new IdentityId(deviceId), "1");

    private DevicePrincipal Principal(string deviceId, string? moduleId = null, TimeSpan? expires = null) =>
        new(new IdentityId(deviceId, moduleId), "1", "", expires is { } span ? _clock.GetUtcNow() + span : null);

    private (DeviceSession Session, RecordingLink Link) Open(
        string deviceId, string? moduleId = null, bool isPersistent = false, TimeSpan? expires = null)
    {
        var link = new RecordingLink();
        var opened = _connections.Open(Principal(deviceId, moduleId, expires), link, isPersistent);
        Assert.Null(opened.Error);
        return (opened.Value!, link);
    }

    private sealed class Watcher : ISessionObserver
    {
        public List<DeviceFeatures> Enabled { get; } = [];

        public List<CloseReason> Closes { get; } = [];

        public void Opened(DeviceSession session)
        {
        }

        void ISessionObserver.Enabled(DeviceSession session, DeviceFeatures added) => Enabled.Add(added);

        void ISessionObserver.Closed(DeviceSession session, CloseReason reason) => Closes.Add(reason);
    }
}
