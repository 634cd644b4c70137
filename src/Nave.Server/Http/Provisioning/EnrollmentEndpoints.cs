using System.Text.Json.Serialization.Metadata;
using Nave.Api;
using Nave.Hub;
using Nave.Hub.Provisioning;
using Nave.Hub.Security;

namespace Nave.Server.Http.Provisioning;

/// <summary>Enrollments and enrollment groups: alone, in bulk, by query, and their attestation with its keys. Wire facts 18.1.</summary>
internal static class EnrollmentEndpoints
{
    public static void Map(ProvisioningRoutes routes)
    {
        foreach (var (kind, path) in ((EnrollmentKind, string)[])[(EnrollmentKind.Individual, "/enrollments"), (EnrollmentKind.Group, "/enrollmentGroups")])
        {
            routes.Service("POST", path, AccessRights.EnrollmentWrite, request => BulkAsync(request, kind));
            routes.Service("POST", path + "/query", AccessRights.EnrollmentRead, request => request.RunQueryAsync((query, size, continuation) =>
                request.Service.Enrollments.QueryAsync(kind, query, size, continuation, request.Aborted)));
            routes.Service("GET", path + "/{id}", AccessRights.EnrollmentRead, request => GetAsync(request, kind));
            routes.Service("PUT", path + "/{id}", AccessRights.EnrollmentWrite, request => PutAsync(request, kind));
            routes.Service("DELETE", path + "/{id}", AccessRights.EnrollmentWrite, request => DeleteAsync(request, kind));

            // Keys: as much as writing them.
            routes.Service("POST", path + "/{id}/attestationmechanism", AccessRights.EnrollmentWrite, request => AttestationAsync(request, kind));
        }
    }

    private static async Task GetAsync(ProvisioningRequest request, EnrollmentKind kind) =>
        await WriteAsync(request, await request.Service.Enrollments.GetAsync(kind, request.Route("id"), request.Aborted));

    private static async Task PutAsync(ProvisioningRequest request, EnrollmentKind kind)
    {
        var body = kind == EnrollmentKind.Group
            ? await ReadAsync(request, ProvisioningJson.Default.EnrollmentGroup)
            : await ReadAsync(request, ProvisioningJson.Default.IndividualEnrollment);
        if (!body.IsSuccess)
        {
            await request.WriteErrorAsync(body.Error);
            return;
        }

        await WriteAsync(request, await request.Service.Enrollments.PutAsync(kind, request.Route("id"), body.Value, request.Condition, request.Aborted));
    }

    private static async Task DeleteAsync(ProvisioningRequest request, EnrollmentKind kind)
    {
        var deleted = await request.Service.Enrollments.DeleteAsync(kind, request.Route("id"), request.Condition, request.Aborted);
        await (deleted.IsSuccess ? request.NoContentAsync() : request.WriteErrorAsync(deleted.Error));
    }

    private static async Task AttestationAsync(ProvisioningRequest request, EnrollmentKind kind)
    {
        var attestation = await request.Service.Enrollments.GetAttestationAsync(kind, request.Route("id"), request.Aborted);
        await (attestation.IsSuccess
            ? request.WriteJsonAsync(attestation.Value, ProvisioningJson.Wire.AttestationMechanism)
            : request.WriteErrorAsync(attestation.Error));
    }

    private static async Task BulkAsync(ProvisioningRequest request, EnrollmentKind kind)
    {
        var result = kind == EnrollmentKind.Group
            ? await BulkAsync(request, ProvisioningJson.Default.BulkEnrollmentGroupOperation, request.Service.Enrollments.BulkAsync)
            : await BulkAsync(request, ProvisioningJson.Default.BulkEnrollmentOperation, request.Service.Enrollments.BulkAsync);
        await (result.IsSuccess
            ? request.WriteJsonAsync(result.Value, ProvisioningJson.Wire.BulkEnrollmentOperationResult)
            : request.WriteErrorAsync(result.Error));
    }

    private static async ValueTask<HubResult<BulkEnrollmentOperationResult>> BulkAsync<T>(
        ProvisioningRequest request, JsonTypeInfo<T> type, Func<T, CancellationToken, ValueTask<HubResult<BulkEnrollmentOperationResult>>> run)
        where T : class
    {
        var body = await request.ReadJsonAsync(type);
        return body.IsSuccess ? await run(body.Value, request.Aborted) : body.Error;
    }

    private static async ValueTask<HubResult<Enrollment>> ReadAsync<T>(ProvisioningRequest request, JsonTypeInfo<T> type)
        where T : Enrollment
    {
        var body = await request.ReadJsonAsync(type);
        return body.IsSuccess ? body.Value : body.Error;
    }

    private static Task WriteAsync(ProvisioningRequest request, HubResult<Enrollment> enrollment)
    {
        if (!enrollment.IsSuccess)
        {
            return request.WriteErrorAsync(enrollment.Error);
        }

        request.Context.Response.Headers.ETag = $"\"{enrollment.Value.Etag}\"";
        return enrollment.Value is EnrollmentGroup group
            ? request.WriteJsonAsync(group, ProvisioningJson.Wire.EnrollmentGroup)
            : request.WriteJsonAsync((IndividualEnrollment)enrollment.Value, ProvisioningJson.Wire.IndividualEnrollment);
    }
}
