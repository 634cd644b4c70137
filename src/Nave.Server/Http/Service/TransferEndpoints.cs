using Nave.Api;
using Nave.Hub.Security;

namespace Nave.Server.Http.Service;

/// <summary>Import and export jobs. Whoever may change the registry may make and cancel them, whoever may read it may look at them.</summary>
internal static class TransferEndpoints
{
    // Two container URIs of 4 KiB each, and names.
    private const int MaxBodyBytes = 32 * 1024;

    public static void Map(HubRoutes routes)
    {
        routes.Service("POST", "/jobs/create", AccessRights.RegistryWrite, CreateAsync);
        routes.Service("GET", "/jobs", AccessRights.RegistryRead, ListAsync);
        routes.Service("GET", "/jobs/{jobId}", AccessRights.RegistryRead, GetAsync);
        routes.Service("DELETE", "/jobs/{jobId}", AccessRights.RegistryWrite, CancelAsync);
    }

    private static async Task CreateAsync(HubRequest request)
    {
        var body = await request.ReadJsonAsync(ApiJson.Default.JobProperties, MaxBodyBytes);
        if (!body.IsSuccess)
        {
            await request.WriteErrorAsync(body.Error);
            return;
        }

        var created = await request.Hub.Transfers.CreateAsync(body.Value, request.Aborted);
        await (created.IsSuccess ? request.WriteJsonAsync(created.Value, ApiJson.Wire.JobProperties) : request.WriteErrorAsync(created.Error));
    }

    private static Task GetAsync(HubRequest request)
    {
        var job = request.Hub.Transfers.Get(request.Route("jobId"));
        return job.IsSuccess ? request.WriteJsonAsync(job.Value, ApiJson.Wire.JobProperties) : request.WriteErrorAsync(job.Error);
    }

    private static Task ListAsync(HubRequest request) =>
        request.WriteJsonAsync(request.Hub.Transfers.List(), ApiJson.Wire.IReadOnlyListJobProperties);

    private static async Task CancelAsync(HubRequest request)
    {
        var cancelled = await request.Hub.Transfers.CancelAsync(request.Route("jobId"), request.Aborted);
        await (cancelled.IsSuccess ? request.NoContentAsync() : request.WriteErrorAsync(cancelled.Error));
    }
}
