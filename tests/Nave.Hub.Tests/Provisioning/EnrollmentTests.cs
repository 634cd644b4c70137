using System.Text.Json;
using FsCheck.Fluent;
using Nave.Api;
using Nave.Hub.Provisioning;
using static Nave.Hub.Tests.Provisioning.ProvisioningFixture;

namespace Nave.Hub.Tests.Provisioning;

public sealed class EnrollmentTests
{
    [Fact]
    public async Task Keys_are_in_the_answer_to_a_change_and_in_the_attestation_and_nowhere_else()
    {
        await using var fixture = await ProvisioningFixture.OpenAsync();
        var made = await fixture.EnrollAsync(Keyed("d1"));
        var key = made.Attestation!.SymmetricKey!.PrimaryKey!;
        Assert.Equal(32, Convert.FromBase64String(key).Length);
        var read = Assert.IsType<IndividualEnrollment>(Value(await fixture.Service.Enrollments.GetAsync(EnrollmentKind.Individual, "D1", Cancelled)));
        Assert.Equal((AttestationType.SymmetricKey, null), (read.Attestation?.Type, read.Attestation?.SymmetricKey));
        Assert.Equal(made.Etag, read.Etag);
        var attestation = Value(await fixture.Service.Enrollments.GetAttestationAsync(EnrollmentKind.Individual, "d1", Cancelled));
        Assert.Equal(key, attestation.SymmetricKey?.PrimaryKey);

        // What was read and is sent back keeps its keys.
        var updated = await fixture.EnrollAsync(read with { DeviceId = "other" }, read.Etag);
        Assert.Equal(key, updated.Attestation?.SymmetricKey?.PrimaryKey);
        Assert.NotEqual(read.Etag, updated.Etag);
    }

    [Fact]
    public async Task Keys_are_not_on_the_disk_in_clear_and_everything_is_there_after_a_restart()
    {
        await using var fixture = await ProvisioningFixture.OpenAsync();
        var scope = fixture.Service.IdScope;
        var connection = fixture.Service.OwnerConnectionString;
        var made = await fixture.EnrollAsync(Keyed("d1"));
        var group = await fixture.EnrollAsync(KeyedGroup("g1"));
        var state = Assigned(await fixture.RegisterAsync(made));
        await fixture.RestartAsync();
        Assert.Equal((scope, connection), (fixture.Service.IdScope, fixture.Service.OwnerConnectionString));
        Assert.Matches("^0ne[0-9A-F]{8}$", scope);
        Assert.Equal(state.DeviceId, Value(await fixture.Service.Registrations.GetAsync("d1", Cancelled)).DeviceId);
        Assigned(await fixture.RegisterAsync(group, "d2"));
        await fixture.Service.DisposeAsync();
        await fixture.Hubs.StopAsync();
        var key = made.Attestation!.SymmetricKey!.PrimaryKey!;
        foreach (var file in Directory.EnumerateFiles(Path.Combine(fixture.Hubs.DataFolder, "dps"), "*", SearchOption.AllDirectories))
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var bytes = new byte[stream.Length];
            await stream.ReadExactlyAsync(bytes, Cancelled);
            Assert.True(bytes.AsSpan().IndexOf(Convert.FromBase64String(key)) < 0 && bytes.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(key)) < 0, file);
        }

        await fixture.Hubs.StartAsync();
    }

    [Fact]
    public async Task The_deletion_of_an_individual_enrollment_takes_its_registration_and_leaves_the_identity()
    {
        await using var fixture = await ProvisioningFixture.OpenAsync();
        var made = await fixture.EnrollAsync(Keyed("d1"));
        Assigned(await fixture.RegisterAsync(made));
        Value(await fixture.Service.Enrollments.DeleteAsync(EnrollmentKind.Individual, "d1", null, Cancelled));
        Assert.Equal(HubErrorCode.EnrollmentNotFound, (await fixture.Service.Enrollments.GetAsync(EnrollmentKind.Individual, "d1", Cancelled)).Error?.Code);
        Assert.Equal(HubErrorCode.DeviceRegistrationNotFound, (await fixture.Service.Registrations.GetAsync("d1", Cancelled)).Error?.Code);
        await fixture.Hubs.GetAsync(new IdentityId("d1"));
        Assert.Equal(HubErrorCode.EnrollmentGroupNotFound, (await fixture.Service.Enrollments.DeleteAsync(EnrollmentKind.Group, "g1", null, Cancelled)).Error?.Code);
    }

    [Fact]
    public async Task What_is_not_permitted_is_refused_with_the_field_that_is_wrong()
    {
        await using var fixture = await ProvisioningFixture.OpenAsync();
        foreach (var (code, word, wanted) in ((HubErrorCode, string, IndividualEnrollment)[])
        [
            (HubErrorCode.ArgumentInvalid, "attestation.type", new() { RegistrationId = "d1" }),
            (HubErrorCode.ArgumentInvalid, "primaryKey", Keyed("d1") with { Attestation = new AttestationMechanism { SymmetricKey = new SymmetricKeyAttestation { PrimaryKey = "short" } } }),
            (HubErrorCode.ArgumentInvalid, "deviceId", Keyed("d1") with { DeviceId = "a b" }),
            (HubErrorCode.ArgumentInvalid, "static", Keyed("d1") with { AllocationPolicy = AllocationPolicy.Static }),
            (HubErrorCode.ArgumentInvalid, "webhookUrl", Keyed("d1") with { AllocationPolicy = AllocationPolicy.Custom, CustomAllocationDefinition = new CustomAllocationDefinition { WebhookUrl = "http://example.com/" } }),
            (HubErrorCode.LinkedHubNotFound, "elsewhere.test", Keyed("d1") with { IotHubs = ["elsewhere.test"] }),
            (HubErrorCode.ArgumentInvalid, "initialTwin.tags", Keyed("d1") with { InitialTwin = Twin("[1]", "{}") }),
            (HubErrorCode.ArgumentInvalid, "", Keyed("d1") with { InitialTwin = Twin("{}", $"{{\"a\":\"{new string('x', 5000)}\"}}") }),
            (HubErrorCode.InvalidEndorsementKey, "endorsementKey", Keyed("d1") with { Attestation = new AttestationMechanism { Tpm = new TpmAttestation { EndorsementKey = "AAAA" } } }),
            (HubErrorCode.ArgumentInvalid, "clientCertificates", Keyed("d1") with { Attestation = new AttestationMechanism { X509 = new X509Attestation { SigningCertificates = new X509Certificates { Primary = new X509CertificateWithInfo { Certificate = "x" } } } } }),
            (HubErrorCode.ArgumentInvalid, "no certificate", Keyed("d1") with { Attestation = new AttestationMechanism { X509 = new X509Attestation { ClientCertificates = new X509Certificates { Primary = new X509CertificateWithInfo { Certificate = "x" } } } } }),
            (HubErrorCode.ArgumentInvalid, "d2", Keyed("d2")),
        ])
        {
            var refused = await fixture.Service.Enrollments.PutAsync(EnrollmentKind.Individual, "d1", wanted, null, Cancelled);
            Assert.Equal(code, refused.Error?.Code);
            Assert.Contains(word, refused.Error!.Message, StringComparison.Ordinal);
        }

        Assert.Equal(HubErrorCode.InvalidRegistrationId, (await fixture.Service.Enrollments.PutAsync(EnrollmentKind.Individual, "ends-with.", Keyed("ends-with."), null, Cancelled)).Error?.Code);
        Assert.Equal(HubErrorCode.InvalidEnrollmentGroupId, (await fixture.Service.Enrollments.PutAsync(EnrollmentKind.Group, "a b", KeyedGroup("a b"), null, Cancelled)).Error?.Code);
    }

    [Fact]
    public async Task A_bulk_call_applies_each_enrollment_on_its_own()
    {
        await using var fixture = await ProvisioningFixture.OpenAsync();
        await fixture.EnrollAsync(Keyed("b"));
        var enrollments = fixture.Service.Enrollments;
        var result = Value(await enrollments.BulkAsync(new BulkEnrollmentOperation { Mode = BulkEnrollmentMode.Create, Enrollments = [Keyed("a"), Keyed("b"), Keyed("c d")] }, Cancelled));
        Assert.False(result.IsSuccessful);
        Assert.Equal([("b", 409201), ("c d", 400202)], result.Errors.Select(error => (error.RegistrationId, error.ErrorCode)));
        Assert.True(Value(await enrollments.BulkAsync(new BulkEnrollmentOperation { Mode = BulkEnrollmentMode.Delete, Enrollments = [Keyed("a"), Keyed("b")] }, Cancelled)).IsSuccessful);
        Assert.True(Value(await enrollments.BulkAsync(new BulkEnrollmentGroupOperation { Mode = BulkEnrollmentMode.Create, EnrollmentGroups = [KeyedGroup("g")] }, Cancelled)).IsSuccessful);
        var twice = await enrollments.BulkAsync(new BulkEnrollmentOperation { Mode = BulkEnrollmentMode.Create, Enrollments = [Keyed("a"), Keyed("A")] }, Cancelled);
        Assert.Equal(HubErrorCode.RegistrationIdDefinedMultipleTimes, twice.Error?.Code);
        var many = await enrollments.BulkAsync(
            new BulkEnrollmentOperation { Mode = BulkEnrollmentMode.Create, Enrollments = [.. Enumerable.Range(0, 11).Select(i => Keyed($"d{i}"))] }, Cancelled);
        Assert.Equal(HubErrorCode.ArgumentInvalid, many.Error?.Code);
        Assert.Equal(HubErrorCode.ArgumentInvalid, (await enrollments.BulkAsync(new BulkEnrollmentOperation { Mode = BulkEnrollmentMode.Create, Enrollments = [null!] }, Cancelled)).Error?.Code);
    }

    [Fact]
    public async Task Queries_page_filter_and_show_where_registrations_stand()
    {
        await using var fixture = await ProvisioningFixture.OpenAsync();
        for (var i = 0; i < 5; i++)
        {
            await fixture.EnrollAsync(Keyed($"d{i}") with { ProvisioningStatus = i % 2 == 0 ? ProvisioningStatus.Enabled : ProvisioningStatus.Disabled });
        }

        var enrollments = fixture.Service.Enrollments;
        var first = Value(await enrollments.QueryAsync(EnrollmentKind.Individual, "*", 2, null, Cancelled));
        var second = Value(await enrollments.QueryAsync(EnrollmentKind.Individual, "*", 2, first.Continuation, Cancelled));
        var third = Value(await enrollments.QueryAsync(EnrollmentKind.Individual, "*", 2, second.Continuation, Cancelled));
        Assert.Equal(("Enrollment", null), (first.ItemType, third.Continuation));
        Assert.Equal(["d0", "d1", "d2", "d3", "d4"], Ids(first.Json, second.Json, third.Json));
        var off = Value(await enrollments.QueryAsync(EnrollmentKind.Individual, "SELECT * FROM enrollments WHERE provisioningStatus = 'disabled'", null, null, Cancelled));
        Assert.Equal(["d1", "d3"], Ids(off.Json));
        var wrong = await enrollments.QueryAsync(EnrollmentKind.Individual, "SELECT * FROM devices", null, null, Cancelled);
        Assert.Contains("enrollments", wrong.Error?.Message, StringComparison.Ordinal);
        Assert.NotNull((await enrollments.QueryAsync(EnrollmentKind.Individual, "*", 2, "nonsense", Cancelled)).Error);

        var group = await fixture.EnrollAsync(KeyedGroup("line"));
        Assigned(await fixture.RegisterAsync(group, "m1"));
        Assigned(await fixture.RegisterAsync(group, "m2"));
        var registered = Value(await fixture.Service.Registrations.QueryAsync("LINE", null, null, null, Cancelled));
        Assert.Equal(("DeviceRegistration", 2), (registered.ItemType, registered.Count));
        Assert.Equal(0, Value(await fixture.Service.Registrations.QueryAsync("other", "*", null, null, Cancelled)).Count);
        Assert.Equal(1, Value(await enrollments.QueryAsync(EnrollmentKind.Group, "SELECT * FROM enrollmentGroups", null, null, Cancelled)).Count);
    }

    // A model of If-Match: what each header must do to a resource that is there or not.
    [Fact]
    public async Task If_match_does_what_the_model_says_for_every_sequence_of_calls()
    {
        await using var fixture = await ProvisioningFixture.OpenAsync();
        var sequences = Gen.Choose(0, 7).ListOf(12).Sample(60);
        var number = 0;
        foreach (var sequence in sequences)
        {
            var kind = number % 2 == 0 ? EnrollmentKind.Individual : EnrollmentKind.Group;
            var id = $"model-{number++}";
            string? etag = null, old = null;
            foreach (var step in sequence)
            {
                var header = (step % 4) switch { 0 => null, 1 => "*", 2 => $"\"{etag ?? "none"}\"", _ => old ?? "stale" };
                if (step < 4)
                {
                    var put = await fixture.Service.Enrollments.PutAsync(kind, id, kind == EnrollmentKind.Group ? KeyedGroup(id) : Keyed(id), header, Cancelled);
                    var expected = (header, etag) switch
                    {
                        (null, null) => HubErrorCode.None,
                        (null, _) => kind == EnrollmentKind.Group ? HubErrorCode.EnrollmentGroupConflict : HubErrorCode.EnrollmentConflict,
                        (_, null) => Missing(kind),
                        _ => Matches(header, etag) ? HubErrorCode.None : HubErrorCode.PreconditionFailed,
                    };
                    Assert.Equal(expected, put.Error?.Code ?? HubErrorCode.None);
                    (old, etag) = put.IsSuccess ? (etag ?? old, put.Value.Etag) : (old, etag);
                }
                else
                {
                    var deleted = await fixture.Service.Enrollments.DeleteAsync(kind, id, header, Cancelled);
                    var expected = etag is null ? Missing(kind) : header is null || Matches(header, etag) ? HubErrorCode.None : HubErrorCode.PreconditionFailed;
                    Assert.Equal(expected, deleted.Error?.Code ?? HubErrorCode.None);
                    (old, etag) = deleted.IsSuccess ? (etag, null) : (old, etag);
                }
            }
        }
    }

    private static bool Matches(string header, string etag) => header == "*" || header.Trim('"') == etag;

    private static HubErrorCode Missing(EnrollmentKind kind) =>
        kind == EnrollmentKind.Group ? HubErrorCode.EnrollmentGroupNotFound : HubErrorCode.EnrollmentNotFound;

    private static string[] Ids(params ReadOnlyMemory<byte>[] pages) =>
        [.. pages.SelectMany(page => JsonSerializer.Deserialize<JsonElement[]>(page.Span)!).Select(row => row.GetProperty("registrationId").GetString()!)];
}
