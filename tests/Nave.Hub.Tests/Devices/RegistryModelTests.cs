using FsCheck.Fluent;
using Nave.Api;

namespace Nave.Hub.Tests.Devices;

/// <summary>Random histories against a dictionary: what a registry says is what was acknowledged last.</summary>
public sealed class RegistryModelTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Any_history_of_changes_reads_back_as_it_was_acknowledged()
    {
        await using var test = await TestHub.OpenAsync();
        var histories = Gen.Sample(
            Gen.ArrayOf(from step in Gen.Choose(0, 5) from id in Gen.Choose(0, 3) from good in Gen.Elements(true, true, false) select (step, id, good)),
            30,
            40);
        var run = 0;
        foreach (var history in histories)
        {
            run++;
            var model = new Dictionary<IdentityId, DeviceIdentity>();
            foreach (var (step, number, good) in history)
            {
                // Two devices, and a module of each.
                var id = new IdentityId($"r{run}-{number % 2}", number < 2 ? null : "m");
                await StepAsync(test, model, step, id, good);
            }

            foreach (var number in Enumerable.Range(0, 4))
            {
                var id = new IdentityId($"r{run}-{number % 2}", number < 2 ? null : "m");
                var found = await test.Hub.Registry.GetAsync(id, Cancellation);
                Assert.Equal(model.GetValueOrDefault(id)?.ETag, found.Value?.ETag);
                Assert.Equal(model.GetValueOrDefault(id)?.StatusReason, found.Value?.StatusReason);
                Assert.Equal(model.ContainsKey(id), (await test.Hub.Twins.GetAsync(id, Cancellation)).IsSuccess);
            }

            foreach (var id in model.Keys.Where(id => !id.IsModule))
            {
                Assert.True((await test.Hub.Registry.DeleteAsync(id, "*", Cancellation)).IsSuccess);
            }
        }

        Assert.Equal(0, (await test.Hub.Registry.GetStatisticsAsync(Cancellation)).TotalDeviceCount);
    }

    private static async Task StepAsync(TestHub test, Dictionary<IdentityId, DeviceIdentity> model, int step, IdentityId id, bool good)
    {
        var known = model.GetValueOrDefault(id);
        var parent = model.ContainsKey(new IdentityId(id.DeviceId));
        var ifMatch = good ? known?.ETag ?? "*" : "bm90IGl0";
        switch (step)
        {
            case 0 or 1:
                var created = await test.Hub.Registry.CreateAsync(new DeviceIdentity { DeviceId = id.DeviceId, ModuleId = id.ModuleId }, Cancellation);
                Assert.Equal(known is null && (parent || !id.IsModule), created.IsSuccess);
                if (created.IsSuccess)
                {
                    model[id] = created.Value;
                }

                break;
            case 2 or 3:
                var wanted = new DeviceIdentity { DeviceId = id.DeviceId, ModuleId = id.ModuleId, StatusReason = id.IsModule ? null : $"{model.Count}" };
                var updated = await test.Hub.Registry.UpdateAsync(wanted, ifMatch, Cancellation);
                Assert.Equal(known is not null && good, updated.IsSuccess);
                if (updated.IsSuccess)
                {
                    Assert.NotEqual(known!.ETag, updated.Value.ETag);
                    Assert.Equal(known.Authentication, updated.Value.Authentication);
                    model[id] = updated.Value;
                }

                break;
            case 4:
                var deleted = await test.Hub.Registry.DeleteAsync(id, ifMatch, Cancellation);
                Assert.Equal(known is not null && good, deleted.IsSuccess);
                if (deleted.IsSuccess)
                {
                    model.Remove(id);
                    foreach (var module in model.Keys.Where(other => !id.IsModule && other.DeviceId == id.DeviceId).ToArray())
                    {
                        model.Remove(module);
                    }
                }

                break;
            default:
                Assert.Equal(known?.ETag, (await test.Hub.Registry.GetAsync(id, Cancellation)).Value?.ETag);
                break;
        }
    }
}
