using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Nave.Api;

namespace Nave.Server.Http.Provisioning;

/// <summary>The provisioning service's error form: <c>{"errorCode","trackingId","message","timestampUtc"}</c>. Wire facts 15.1.6.</summary>
internal static class ProvisioningErrors
{
    /// <summary>Writes an error. Nothing may have been written before.</summary>
    public static async Task WriteAsync(HttpContext context, HubError error)
    {
        var response = context.Response;
        if (response.HasStarted)
        {
            context.Abort();
            return;
        }

        response.Clear();
        response.StatusCode = error.HttpStatus;
        response.ContentType = "application/json; charset=utf-8";
        response.Headers["x-ms-request-id"] = context.TraceIdentifier;
        response.Headers["x-ms-error-code"] = ErrorBody.HeaderOf(error.Code);
        if (error.HttpStatus is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable)
        {
            response.Headers.RetryAfter = "1";
        }

        // The request was refused before its body was read: do not wait for the rest of it.
        if (error.HttpStatus == StatusCodes.Status413PayloadTooLarge)
        {
            response.Headers.Connection = "close";
        }

        var now = context.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow();
        var body = ErrorBody.Twin(error, context.TraceIdentifier, now);
        response.ContentLength = body.Length;
        await response.BodyWriter.WriteAsync(body, context.RequestAborted);
    }
}
