using System.Text.Json;
using Nave.Api;
using Nave.Testing;

namespace Nave.Hub.Tests.Configurations;

/// <summary>Steps that tests of configurations share, over a real hub.</summary>
internal static class ConfigurationFixture
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static ConfigurationContent Device(params (string Path, string Json)[] settings) => new() { DeviceContent = Map(settings) };

    public static IReadOnlyDictionary<string, RawJson> Map(params (string Path, string Json)[] settings) =>
        settings.ToDictionary(setting => setting.Path, setting => RawJson.Parse(setting.Json));

    public static Configuration Of(string id, string condition, ConfigurationContent content, int priority = 0) =>
        new() { Id = id, TargetCondition = condition, Content = content, Priority = priority };

    /// <summary>Creates a configuration and waits until it is where it belongs.</summary>
    public static async Task<Configuration> AddAsync(this TestHub test, Configuration configuration)
    {
        var created = await test.Hub.Configurations.PutAsync(configuration, null, Token);
        Assert.Null(created.Error);
        await test.SettleAsync();
        return created.Value!;
    }

    public static async Task RemoveAsync(this TestHub test, string id)
    {
        Assert.Null((await test.Hub.Configurations.DeleteAsync(id, null, Token)).Error);
        await test.SettleAsync();
    }

    public static async Task ApplyAsync(this TestHub test, string deviceId, ConfigurationContent content)
    {
        Assert.Null((await test.Hub.Configurations.ApplyContentAsync(deviceId, content, Token)).Error);
        await test.SettleAsync();
    }

    public static Task SettleAsync(this TestHub test) => test.Hub.Configurations.SettledAsync(Token).WaitAsync(TestDeadline.Default, Token);

    public static async Task PatchAsync(this TestHub test, IdentityId id, string patch)
    {
        Assert.Null((await test.Hub.Twins.PatchAsync(id, RawJson.Parse(patch).Utf8, null, Token)).Error);
        await test.SettleAsync();
    }

    public static async Task<JsonElement> TwinAsync(this TestHub test, IdentityId id)
    {
        var twin = await test.Hub.Twins.GetAsync(id, Token);
        Assert.Null(twin.Error);
        return JsonDocument.Parse(twin.Value).RootElement;
    }

    /// <summary>Gets the desired properties without what the hub adds.</summary>
    public static async Task<string> DesiredAsync(this TestHub test, IdentityId id)
    {
        var desired = (await test.TwinAsync(id)).GetProperty("properties").GetProperty("desired");
        return $"{{{string.Join(',', desired.EnumerateObject().Where(p => p.Name[0] != '$').OrderBy(p => p.Name, StringComparer.Ordinal).Select(p => $"\"{p.Name}\":{p.Value.GetRawText()}"))}}}";
    }

    /// <summary>Gets the configurations of a twin as <c>id=status</c>, in order.</summary>
    public static async Task<string> StatusesAsync(this TestHub test, IdentityId id) =>
        (await test.TwinAsync(id)).TryGetProperty("configurations", out var section)
            ? string.Join(' ', section.EnumerateObject().Select(p => $"{p.Name}={p.Value.GetProperty("status").GetString()}"))
            : "";

    public static async Task<Configuration> ShowAsync(this TestHub test, string id)
    {
        var found = await test.Hub.Configurations.GetAsync(id, Token);
        Assert.Null(found.Error);
        return found.Value!;
    }
}
