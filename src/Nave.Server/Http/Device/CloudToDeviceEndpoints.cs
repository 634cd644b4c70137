using System.Globalization;
using Nave.Api;
using Nave.Hub;
using Nave.Hub.Commands;
using Nave.Hub.Security;

namespace Nave.Server.Http.Device;

/// <summary>Cloud-to-device messages over HTTPS: receive with a lock by time, then complete, reject or abandon.</summary>
internal static class CloudToDeviceEndpoints
{
    private const string LockTimeoutHeader = "IotHub-MessageLockTimeout";
    private const int MinLockSeconds = 5;
    private const int MaxLockSeconds = 300;

    public static void Map(HubRoutes routes)
    {
        foreach (var owner in (ReadOnlySpan<string>)["/devices/{deviceId}", "/devices/{deviceId}/modules/{moduleId}"])
        {
            routes.Device("GET", owner + "/messages/devicebound", ReceiveAsync);
            routes.Device("DELETE", owner + "/messages/devicebound/{lockToken}", SettleAsync);
            routes.Device("POST", owner + "/messages/devicebound/{lockToken}/abandon", AbandonAsync);
        }
    }

    private static async Task ReceiveAsync(HubRequest request, DevicePrincipal device)
    {
        var header = request.Context.Request.Headers[LockTimeoutHeader].ToString();
        TimeSpan? lockDuration = null;
        if (header.Length > 0)
        {
            if (!int.TryParse(header, CultureInfo.InvariantCulture, out var seconds) || seconds is < MinLockSeconds or > MaxLockSeconds)
            {
                await request.WriteErrorAsync(new HubError(
                    HubErrorCode.ArgumentInvalid, $"'{LockTimeoutHeader}' is '{header}'; {MinLockSeconds} to {MaxLockSeconds} seconds are permitted."));
                return;
            }

            lockDuration = TimeSpan.FromSeconds(seconds);
        }

        if (request.Hub.CloudToDevice.TakeReceive() is { } throttled)
        {
            await request.WriteErrorAsync(throttled);
            return;
        }

        var locked = await request.Hub.CloudToDevice.ReceiveAsync(device.Id, null, lockDuration, request.Aborted);
        if (locked is null)
        {
            await request.NoContentAsync();
            return;
        }

        await WriteAsync(request, locked);
    }

    private static async Task WriteAsync(HubRequest request, LockedMessage locked)
    {
        var response = request.Context.Response;
        MessageHeaders.Write(response.Headers, locked.Message.Properties);

        // Quoted: SDKs cut off the first and the last character.
        response.Headers.ETag = $"\"{locked.LockToken:D}\"";
        response.Headers["iothub-sequencenumber"] = locked.SequenceNumber.ToString(CultureInfo.InvariantCulture);
        response.Headers["iothub-enqueuedtime"] = WireTime.Format(locked.Enqueued);
        response.Headers["iothub-expiry"] = WireTime.Format(locked.Expires);
        response.Headers["iothub-deliverycount"] = locked.DeliveryCount.ToString(CultureInfo.InvariantCulture);
        response.ContentLength = locked.Message.Body.Length;
        await response.BodyWriter.WriteAsync(locked.Message.Body, request.Aborted);
    }

    private static Task SettleAsync(HubRequest request, DevicePrincipal device) =>
        SettleAsync(request, request.Context.Request.Query.ContainsKey("reject")
            ? token => request.Hub.CloudToDevice.RejectAsync(device.Id, token, request.Aborted)
            : token => request.Hub.CloudToDevice.CompleteAsync(device.Id, token, request.Aborted));

    private static Task AbandonAsync(HubRequest request, DevicePrincipal device) =>
        SettleAsync(request, token => request.Hub.CloudToDevice.AbandonAsync(device.Id, token, request.Aborted));

    private static async Task SettleAsync(HubRequest request, Func<Guid, ValueTask<HubResult<bool>>> settle)
    {
        if (!LockTokens.TryRead(request, out var token, out var error))
        {
            await request.WriteErrorAsync(error);
            return;
        }

        var settled = await settle(token);
        await (settled.IsSuccess ? request.NoContentAsync() : request.WriteErrorAsync(settled.Error));
    }
}
