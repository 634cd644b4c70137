using System.Text.Json;
using Nave.Api;
using Nave.Hub.Provisioning;
using Nave.Hub.Security;
using static Nave.Hub.Tests.Provisioning.ProvisioningFixture;

namespace Nave.Hub.Tests.Provisioning;

public sealed class AllocationTests
{
    private const string ToFirstHub = $"{{\"iotHubHostName\":\"{TestHub.HostName}\"}}";

    [Fact]
    public void Hashing_gives_each_hub_its_weights_share_and_moves_only_what_a_new_hub_wins()
    {
        var one = new LinkedHub(new NamedHub("one.test"), 1, false);
        var two = new LinkedHub(new NamedHub("two.test"), 3, false);
        var three = new LinkedHub(new NamedHub("three.test"), 4, false);
        var counts = new Dictionary<string, int>();
        const int Devices = 20_000;
        for (var i = 0; i < Devices; i++)
        {
            var before = HashedAllocation.Choose($"device-{i}", [one, two]);
            var after = HashedAllocation.Choose($"device-{i}", [three, two, one]);
            Assert.True(after == before || after == three);
            counts[after.HostName] = counts.GetValueOrDefault(after.HostName) + 1;
        }

        // Five standard deviations of a binomial: about 350 of 20,000.
        Assert.InRange(counts["one.test"], (Devices / 8) - 350, (Devices / 8) + 350);
        Assert.InRange(counts["two.test"], (Devices * 3 / 8) - 350, (Devices * 3 / 8) + 350);
        Assert.InRange(counts["three.test"], (Devices / 2) - 355, (Devices / 2) + 355);
    }

    [Fact]
    public async Task Every_hub_of_the_process_is_linked_until_its_link_is_removed()
    {
        await using var fixture = await ProvisioningFixture.OpenAsync();
        await fixture.AddHubAsync();
        var group = await fixture.EnrollAsync(KeyedGroup("all"));
        var hubs = new HashSet<string?>();
        for (var i = 0; i < 40; i++)
        {
            hubs.Add(Assigned(await fixture.RegisterAsync(group, $"d{i}")).AssignedHub);
        }

        Assert.Equal(2, hubs.Count);
        Value(await fixture.Service.LinkedHubs.DeleteAsync(SecondHub, Cancelled));
        await fixture.RestartAsync();
        Assert.Equal([TestHub.HostName], fixture.Service.LinkedHubs.List().Select(hub => hub.HostName));
        for (var i = 40; i < 80; i++)
        {
            Assert.Equal(TestHub.HostName, Assigned(await fixture.RegisterAsync(group, $"d{i}")).AssignedHub);
        }

        Value(await fixture.Service.LinkedHubs.PutAsync(SecondHub, new LinkedHubDescription { AllocationWeight = 5 }, Cancelled));
        Assert.Equal([1, 5], fixture.Service.LinkedHubs.List().Select(hub => hub.AllocationWeight ?? 0));
    }

    [Fact]
    public async Task Without_a_hub_a_registration_fails_with_a_reason()
    {
        await using var fixture = await ProvisioningFixture.OpenAsync(configure: options => options with { LinkLocalHubs = false });
        var operation = await fixture.RegisterAsync(await fixture.EnrollAsync(Keyed("d1")));
        Assert.Equal((RegistrationStatus.Failed, 404210), (operation.Status, operation.RegistrationState?.ErrorCode));
    }

    [Fact]
    public async Task A_webhook_sees_who_asks_and_decides_hub_twin_and_payload()
    {
        await using var fixture = await ProvisioningFixture.OpenAsync();
        await fixture.AddHubAsync();
        var enrollment = await fixture.EnrollAsync(Custom("d1"));
        var seen = new List<JsonElement>();
        fixture.Webhook.Answer = request =>
        {
            seen.Add(JsonElement.Parse(request));
            return Task.FromResult(FunctionWebhook.Json(
                """{"iotHubHostName":"second.test","initialTwin":{"tags":{"by":"hook"},"properties":{"desired":{"a":1}}},"payload":{"greeting":"hi"}}"""));
        };
        var state = Assigned(await fixture.RegisterAsync(enrollment, """{"payload":{"model":"m1"}}"""));
        Assert.Equal((SecondHub, """{"greeting":"hi"}"""), (state.AssignedHub, state.Payload.ToString()));
        Assert.True(fixture.Hubs.Host.TryFind(SecondHub, out var hub));
        Assert.Contains("\"by\":\"hook\"", System.Text.Encoding.UTF8.GetString(Value(await hub.Twins.GetAsync(new IdentityId("d1"), Cancelled)).Span), StringComparison.Ordinal);

        var request = Assert.Single(seen);
        var context = request.GetProperty("deviceRuntimeContext");
        Assert.Equal("d1", context.GetProperty("registrationId").GetString());
        Assert.Equal("m1", context.GetProperty("payload").GetProperty("model").GetString());
        Assert.True(context.TryGetProperty("symmetricKey", out _));
        Assert.Equal([TestHub.HostName, SecondHub], request.GetProperty("linkedHubs").EnumerateArray().Select(name => name.GetString()));
        Assert.DoesNotContain(enrollment.Attestation!.SymmetricKey!.PrimaryKey!, request.GetRawText(), StringComparison.Ordinal);

        Assigned(await fixture.RegisterAsync(enrollment));
        Assert.Equal(SecondHub, seen[1].GetProperty("deviceRuntimeContext").GetProperty("currentIotHubHostName").GetString());
    }

    [Theory]
    [InlineData("""{"iotHubHostName":"stranger.test"}""", 400207)]
    [InlineData("""{"payload":1}""", 400208)]
    [InlineData("no json", 400207)]
    [InlineData("", 400207)]
    public async Task A_webhooks_wrong_answer_fails_the_registration_and_leaves_the_device_where_it_is(string answer, int code)
    {
        await using var fixture = await ProvisioningFixture.OpenAsync();
        var enrollment = await fixture.EnrollAsync(Custom("d1"));
        fixture.Webhook.Answer = _ => Task.FromResult(FunctionWebhook.Json(ToFirstHub));
        Assigned(await fixture.RegisterAsync(enrollment));
        fixture.Webhook.Answer = _ => Task.FromResult(FunctionWebhook.Json(answer));
        var operation = await fixture.RegisterAsync(enrollment);
        Assert.Equal((RegistrationStatus.Failed, code), (operation.Status, operation.RegistrationState?.ErrorCode));
        await fixture.Hubs.GetAsync(new IdentityId("d1"));

        // The next time it is known that the device has a hub.
        fixture.Webhook.Answer = request =>
        {
            Assert.Equal(TestHub.HostName, JsonElement.Parse(request).GetProperty("deviceRuntimeContext").GetProperty("currentIotHubHostName").GetString());
            return Task.FromResult(FunctionWebhook.Json(ToFirstHub));
        };
        Assigned(await fixture.RegisterAsync(enrollment));
    }

    [Fact]
    public async Task A_slow_webhook_is_answered_with_assigning_and_the_operation_is_known_after_a_restart()
    {
        await using var fixture = await ProvisioningFixture.OpenAsync(configure: options => options with { RegisterWait = TimeSpan.Zero });
        var enrollment = await fixture.EnrollAsync(Custom("d1"));
        var answer = new TaskCompletionSource<HubResult<ReadOnlyMemory<byte>>>(TaskCreationOptions.RunContinuationsAsynchronously);
        fixture.Webhook.Answer = _ => answer.Task;
        var device = Value(await fixture.AuthenticateAsync("d1", new DeviceCredential(fixture.Token(enrollment))));
        var first = Value(await fixture.Service.RegisterAsync(device, """{"payload":{"model":"m1"}}"""u8.ToArray(), Cancelled));
        Assert.True(first.IsPending);
        Assert.Equal((202, 3.0), (first.HttpStatus, first.RetryAfter?.TotalSeconds));
        var second = Value(await fixture.Service.RegisterAsync(device, default, Cancelled));
        Assert.Equal(first.Operation.OperationId, second.Operation.OperationId);

        // It is interrupted in the middle; the device's next question goes on with it, with what the device sent.
        await fixture.RestartAsync();
        fixture.Webhook.Answer = request =>
        {
            Assert.Contains("\"m1\"", request, StringComparison.Ordinal);
            return Task.FromResult(FunctionWebhook.Json(ToFirstHub));
        };
        device = Value(await fixture.AuthenticateAsync("d1", new DeviceCredential(fixture.Token(enrollment))));
        Assert.Equal(HubErrorCode.AsyncOperationNotFound, (await fixture.Service.GetOperationAsync(device, "5.0.0", Cancelled)).Error?.Code);
        using var deadline = new CancellationTokenSource(Nave.Testing.TestDeadline.Default);
        RegistrationProgress progress;
        do
        {
            progress = Value(await fixture.Service.GetOperationAsync(device, first.Operation.OperationId!, deadline.Token));
        }
        while (progress.IsPending);

        Assert.Equal((TestHub.HostName, first.Operation.OperationId), (Assigned(progress.Operation).AssignedHub, progress.Operation.OperationId));
    }

    private static IndividualEnrollment Custom(string id) => Keyed(id) with
    {
        AllocationPolicy = AllocationPolicy.Custom,
        CustomAllocationDefinition = new CustomAllocationDefinition { WebhookUrl = "https://hook.test/", ApiVersion = "2019-03-31" },
    };

    /// <summary>A hub of which only the name counts.</summary>
    private sealed class NamedHub(string hostName) : ILinkedHub
    {
        public string HostName => hostName;

        public ValueTask<HubResult<DeviceIdentity>> FindAsync(string deviceId, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<HubResult<DeviceIdentity>> CreateAsync(DeviceIdentity identity, ReadOnlyMemory<byte> twin, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<HubResult<DeviceIdentity>> UpdateAsync(DeviceIdentity identity, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<HubError?> DeleteAsync(string deviceId, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<HubResult<ReadOnlyMemory<byte>>> GetTwinAsync(string deviceId, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<HubError?> WriteTwinAsync(string deviceId, ReadOnlyMemory<byte> twin, bool replace, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
