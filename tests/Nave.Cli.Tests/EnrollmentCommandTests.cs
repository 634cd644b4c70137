using System.Text.Json;

namespace Nave.Cli.Tests;

public sealed class EnrollmentCommandTests(RunningHub hub) : IClassFixture<RunningHub>
{
    [Fact]
    public async Task An_enrollment_is_made_shown_changed_and_deleted()
    {
        var created = (await hub.RunAsync(
            "enrollments", "create", "one", "--device-id", "thermostat", "--tags", """{"site":"rome"}""", "--reprovision", "never", "-o", "json")).Ok().Json[0];
        var keys = created.GetProperty("attestation").GetProperty("symmetricKey");
        Assert.NotEmpty(keys.GetProperty("primaryKey").GetString()!);
        Assert.Equal(("one", "thermostat"), (created.GetProperty("registrationId").GetString(), created.GetProperty("deviceId").GetString()));
        Assert.False(created.GetProperty("reprovisionPolicy").GetProperty("updateHubAssignment").GetBoolean());

        Assert.False(HasKeys((await hub.RunAsync("enrollments", "show", "one", "-o", "json")).Ok().Json[0]));
        Assert.Equal(
            keys.GetProperty("primaryKey").GetString(),
            (await hub.RunAsync("enrollments", "show", "one", "--keys", "-o", "json")).Ok().Json[0]
                .GetProperty("attestation").GetProperty("symmetricKey").GetProperty("primaryKey").GetString());

        var updated = (await hub.RunAsync("enrollments", "update", "one", "--status", "disabled", "-o", "json")).Ok().Json[0];
        Assert.Equal(("disabled", "thermostat"), (updated.GetProperty("provisioningStatus").GetString(), updated.GetProperty("deviceId").GetString()));
        Assert.False(HasKeys(updated));
        Assert.Equal(
            keys.GetProperty("primaryKey").GetString(),
            (await hub.RunAsync("enrollments", "show", "one", "--keys", "-o", "json")).Ok().Json[0]
                .GetProperty("attestation").GetProperty("symmetricKey").GetProperty("primaryKey").GetString());

        Assert.Contains(
            (await hub.RunAsync("enrollments", "list", "-o", "json")).Ok().Json, line => line.GetProperty("registrationId").GetString() == "one");
        Assert.Equal("""{"registrationId":"one","deleted":true}""", Assert.Single((await hub.RunAsync("enrollments", "delete", "one", "-o", "json")).Ok().Lines));
        Assert.Equal(1, (await hub.RunAsync("enrollments", "show", "one")).ExitCode);
        Assert.Equal(1, (await hub.RunAsync("enrollments", "delete", "one")).ExitCode);
    }

    [Fact]
    public async Task A_group_is_made_and_its_devices_keys_are_derived()
    {
        var created = (await hub.RunAsync("enrollment-groups", "create", "all", "-o", "json")).Ok().Json[0];
        var key = created.GetProperty("attestation").GetProperty("symmetricKey").GetProperty("primaryKey").GetString()!;
        var derived = (await hub.RunAsync("enrollment-groups", "compute-device-key", "d1", "--group", "all", "-o", "json")).Ok().Json[0];
        var alone = (await CliRun.OfAsync("enrollment-groups", "compute-device-key", "d1", "--key", key, "-o", "json")).Ok().Json[0];
        Assert.Equal(derived.GetProperty("primaryKey").GetString(), alone.GetProperty("primaryKey").GetString());
        Assert.NotEqual(derived.GetProperty("secondaryKey").GetString(), derived.GetProperty("primaryKey").GetString());

        Assert.Equal("disabled", (await hub.RunAsync("enrollment-groups", "update", "all", "--status", "disabled", "-o", "json")).Ok().Json[0]
            .GetProperty("provisioningStatus").GetString());
        Assert.Contains("all", (await hub.RunAsync("enrollment-groups", "list")).Ok().Output, StringComparison.Ordinal);
        Assert.Empty((await hub.RunAsync("registrations", "list", "all", "-o", "json")).Ok().Lines);
        (await hub.RunAsync("enrollment-groups", "delete", "all")).Ok();
        Assert.Equal(1, (await hub.RunAsync("enrollment-groups", "show", "all")).ExitCode);
        Assert.Equal(1, (await hub.RunAsync("registrations", "show", "nobody")).ExitCode);
    }

    [Fact]
    public async Task A_device_key_is_derived_as_the_documentation_of_the_service_shows()
    {
        // The worked example of wire facts 17.1.3.
        var run = (await CliRun.OfAsync(
            "enrollment-groups", "compute-device-key", "sn-007-888-abc-mac-a1-b2-c3-d4-e5-f6",
            "--key", "8isrFI1sGsIlvvFSSFRiMfCNzv21fjbE/+ah/lSh3lF8e2YG1Te7w1KpZhJFFXJrqYKi9yegxkqIChbqOS9Egw==", "-o", "tsv")).Ok();
        Assert.Contains("Jsm0lyGpjaVYVP2g3FnmnmG9dI/9qU24wNoykUmermc=", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("enrollments", "create", "x", "--primary-key", "c2VjcmV0")]
    [InlineData("enrollments", "create", "x", "--secondary-ca-reference", "b")]
    [InlineData("enrollments", "create", "x", "--ca-reference", "a", "--endorsement-key", "c2VjcmV0")]
    [InlineData("enrollments", "create", "x", "--allocation", "custom")]
    [InlineData("enrollments", "create", "x", "--hub", "a", "--hub", "b", "--allocation", "static")]
    [InlineData("enrollment-groups", "create", "x", "--endorsement-key", "c2VjcmV0")]
    [InlineData("enrollment-groups", "compute-device-key", "x")]
    [InlineData("enrollment-groups", "compute-device-key", "x", "--key", "?")]
    public async Task What_does_not_go_together_ends_with_2(params string[] arguments) => Assert.Equal(2, (await hub.RunAsync(arguments)).ExitCode);

    [Fact]
    public async Task Authorities_of_provisioning_are_not_the_hubs()
    {
        Assert.Empty((await hub.RunAsync("certificates", "list", "--dps", "-o", "json")).Ok().Lines);
        Assert.Equal(hub.Status.Provisioning!.ServiceConnectionString, (await hub.RunAsync("status", "-o", "json")).Ok().Json[0]
            .GetProperty("provisioning").GetProperty("serviceConnectionString").GetString());
    }

    private static bool HasKeys(JsonElement enrollment) =>
        enrollment.GetProperty("attestation").TryGetProperty("symmetricKey", out var keys)
        && keys.ValueKind == JsonValueKind.Object && keys.TryGetProperty("primaryKey", out var key) && key.ValueKind == JsonValueKind.String;
}
