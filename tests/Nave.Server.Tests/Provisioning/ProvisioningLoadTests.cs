using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Nave.Api;
using Nave.Hub.Security;
using Nave.Server.Tests.Http;

namespace Nave.Server.Tests.Provisioning;

/// <summary>
/// Many devices of one group at once over HTTPS. With <c>NAVE_PROVISION_DEVICES</c> (how many) and <c>NAVE_PROVISION_REPORT</c> (a file) set, it is a
/// measurement: docs/performance.md.
/// </summary>
public sealed class ProvisioningLoadTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Fact]
    public async Task Devices_with_derived_keys_are_provisioned_side_by_side_and_all_of_them_get_in()
    {
        var count = int.Parse(Environment.GetEnvironmentVariable("NAVE_PROVISION_DEVICES") ?? "200", CultureInfo.InvariantCulture);
        var provisioning = server.Server.Status.Provisioning!;
        var owner = RunningServer.Token(provisioning.HostName, provisioning.ServiceConnectionString);
        using var made = await server.SendAsync(
            "PUT", "/enrollmentGroups/load?api-version=2021-10-01", """{"attestation":{"type":"symmetricKey"}}""", owner, provisioning.HostName);
        var group = JsonElement.Parse(await made.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        var key = Convert.FromBase64String(group.GetProperty("attestation").GetProperty("symmetricKey").GetProperty("primaryKey").GetString()!);

        using var process = Process.GetCurrentProcess();
        var cpu = process.TotalProcessorTime;
        var began = Stopwatch.GetTimestamp();
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = TestContext.Current.CancellationToken }, async (i, cancelled) =>
        {
            var id = Id(i);
            var token = SasToken.Create(
                $"{provisioning.IdScope}/registrations/{id}", SasToken.DeriveKey(key, id), TimeProvider.System.GetUtcNow().AddHours(1), "registration");
            using var answer = await server.SendAsync(
                "PUT", $"/{provisioning.IdScope}/registrations/{id}/register?api-version=2021-10-01", "{}", token, provisioning.HostName);
            Assert.Contains("\"status\":\"assigned\"", await answer.Content.ReadAsStringAsync(cancelled), StringComparison.Ordinal);
        });
        var elapsed = Stopwatch.GetElapsedTime(began);
        process.Refresh();
        cpu = process.TotalProcessorTime - cpu;

        Assert.True(server.Server.Hubs.TryFind(RunningServer.HostName, out var hub));
        for (var i = 0; i < count; i++)
        {
            var id = new IdentityId(Id(i));
            var token = SasToken.Create(
                SasToken.ResourceOf(RunningServer.HostName, id), SasToken.DeriveKey(key, id.DeviceId), TimeProvider.System.GetUtcNow().AddHours(1));
            Assert.Null((await hub.Authenticator.AuthenticateDeviceAsync(id, new DeviceCredential(token), TestContext.Current.CancellationToken)).Error);
        }

        if (Environment.GetEnvironmentVariable("NAVE_PROVISION_REPORT") is { } file)
        {
            await File.WriteAllTextAsync(
                file,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{count} devices in {elapsed.TotalSeconds:0.00} s: {count / elapsed.TotalSeconds:0}/s, {cpu.TotalSeconds * 1000 / count:0.00} CPU s a thousand (server and client)\n"),
                TestContext.Current.CancellationToken);
        }
    }

    private static string Id(int i) => string.Create(CultureInfo.InvariantCulture, $"load-{i:00000}");
}
