using Nave.Hub.Connections;
using Nave.Server.Connections;
using Nave.Testing;

namespace Nave.Server.Tests.Connections;

public sealed class TimerWheelTests : IDisposable
{
    private readonly TimerWheel _wheel = new(1);
    private readonly StreamLane _lane = new(new ManualClock());
    private readonly List<Connection> _due = [];

    [Fact]
    public void A_deadline_is_due_within_a_second_after_it_and_never_before()
    {
        foreach (var deadline in new long[] { 1, 999, 1000, 1001, 61_500, 1_767_000, 2_047_999, 2_048_000, 2_048_001, 90_000_000 })
        {
            var connection = New();
            var wheel = new TimerWheel(1);
            wheel.Set(connection, deadline);
            for (var now = 1000L; _due.Count == 0; now += 1000)
            {
                wheel.Advance(now, _due);
                Assert.True(_due.Count == 0 || now >= deadline, $"{deadline} was due at {now}");
                Assert.True(now < deadline + 2000, $"{deadline} was not due at {now}");
            }

            _due.Clear();
        }
    }

    [Fact]
    public void A_later_deadline_replaces_the_earlier_one_and_zero_takes_it_away()
    {
        var (moved, removed) = (New(), New());
        _wheel.Set(moved, 5000);
        _wheel.Set(moved, 9000);
        _wheel.Set(removed, 5000);
        _wheel.Set(removed, 0);
        _wheel.Advance(6000, _due);
        Assert.Empty(_due);
        _wheel.Advance(9000, _due);
        Assert.Equal([moved], _due);
    }

    [Fact]
    public void After_a_long_pause_everything_overdue_comes_once()
    {
        var connections = Enumerable.Range(1, 3000).Select(i =>
        {
            var connection = New();
            _wheel.Set(connection, i * 1000L);
            return connection;
        }).ToList();
        _wheel.Advance(10_000_000, _due);
        Assert.True(_due.ToHashSet().SetEquals(connections));
        Assert.Equal(connections.Count, _due.Count);
        _wheel.Advance(20_000_000, _due);
        Assert.Equal(connections.Count, _due.Count);
    }

    [Fact]
    public void A_connection_that_closes_is_forgotten()
    {
        var connection = New();
        _wheel.Set(connection, 5000);
        connection.Close(CloseReason.ConnectionLost);
        _wheel.Remove(connection);
        _wheel.Set(connection, 6000);
        _wheel.Advance(10_000, _due);
        Assert.Empty(_due);
    }

    public void Dispose() => _lane.Dispose();

    private StreamConnection New() => new(_lane, Stream.Null, new ConnectionLimits(), TimeProvider.System) { Handler = new FrameHandler() };
}
