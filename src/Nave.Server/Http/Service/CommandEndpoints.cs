using System.Globalization;
using Nave.Api;
using Nave.Hub.Commands;
using Nave.Hub.Security;

namespace Nave.Server.Http.Service;

/// <summary>Commands: direct methods, sending and purging cloud-to-device messages.</summary>
internal static class CommandEndpoints
{
    // 64 KiB with properties; the hub counts exactly.
    private const int MaxMessageBytes = 64 * 1024;

    public static void Map(HubRoutes routes)
    {
        foreach (var module in (ReadOnlySpan<string>)["", "/modules/{moduleId}"])
        {
            routes.Service("POST", "/twins/{deviceId}" + module + "/methods", AccessRights.ServiceConnect, InvokeAsync);
            routes.Service("POST", "/devices/{deviceId}" + module + "/messages/devicebound", AccessRights.ServiceConnect, SendAsync);
            routes.Service("DELETE", "/devices/{deviceId}" + module + "/commands", AccessRights.ServiceConnect, PurgeAsync);
        }
    }

    private static async Task InvokeAsync(HubRequest request)
    {
        var body = await request.ReadJsonAsync(ApiJson.Default.DirectMethodRequest);
        if (!body.IsSuccess)
        {
            await request.WriteErrorAsync(body.Error);
            return;
        }

        var answer = await request.Hub.Methods.InvokeAsync(request.Identity, body.Value, request.Aborted);
        await (answer.IsSuccess
            ? request.WriteJsonAsync(answer.Value, ApiJson.Wire.DirectMethodResponse)
            : request.WriteErrorAsync(answer.Error));
    }

    private static async Task SendAsync(HubRequest request)
    {
        var body = await request.ReadBodyAsync(MaxMessageBytes);
        if (!body.IsSuccess)
        {
            await request.WriteErrorAsync(body.Error);
            return;
        }

        var properties = MessageHeaders.Read(request.Context.Request.Headers).ToProperties();
        var sent = await request.Hub.CloudToDevice.SendAsync(request.Identity, new CloudToDeviceMessage(properties, body.Value), request.Aborted);
        if (!sent.IsSuccess)
        {
            await request.WriteErrorAsync(sent.Error);
            return;
        }

        request.Context.Response.Headers["iothub-sequencenumber"] = sent.Value.ToString(CultureInfo.InvariantCulture);
        await request.NoContentAsync();
    }

    private static async Task PurgeAsync(HubRequest request)
    {
        var purged = await request.Hub.CloudToDevice.PurgeAsync(request.Identity, request.Aborted);
        await (purged.IsSuccess
            ? request.WriteJsonAsync(
                new PurgeResult
                {
                    TotalMessagesPurged = purged.Value,
                    DeviceId = request.Identity.DeviceId,
                    ModuleId = request.Identity.ModuleId,
                },
                ApiJson.Wire.PurgeResult)
            : request.WriteErrorAsync(purged.Error));
    }
}
