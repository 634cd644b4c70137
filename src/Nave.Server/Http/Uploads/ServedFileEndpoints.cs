using System.Globalization;
using System.Net.Http.Headers;
using System.Security;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Nave.Hub.Security;
using Nave.Hub.Uploads;
using Nave.Storage.Blobs;

namespace Nave.Server.Http.Uploads;

/// <summary>
/// The hub in the place of a storage account: Put Blob, Put Block and Put Block List as Azure's clients send them, permitted by the
/// signature that the device was given; and files for services, permitted by their token.
/// </summary>
internal static class ServedFileEndpoints
{
    private const string Prefix = "/" + FileUploads.ServedPath + "/";
    private const string Version = "2021-12-02";

    public static void Map(HubRoutes routes)
    {
        routes.Open("PUT", Prefix + "{**blob}", PutAsync);
        routes.Service("GET", Prefix + "{**blob}", AccessRights.ServiceConnect, ReadAsync);
        routes.Service("HEAD", Prefix + "{**blob}", AccessRights.ServiceConnect, ReadAsync);
    }

    private static async Task PutAsync(HubRequest request)
    {
        var (http, uploads) = (request.Context.Request, request.Hub.Uploads);
        var query = http.Query;
        var (blob, correlationId) = (NameOf(request.Context), query["si"].ToString());
        if (await uploads.AuthorizeAsync(blob, correlationId, query["sig"].ToString(), request.Aborted) is { } refused)
        {
            await WriteErrorAsync(request.Context, refused);
            return;
        }

        if (request.Context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = null; // Streamed, and counted where it is written.
        }

        var done = query["comp"].ToString() switch
        {
            "block" => await uploads.PutBlockAsync(correlationId, query["blockid"].ToString(), http.Body, request.Aborted),
            "blocklist" => await PutListAsync(request, correlationId, blob),
            "" when http.Headers["x-ms-blob-type"] == "BlockBlob" => await uploads.PutBlobAsync(blob, http.Body, OptionsOf(http), request.Aborted),
            "" => new UploadError(400, "UnsupportedHeader", "'x-ms-blob-type' has to be BlockBlob."),
            _ => new UploadError(400, "InvalidQueryParameterValue", "'comp' may be block, blocklist or absent."),
        };
        if (done is not null)
        {
            await WriteErrorAsync(request.Context, done);
            return;
        }

        WriteHeaders(request.Context);
        var now = request.Context.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow();
        request.Context.Response.Headers.LastModified = now.ToString("R", CultureInfo.InvariantCulture);
        request.Context.Response.Headers.ETag = $"\"0x{now.UtcTicks:X}\"";
        request.Context.Response.Headers["x-ms-request-server-encrypted"] = "false";
        request.Context.Response.StatusCode = StatusCodes.Status201Created;
    }

    private static async ValueTask<UploadError?> PutListAsync(HubRequest request, string correlationId, string blob)
    {
        var body = await request.ReadBodyAsync(BlockListReader.MaxBytes);
        return !body.IsSuccess ? new UploadError(413, "RequestBodyTooLarge", "The list of blocks is too large.")
            : BlockListReader.Read(body.Value) is not { } ids ? new UploadError(400, "InvalidXmlDocument", "The body is not a list of blocks.")
            : await request.Hub.Uploads.PutBlockListAsync(correlationId, blob, ids, OptionsOf(request.Context.Request), request.Aborted);
    }

    private static async Task ReadAsync(HubRequest request)
    {
        try
        {
            var (item, content) = await request.Hub.Uploads.OpenFileAsync(NameOf(request.Context), request.Aborted);
            if (item is null || content is null)
            {
                await WriteErrorAsync(request.Context, new UploadError(404, "BlobNotFound", "There is no such file."));
                return;
            }

            await using (content)
            {
                var response = request.Context.Response;
                WriteHeaders(request.Context);
                response.ContentType = "application/octet-stream";
                response.ContentLength = item.Length;
                response.Headers.LastModified = item.LastModified.ToString("R", CultureInfo.InvariantCulture);
                if (!HttpMethods.IsHead(request.Context.Request.Method))
                {
                    await content.CopyToAsync(response.Body, request.Aborted);
                }
            }
        }
        catch (BlobException e)
        {
            await WriteErrorAsync(request.Context, e.Error == BlobError.Invalid
                ? new UploadError(400, "InvalidResourceName", "The name of the file is not permitted.")
                : new UploadError(503, "ServerBusy", "The hub's container cannot be used now."));
        }
    }

    // From the request line itself: some clients escape the slashes of a name, which routing leaves as they are and no others.
    private static string NameOf(HttpContext context)
    {
        var target = context.Features.Get<IHttpRequestFeature>()!.RawTarget.Split('?')[0];
        return target.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? Uri.UnescapeDataString(target[Prefix.Length..]) : "";
    }

    private static BlobWriteOptions OptionsOf(HttpRequest request) => new()
    {
        // What is no media type would be refused by the container that it is sent on to.
        ContentType = MediaTypeHeaderValue.TryParse(request.Headers["x-ms-blob-content-type"].ToString(), out var type) ? type.ToString() : BlobWriteOptions.Default.ContentType,
        OnlyIfAbsent = request.Headers.IfNoneMatch == "*",
    };

    private static void WriteHeaders(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers["x-ms-version"] = Version;
        if (context.Request.Headers["x-ms-client-request-id"].ToString() is { Length: > 0 and <= 1024 } id)
        {
            headers["x-ms-client-request-id"] = id;
        }
    }

    private static async Task WriteErrorAsync(HttpContext context, UploadError error)
    {
        var response = context.Response;
        WriteHeaders(context);
        response.StatusCode = error.Status;
        response.ContentType = "application/xml";
        response.Headers["x-ms-error-code"] = error.Code;

        // The body was not read: do not wait for the rest of it.
        response.Headers.Connection = "close";
        var body = Encoding.UTF8.GetBytes(
            $"<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{error.Code}</Code><Message>{SecurityElement.Escape(error.Message)}</Message></Error>");
        response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.BodyWriter.WriteAsync(body, context.RequestAborted);
        }
    }
}
