using System.Globalization;
using Nave.Api;

namespace Nave.Fleet.Tests.Replication.Support;

/// <summary>What happens to one device id on a hub: lives, twins, modules, as a seed says.</summary>
internal sealed class RandomHistory(ReplicatedHub hub, string deviceId, int seed)
{
    private readonly Random _random = new(seed);
    private readonly Dictionary<string, DeviceIdentity> _modules = new(StringComparer.Ordinal);
    private DeviceIdentity? _device;
    private int _values;

    /// <summary>Gets a value indicating whether some of its events get lost.</summary>
    public bool LosesEvents { get; } = seed % 2 == 0;

    public string DeviceId => deviceId;

    /// <summary>Does some steps.</summary>
    public async Task RunAsync(int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            await StepAsync();
        }
    }

    private async Task StepAsync()
    {
        if (_device is null)
        {
            _device = await hub.CreateAsync(deviceId);
            return;
        }

        var dice = _random.Next(100);
        if (dice < 14)
        {
            await hub.Service.DeleteDeviceAsync(new IdentityId(deviceId));
            _device = null;
            _modules.Clear();
        }
        else if (dice < 28)
        {
            await ModuleStepAsync();
        }
        else if (dice < 42)
        {
            await hub.ReportAsync(_device, $$"""{"r{{_random.Next(3)}}":{{Value()}}}""");
        }
        else
        {
            await ChangeAsync(new IdentityId(deviceId), dice);
        }
    }

    private async Task ModuleStepAsync()
    {
        var id = _random.Next(2) == 0 ? "m1" : "m2";
        if (!_modules.TryGetValue(id, out var module))
        {
            _modules[id] = await hub.CreateAsync(deviceId, id);
        }
        else if (_random.Next(3) == 0)
        {
            await hub.Service.DeleteDeviceAsync(new IdentityId(deviceId, id));
            _modules.Remove(id);
        }
        else if (_random.Next(3) == 0)
        {
            await hub.ReportAsync(module, $$"""{"mr":{{Value()}}}""");
        }
        else
        {
            await ChangeAsync(new IdentityId(deviceId, id), 42 + _random.Next(58));
        }
    }

    private Task<RawJson> ChangeAsync(IdentityId id, int dice)
    {
        var tags = $$"""{"t{{_random.Next(3)}}":{{Value()}}}""";
        var desired = $$"""{"d{{_random.Next(3)}}":{{Value()}}}""";
        return dice switch
        {
            < 62 => hub.Service.PatchTwinAsync(id, RawJson.Parse($$"""{"tags":{{tags}}}""")),
            < 80 => hub.Service.PatchTwinAsync(id, RawJson.Parse($$$"""{"properties":{"desired":{{{desired}}} } }""")),
            < 90 => hub.Service.PatchTwinAsync(id, RawJson.Parse($$$"""{"tags":{{{tags}}},"properties":{"desired":{{{desired}}} } }""")),
            _ => hub.Service.ReplaceTwinAsync(id, RawJson.Parse($$$"""{"tags":{{{tags.Replace("null", "1", StringComparison.Ordinal)}}},"properties":{"desired":{{{desired.Replace("null", "2", StringComparison.Ordinal)}}} } }""")),
        };
    }

    private string Value() => _random.Next(6) switch
    {
        0 => "null",
        1 => $$"""{"a":{{++_values}},"b":{"c":"{{_values}}"} }""",
        2 => """{"a":null,"x":1.50}""",
        3 => """[1,{"y":2}]""",
        _ => (++_values).ToString(CultureInfo.InvariantCulture),
    };
}
