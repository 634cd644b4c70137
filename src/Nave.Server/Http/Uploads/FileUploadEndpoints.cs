using Nave.Api;
using Nave.Hub.Security;

namespace Nave.Server.Http.Uploads;

/// <summary>
/// Files of devices: a place for one, and how it went. SDKs come here over HTTPS whatever they else speak. What is done is told in
/// two forms: with the correlation id in the body, or in the path.
/// </summary>
internal static class FileUploadEndpoints
{
    // A name of 1,024 characters, escaped; or a description in words.
    private const int MaxBodyBytes = 16 * 1024;

    public static void Map(HubRoutes routes)
    {
        routes.Device("POST", "/devices/{deviceId}/files", InitiateAsync);
        routes.Device("POST", "/devices/{deviceId}/files/notifications", CompleteAsync);
        routes.Device("POST", "/devices/{deviceId}/files/notifications/{correlationId}", CompleteAsync);
    }

    private static async Task InitiateAsync(HubRequest request, DevicePrincipal device)
    {
        var body = await request.ReadJsonAsync(ServerJson.Default.FileUploadRequest, MaxBodyBytes);
        if (!body.IsSuccess)
        {
            await request.WriteErrorAsync(body.Error);
            return;
        }

        if (body.Value.BlobName is not { Length: > 0 } name)
        {
            await request.WriteErrorAsync(new HubError(HubErrorCode.ArgumentNull, "'blobName' is missing; 1 to 1024 characters are permitted."));
            return;
        }

        var ticket = await request.Hub.Uploads.InitiateAsync(device.Id.DeviceId, name, request.Context.Request.Host.Value!, request.Aborted);
        await (ticket.IsSuccess ? request.WriteJsonAsync(ticket.Value, ServerJson.Wire.FileUploadTicket) : request.WriteErrorAsync(ticket.Error));
    }

    private static async Task CompleteAsync(HubRequest request, DevicePrincipal device)
    {
        var body = await request.ReadJsonAsync(ServerJson.Default.FileUploadCompletion, MaxBodyBytes);
        if (!body.IsSuccess)
        {
            await request.WriteErrorAsync(body.Error);
            return;
        }

        if ((request.OptionalRoute("correlationId") ?? body.Value.CorrelationId) is not { Length: > 0 } correlationId)
        {
            await request.WriteErrorAsync(new HubError(HubErrorCode.InvalidFileUploadCorrelationId, "'correlationId' is missing in path and body."));
            return;
        }

        if (body.Value.IsSuccess is not { } isSuccess)
        {
            await request.WriteErrorAsync(new HubError(HubErrorCode.InvalidFileUploadCompletionStatus, "'isSuccess' is missing; true or false is permitted."));
            return;
        }

        var done = await request.Hub.Uploads.CompleteAsync(device.Id.DeviceId, correlationId, isSuccess, request.Aborted);
        await (done.IsSuccess ? request.NoContentAsync() : request.WriteErrorAsync(done.Error));
    }
}
