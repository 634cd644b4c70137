using Nave.Api;
using Nave.Hub.Devices;

namespace Nave.Hub.Tests.Devices;

public sealed class IdentityCacheTests
{
    [Fact]
    public void It_never_holds_more_than_its_capacity()
    {
        var cache = new IdentityCache(640);
        for (var i = 0; i < 10_000; i++)
        {
            cache.Add(Record($"d{i}"), cache.Ticket(new IdentityId($"d{i}")));
        }

        Assert.InRange(Enumerable.Range(0, 10_000).Count(i => cache.TryGet(new IdentityId($"d{i}"), out _)), 500, 640);
    }

    [Fact]
    public void What_is_used_stays_while_others_pass_through()
    {
        var cache = new IdentityCache(640);
        var favourite = new IdentityId("favourite");
        cache.Add(Record("favourite"), cache.Ticket(favourite));
        for (var i = 0; i < 10_000; i++)
        {
            cache.Add(Record($"d{i}"), cache.Ticket(new IdentityId($"d{i}")));
            Assert.True(cache.TryGet(favourite, out _));
        }
    }

    [Fact]
    public void What_was_invalidated_while_it_was_read_is_not_added()
    {
        var cache = new IdentityCache(640);
        var id = new IdentityId("d1");
        var ticket = cache.Ticket(id);
        cache.Invalidate(id);
        cache.Add(Record("d1"), ticket);
        Assert.False(cache.TryGet(id, out _));
    }

    [Fact]
    public void A_module_and_its_device_are_two_entries()
    {
        var cache = new IdentityCache(640);
        var module = new IdentityId("d1", "m1");
        cache.Add(Record("d1", "m1"), cache.Ticket(module));
        Assert.True(cache.TryGet(module, out _));
        Assert.False(cache.TryGet(new IdentityId("d1"), out _));
    }

    [Fact]
    public void Room_is_used_again_after_invalidation()
    {
        var cache = new IdentityCache(64);
        for (var i = 0; i < 10_000; i++)
        {
            var id = new IdentityId($"d{i}");
            cache.Add(Record($"d{i}"), cache.Ticket(id));
            Assert.True(cache.TryGet(id, out _));
            cache.Invalidate(id);
            Assert.False(cache.TryGet(id, out _));
        }
    }

    private static IdentityRecord Record(string deviceId, string? moduleId = null) =>
        new() { Id = new IdentityId(deviceId, moduleId), GenerationId = "1", Etag = "e" };
}
