using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Nave.Fleet.Sync.Hosting;

/// <summary>What all endpoints share: bodies with a limit, answers and errors as JSON.</summary>
internal static class SyncHttp
{
    /// <summary>Answers 401; the body says nothing of why.</summary>
    public static Task RefuseAsync(HttpContext context) =>
        ErrorAsync(context, StatusCodes.Status401Unauthorized, "A valid key or token is needed.");

    /// <summary>Answers with <c>{"error":{"code","message"}}</c>.</summary>
    public static Task ErrorAsync(HttpContext context, int status, string message) => JsonAsync(context, status, json =>
    {
        json.WriteStartObject("error");
        json.WriteNumber("code", status);
        json.WriteString("message", message);
        json.WriteEndObject();
    });

    /// <summary>Answers with an object.</summary>
    public static Task JsonAsync(HttpContext context, int status, Action<Utf8JsonWriter> writeMembers)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            writeMembers(json);
            json.WriteEndObject();
        }

        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = buffer.WrittenCount;
        return context.Response.Body.WriteAsync(buffer.WrittenMemory, context.RequestAborted).AsTask();
    }

    /// <summary>Reads a body whole. What is longer than its limit is answered with 413, before it is read if it says so.</summary>
    /// <returns><see langword="null"/> if the request is answered.</returns>
    public static async Task<byte[]?> ReadBodyAsync(HttpContext context, int maxBytes)
    {
        if (context.Request.ContentLength <= maxBytes || context.Request.ContentLength is null)
        {
            using var body = new MemoryStream();
            var chunk = ArrayPool<byte>.Shared.Rent(16 * 1024);
            try
            {
                int read;
                while ((read = await context.Request.Body.ReadAsync(chunk, context.RequestAborted).ConfigureAwait(false)) > 0 && body.Length + read <= maxBytes)
                {
                    body.Write(chunk, 0, read);
                }

                if (read == 0)
                {
                    return body.ToArray();
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(chunk);
            }
        }

        var message = string.Create(CultureInfo.InvariantCulture, $"The body is longer than {maxBytes} bytes.");
        await ErrorAsync(context, StatusCodes.Status413PayloadTooLarge, message).ConfigureAwait(false);
        return null;
    }
}
