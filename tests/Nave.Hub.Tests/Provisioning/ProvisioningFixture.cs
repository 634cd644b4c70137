using System.Text;
using Nave.Api;
using Nave.Hub.Provisioning;
using Nave.Hub.Security;
using Nave.Storage;

namespace Nave.Hub.Tests.Provisioning;

/// <summary>A provisioning service over real hubs in a folder of its own. Hubs "elsewhere" are the hubs of a second, real host.</summary>
internal sealed class ProvisioningFixture : IAsyncDisposable
{
    public const string SecondHub = "second.test";

    private readonly TimeProvider _time;
    private readonly ProvisioningOptions _options;
    private ProvisioningService? _service;

    private ProvisioningFixture(TestHub hubs, TimeProvider time, ProvisioningOptions options)
    {
        Hubs = hubs;
        _time = time;
        _options = options;
    }

    public TestHub Hubs { get; }

    public ProvisioningService Service => _service!;

    public FunctionWebhook Webhook { get; } = new();

    public OtherHubs Remote { get; } = new();

    public static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public static async Task<ProvisioningFixture> OpenAsync(TimeProvider? time = null, Func<ProvisioningOptions, ProvisioningOptions>? configure = null)
    {
        var options = new ProvisioningOptions { HostName = "dps.test" };
        var clock = time ?? TimeProvider.System;
        var fixture = new ProvisioningFixture(await TestHub.OpenAsync(clock), clock, configure is null ? options : configure(options));
        await fixture.StartAsync();
        return fixture;
    }

    /// <summary>Closes everything and opens it again on the same folder.</summary>
    public async Task RestartAsync()
    {
        await _service!.DisposeAsync();
        await Hubs.RestartAsync();
        await StartAsync();
    }

    /// <summary>Opens the service on a store of the test's.</summary>
    public async Task ReopenOnAsync(IStateStore store)
    {
        await _service!.DisposeAsync();
        _service = await ProvisioningService.OpenAsync(Hubs.Host, _options, store, Remote, Webhook, Cancelled);
    }

    public async Task<IotHub> AddHubAsync(string hostName = SecondHub)
    {
        var made = await Hubs.Host.CreateAsync(new HubDefinition { HostName = hostName }, Cancelled);
        Assert.Null(made.Error);
        return made.Value!;
    }

    public async Task<IndividualEnrollment> EnrollAsync(IndividualEnrollment enrollment, string? ifMatch = null) =>
        Assert.IsType<IndividualEnrollment>(Value(await Service.Enrollments.PutAsync(EnrollmentKind.Individual, enrollment.RegistrationId!, enrollment, ifMatch, Cancelled)));

    public async Task<EnrollmentGroup> EnrollAsync(EnrollmentGroup group, string? ifMatch = null) =>
        Assert.IsType<EnrollmentGroup>(Value(await Service.Enrollments.PutAsync(EnrollmentKind.Group, group.EnrollmentGroupId!, group, ifMatch, Cancelled)));

    public string Token(string registrationId, byte[] key, TimeSpan? lifetime = null) => SasToken.Create(
        $"{Service.IdScope}/registrations/{registrationId}", key, _time.GetUtcNow() + (lifetime ?? TimeSpan.FromHours(1)), "registration");

    public string Token(IndividualEnrollment enrollment) =>
        Token(enrollment.RegistrationId!, Convert.FromBase64String(enrollment.Attestation!.SymmetricKey!.PrimaryKey!));

    public string Token(EnrollmentGroup group, string registrationId) => Token(
        registrationId, SasToken.DeriveKey(Convert.FromBase64String(group.Attestation!.SymmetricKey!.PrimaryKey!), registrationId));

    public ValueTask<HubResult<ProvisioningPrincipal>> AuthenticateAsync(string registrationId, DeviceCredential credential) =>
        Service.AuthenticateAsync(Service.IdScope, registrationId, credential, Cancelled);

    /// <summary>Proves and registers a device, and returns where that stands.</summary>
    public async Task<RegistrationOperationStatus> RegisterAsync(string registrationId, DeviceCredential credential, string body = "")
    {
        var device = Value(await AuthenticateAsync(registrationId, credential));
        return Value(await Service.RegisterAsync(device, Encoding.UTF8.GetBytes(body), Cancelled)).Operation;
    }

    public Task<RegistrationOperationStatus> RegisterAsync(IndividualEnrollment enrollment, string body = "") =>
        RegisterAsync(enrollment.RegistrationId!, new DeviceCredential(Token(enrollment)), body);

    public Task<RegistrationOperationStatus> RegisterAsync(EnrollmentGroup group, string registrationId, string body = "") =>
        RegisterAsync(registrationId, new DeviceCredential(Token(group, registrationId)), body);

    public static T Value<T>(HubResult<T> result)
    {
        Assert.Null(result.Error);
        return result.Value!;
    }

    public static DeviceRegistrationState Assigned(RegistrationOperationStatus operation)
    {
        Assert.Equal((RegistrationStatus.Assigned, null), (operation.Status, operation.RegistrationState?.ErrorMessage));
        return operation.RegistrationState!;
    }

    public static IndividualEnrollment Keyed(string registrationId) =>
        new() { RegistrationId = registrationId, Attestation = new AttestationMechanism { Type = AttestationType.SymmetricKey } };

    public static EnrollmentGroup KeyedGroup(string groupId) =>
        new() { EnrollmentGroupId = groupId, Attestation = new AttestationMechanism { Type = AttestationType.SymmetricKey } };

    public static InitialTwin Twin(string tags, string desired) =>
        new() { Tags = RawJson.Parse(tags), Properties = new InitialTwinProperties { Desired = RawJson.Parse(desired) } };

    public async ValueTask DisposeAsync()
    {
        if (_service is not null)
        {
            await _service.DisposeAsync();
        }

        await Remote.DisposeAsync();
        await Hubs.DisposeAsync();
    }

    private async Task StartAsync() => _service = await ProvisioningService.OpenAsync(Hubs.Host, _options, Remote, Webhook, Cancelled);
}
