using FsCheck;
using FsCheck.Fluent;

namespace Nave.Mqtt.Tests;

/// <summary>Packet identifiers, against a set as the model.</summary>
public sealed class MqttPacketIdsTests
{
    [Fact]
    public void All_65535_are_handed_out_once_and_then_it_refuses()
    {
        var ids = new MqttPacketIds();
        var seen = new HashSet<ushort>();
        while (ids.TryTake(out var id))
        {
            Assert.NotEqual(0, id);
            Assert.True(seen.Add(id));
        }

        Assert.Equal(65_535, seen.Count);
        Assert.True(ids.Release(777));
        Assert.True(ids.TryTake(out var again));
        Assert.Equal(777, again);
        Assert.False(ids.TryTake(out _));
    }

    [Fact]
    public void A_released_identifier_is_not_the_next_one()
    {
        var ids = new MqttPacketIds();
        Assert.True(ids.TryTake(out var first));
        Assert.True(ids.Release(first));
        Assert.True(ids.TryTake(out var second));
        Assert.NotEqual(first, second);
    }

    [Fact]
    public void The_limit_holds_and_a_foreign_identifier_is_not_released()
    {
        var ids = new MqttPacketIds(2);
        Assert.True(ids.TryReserve(65_535));
        Assert.False(ids.TryReserve(65_535));
        Assert.False(ids.TryReserve(0));
        Assert.True(ids.TryTake(out _));
        Assert.False(ids.TryTake(out _));
        Assert.False(ids.TryReserve(9));
        Assert.False(ids.Release(0));
        Assert.False(ids.Release(40_000));
        Assert.Equal(2, ids.Count);
    }

    [Fact]
    public void It_agrees_with_a_set_whatever_is_taken_reserved_and_released() =>
        Prop.ForAll(Gen.Choose(0, 400).ListOf().ToArbitrary(), steps =>
        {
            var ids = new MqttPacketIds(100);
            var model = new HashSet<ushort>();
            foreach (var step in steps.Concat(steps))
            {
                var id = (ushort)step;
                var agrees = (step % 3) switch
                {
                    0 => ids.Release(id) == model.Remove(id),
                    1 => ids.TryReserve(id) == (model.Count < 100 && id != 0 && model.Add(id)),
                    _ => ids.TryTake(out var taken) ? taken != 0 && model.Add(taken) : model.Count == 100,
                };
                if (!agrees || ids.Count != model.Count || !model.All(ids.IsUsed))
                {
                    return false;
                }
            }

            return true;
        }).QuickCheckThrowOnFailure();
}
