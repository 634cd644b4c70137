using System.Globalization;
using Nave.Api;
using Nave.Hub;
using Nave.Hub.Security;

namespace Nave.Server.Http.Service;

/// <summary>
/// Feedback of cloud-to-device messages over HTTPS: receive with a lock of 60 s, then complete or abandon. The locks are those of the
/// receivers over AMQP.
/// </summary>
internal static class FeedbackEndpoints
{
    /// <summary>The content type of feedback, whatever carries it.</summary>
    public const string ContentType = "application/vnd.microsoft.iothub.feedback.json";

    public static void Map(HubRoutes routes)
    {
        routes.Service("GET", "/messages/servicebound/feedback", AccessRights.ServiceConnect, ReceiveAsync);
        routes.Service("DELETE", "/messages/servicebound/feedback/{lockToken}", AccessRights.ServiceConnect, CompleteAsync);
        routes.Service("POST", "/messages/servicebound/feedback/{lockToken}/abandon", AccessRights.ServiceConnect, AbandonAsync);
    }

    private static async Task ReceiveAsync(HubRequest request)
    {
        var held = await request.Hub.CloudToDevice.Feedback.ReceiveAsync(request.Aborted);
        if (held is null)
        {
            await request.NoContentAsync();
            return;
        }

        var response = request.Context.Response;
        response.ContentType = ContentType;

        // Quoted, as the lock token of a message to a device is.
        response.Headers.ETag = $"\"{held.LockToken:D}\"";
        response.Headers["iothub-enqueuedtime"] = WireTime.Format(held.Enqueued);
        response.Headers["iothub-deliverycount"] = held.DeliveryCount.ToString(CultureInfo.InvariantCulture);
        response.Headers["iothub-userid"] = request.Hub.Name;
        var body = held.ToJsonArray();
        response.ContentLength = body.Length;
        await response.BodyWriter.WriteAsync(body, request.Aborted);
    }

    private static Task CompleteAsync(HubRequest request) =>
        SettleAsync(request, token => request.Hub.CloudToDevice.Feedback.CompleteAsync(token, request.Aborted));

    private static Task AbandonAsync(HubRequest request) =>
        SettleAsync(request, token => request.Hub.CloudToDevice.Feedback.AbandonAsync(token, request.Aborted));

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
