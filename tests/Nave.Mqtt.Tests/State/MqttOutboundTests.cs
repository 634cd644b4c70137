using FsCheck;
using FsCheck.Fluent;

namespace Nave.Mqtt.Tests;

/// <summary>The outgoing window, against a list as the model.</summary>
public sealed class MqttOutboundTests
{
    [Fact]
    public void A_full_window_refuses_until_an_acknowledgement_comes()
    {
        var outbound = new MqttOutbound<string>(new MqttPacketIds(), 2);
        Assert.True(outbound.TryAdd("a", out var a));
        Assert.True(outbound.TryAdd("b", out _));
        Assert.False(outbound.TryAdd("c", out var none));
        Assert.Equal(0, none);
        Assert.True(outbound.TryAcknowledge(a, out var message));
        Assert.Equal("a", message);
        Assert.True(outbound.TryAdd("c", out _));
        Assert.Equal(2, outbound.Count);
    }

    [Fact]
    public void Exhausted_identifiers_refuse_too_and_acknowledged_ones_are_free_again()
    {
        var ids = new MqttPacketIds(1);
        var outbound = new MqttOutbound<string>(ids, 10);
        Assert.True(outbound.TryAdd("a", out var id));
        Assert.False(outbound.TryAdd("b", out _));
        Assert.True(outbound.TryAcknowledge(id, out _));
        Assert.Equal(0, ids.Count);
        Assert.True(outbound.TryAdd("b", out _));
    }

    [Fact]
    public void An_unknown_or_repeated_acknowledgement_is_told()
    {
        var outbound = new MqttOutbound<string>(new MqttPacketIds(), 10);
        Assert.True(outbound.TryAdd("a", out var a));
        Assert.True(outbound.TryAdd("b", out var b));
        Assert.True(outbound.TryAcknowledge(b, out _));
        Assert.False(outbound.TryAcknowledge(b, out _));
        Assert.False(outbound.TryAcknowledge(0, out _));
        Assert.False(outbound.TryAcknowledge(9999, out _));
        Assert.True(outbound.TryAcknowledge(a, out _));
    }

    [Fact]
    public void After_a_reconnect_the_unacknowledged_go_first_in_order_with_their_identifiers_and_within_the_new_window()
    {
        var outbound = new MqttOutbound<string>(new MqttPacketIds(), 10);
        var ids = new ushort[5];
        for (var i = 0; i < 5; i++)
        {
            Assert.True(outbound.TryAdd($"m{i}", out ids[i]));
        }

        Assert.True(outbound.TryAcknowledge(ids[1], out _));
        outbound.StartRedelivery(receiveMaximum: 2);
        Assert.False(outbound.TryAdd("new", out _));
        Assert.Equal((ids[0], "m0"), Redelivered(outbound));
        Assert.Equal((ids[2], "m2"), Redelivered(outbound));
        Assert.Null(Redelivered(outbound));
        Assert.True(outbound.TryAcknowledge(ids[0], out _));
        Assert.Equal((ids[3], "m3"), Redelivered(outbound));
        Assert.True(outbound.TryAcknowledge(ids[2], out _));
        Assert.True(outbound.IsRedelivering);
        Assert.Equal((ids[4], "m4"), Redelivered(outbound));
        Assert.False(outbound.IsRedelivering);
        Assert.True(outbound.TryAcknowledge(ids[3], out _));
        Assert.True(outbound.TryAdd("new", out _));
        Assert.False(outbound.TryAdd("over", out _));
    }

    [Fact]
    public void A_message_acknowledged_before_it_was_sent_again_does_not_hold_up_new_ones()
    {
        var outbound = new MqttOutbound<string>(new MqttPacketIds(), 10);
        Assert.True(outbound.TryAdd("a", out var a));
        Assert.True(outbound.TryAdd("b", out var b));
        outbound.StartRedelivery();
        Assert.Equal((a, "a"), Redelivered(outbound));
        Assert.True(outbound.TryAcknowledge(b, out _));
        Assert.False(outbound.IsRedelivering);
        Assert.True(outbound.TryAdd("c", out _));
    }

    [Fact]
    public void It_agrees_with_a_list_whatever_is_added_acknowledged_and_reconnected() =>
        Prop.ForAll(Gen.Choose(0, 1000).ListOf().ToArbitrary(), steps =>
        {
            var outbound = new MqttOutbound<int>(new MqttPacketIds(), 8);
            var model = new List<(ushort Id, int Message)>();
            var sent = 0;
            foreach (var step in Enumerable.Repeat(steps, 3).SelectMany(s => s))
            {
                switch (step % 5)
                {
                    case 0 or 1:
                        var room = sent == model.Count && sent < outbound.Window;
                        if (outbound.TryAdd(step, out var id) != room)
                        {
                            return false;
                        }

                        if (room)
                        {
                            model.Add((id, step));
                            sent++;
                        }

                        break;

                    case 2 when model.Count > 0:
                        var at = step % model.Count;
                        if (!outbound.TryAcknowledge(model[at].Id, out var message) || message != model[at].Message)
                        {
                            return false;
                        }

                        model.RemoveAt(at);
                        sent -= at < sent ? 1 : 0;
                        break;

                    case 3 when step % 20 == 3:
                        outbound.StartRedelivery((step % 9) + 1);
                        sent = 0;
                        break;

                    default:
                        var expected = sent < model.Count && sent < outbound.Window ? model[sent] : default;
                        if (outbound.TryRedeliver(out var again, out var old) != (expected.Id != 0) || (again, old) != expected)
                        {
                            return false;
                        }

                        sent += expected.Id != 0 ? 1 : 0;
                        break;
                }

                if (outbound.Count != model.Count || outbound.IsRedelivering != (sent < model.Count))
                {
                    return false;
                }
            }

            return true;
        }).QuickCheckThrowOnFailure();

    private static (ushort Id, string? Message)? Redelivered(MqttOutbound<string> outbound) =>
        outbound.TryRedeliver(out var id, out var message) ? (id, message) : null;
}
