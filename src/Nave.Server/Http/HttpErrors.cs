using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Nave.Api;

namespace Nave.Server.Http;

/// <summary>Azure's HTTP error form: status, <c>iothub-errorcode</c> and a body whose <c>Message</c> SDKs take apart.</summary>
internal static partial class HttpErrors
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
        response.Headers["iothub-errorcode"] = ErrorBody.HeaderOf(error.Code);
        if (error.HttpStatus == StatusCodes.Status429TooManyRequests)
        {
            response.Headers.RetryAfter = "1";
        }

        // The request was refused before its body was read: do not wait for the rest of it.
        if (error.HttpStatus == StatusCodes.Status413PayloadTooLarge)
        {
            response.Headers.Connection = "close";
        }

        var now = context.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow();
        var body = ErrorBody.UsesJsonText(error.Code)
            ? ErrorBody.HttpJsonText(error, context.TraceIdentifier, now)
            : ErrorBody.Http(error, context.TraceIdentifier, now);
        response.ContentLength = body.Length;
        await response.BodyWriter.WriteAsync(body, context.RequestAborted);
    }

    /// <summary>Says where a JSON body is wrong without repeating what it holds: it may be a key.</summary>
    public static string Describe(JsonException exception) => string.Create(
        CultureInfo.InvariantCulture,
        $"line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}{(exception.Path is { Length: > 1 } path ? $", at {path}" : string.Empty)}.");

    public static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "{Method} {Path} failed (tracking id {TrackingId}).")]
        public static partial void Unexpected(ILogger logger, string method, string path, string trackingId, Exception exception);
    }
}
