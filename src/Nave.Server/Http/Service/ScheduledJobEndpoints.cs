using System.Globalization;
using Nave.Api;
using Nave.Hub;
using Nave.Hub.Security;

namespace Nave.Server.Http.Service;

/// <summary>Scheduled jobs: direct methods and twin updates for many devices.</summary>
internal static class ScheduledJobEndpoints
{
    private const int MaxPage = 1000;

    // A method's payload of 128 KiB or a twin, as TwinEndpoints.
    private const int MaxBodyBytes = 512 * 1024;

    public static void Map(HubRoutes routes)
    {
        routes.Service("GET", "/jobs/v2/query", AccessRights.ServiceConnect, QueryAsync);
        routes.Service("PUT", "/jobs/v2/{jobId}", AccessRights.ServiceConnect, CreateAsync);
        routes.Service("GET", "/jobs/v2/{jobId}", AccessRights.ServiceConnect, GetAsync);
        routes.Service("POST", "/jobs/v2/{jobId}/cancel", AccessRights.ServiceConnect, CancelAsync);
    }

    private static async Task CreateAsync(HubRequest request)
    {
        var body = await request.ReadJsonAsync(ApiJson.Default.JobRequest, MaxBodyBytes);
        await WriteAsync(request, body.IsSuccess ? await request.Hub.Jobs.CreateAsync(request.Route("jobId"), body.Value, request.Aborted) : body.Error);
    }

    private static Task GetAsync(HubRequest request) => WriteAsync(request, request.Hub.Jobs.Get(request.Route("jobId")));

    private static async Task CancelAsync(HubRequest request) =>
        await WriteAsync(request, await request.Hub.Jobs.CancelAsync(request.Route("jobId"), request.Aborted));

    private static async Task QueryAsync(HubRequest request)
    {
        // Newer clients send headers, older ones parameters (wire facts 9.2).
        var (headers, query) = (request.Context.Request.Headers, request.Context.Request.Query);
        var size = headers["x-ms-max-item-count"].ToString() is { Length: > 0 } inHeader ? inHeader : query["pageSize"].ToString();
        var token = headers["x-ms-continuation"].ToString() is { Length: > 0 } continuation ? continuation : query["continuationToken"].ToString();
        int? pageSize = null;
        if (size.Length > 0)
        {
            if (!int.TryParse(size, CultureInfo.InvariantCulture, out var number) || number is < 1 or > MaxPage)
            {
                await request.WriteErrorAsync(new HubError(HubErrorCode.ArgumentInvalid, $"The page size is '{size}'; 1 to {MaxPage} are permitted."));
                return;
            }

            pageSize = number;
        }

        if (!TryRead<JobType>("jobType", query["jobType"].ToString(), out var type, out var error)
            || !TryRead<JobStatus>("jobStatus", query["jobStatus"].ToString(), out var status, out error))
        {
            await request.WriteErrorAsync(error);
            return;
        }

        var page = request.Hub.Jobs.List(type, status, pageSize, token.Length == 0 ? null : token);
        if (!page.IsSuccess)
        {
            await request.WriteErrorAsync(page.Error);
            return;
        }

        var response = request.Context.Response;
        response.Headers["x-ms-item-type"] = "JobResponse";
        if (page.Value.Continuation is { } next)
        {
            response.Headers["x-ms-continuation"] = next;
        }

        await request.WriteJsonAsync(page.Value.Jobs, ApiJson.Wire.IReadOnlyListJobResponse);
    }

    private static bool TryRead<T>(string name, string text, out T? value, [System.Diagnostics.CodeAnalysis.NotNullWhen(false)] out HubError? error)
        where T : struct, Enum
    {
        value = null;
        error = null;
        if (text.Length == 0)
        {
            return true;
        }

        if (!char.IsAsciiDigit(text[0]) && Enum.TryParse<T>(text, ignoreCase: true, out var read) && Enum.IsDefined(read))
        {
            // What is not known is no condition.
            value = read.ToString() == "Unknown" ? null : read;
            return true;
        }

        error = new HubError(HubErrorCode.ArgumentInvalid, $"{name} is '{text}'; permitted are {string.Join(", ", Enum.GetNames<T>())}, in any letter case.");
        return false;
    }

    private static Task WriteAsync(HubRequest request, HubResult<JobResponse> job) =>
        job.IsSuccess ? request.WriteJsonAsync(job.Value, ApiJson.Wire.JobResponse) : request.WriteErrorAsync(job.Error);
}
