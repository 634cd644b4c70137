using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Nave.Api;
using Nave.Hub;

namespace Nave.Server.Http;

/// <summary>One request, with the wire's conventions for bodies, etags and errors.</summary>
internal class ApiRequest(HttpContext context, int maxBodyBytes)
{
    private const string JsonType = "application/json; charset=utf-8";

    public HttpContext Context { get; } = context;

    /// <summary>Gets the largest body that is read, in bytes.</summary>
    protected int MaxBodyBytes => maxBodyBytes;

    public CancellationToken Aborted => Context.RequestAborted;

    /// <summary>Gets the shared access signature, or <see langword="null"/>.</summary>
    public string? Token => Context.Request.Headers.Authorization.ToString() is { Length: > 0 } text ? text : null;

    /// <summary>Gets the etag of the <c>If-Match</c> header without its quotes, <c>*</c>, or <see langword="null"/> if there is none.</summary>
    public string? IfMatch => Api.IfMatch.Parse(Context.Request.Headers.IfMatch.ToString()).Value;

    public string Route(string name) => OptionalRoute(name)!;

    public string? OptionalRoute(string name) => Context.GetRouteValue(name) as string;

    /// <summary>Reads a whole number from the query, in a range.</summary>
    public bool TryQueryInt(string name, int minimum, int maximum, int fallback, out int value, [NotNullWhen(false)] out HubError? error)
    {
        error = null;
        value = fallback;
        var text = Context.Request.Query[name].ToString();
        if (text.Length == 0 || (int.TryParse(text, CultureInfo.InvariantCulture, out value) && value >= minimum && value <= maximum))
        {
            return true;
        }

        error = new HubError(HubErrorCode.ArgumentInvalid, $"'{name}' is '{text}'; a whole number from {minimum} to {maximum} is permitted.");
        return false;
    }

    /// <summary>Reads the body whole, refusing it above a limit before it is read.</summary>
    public async ValueTask<HubResult<ReadOnlyMemory<byte>>> ReadBodyAsync(int limit)
    {
        limit = Math.Min(limit, maxBodyBytes);
        var request = Context.Request;
        if (request.ContentLength > limit)
        {
            return TooLarge(limit);
        }

        while (true)
        {
            var result = await request.BodyReader.ReadAsync(Aborted);
            var buffer = result.Buffer;
            if (buffer.Length > limit)
            {
                request.BodyReader.AdvanceTo(buffer.Start, buffer.End);
                return TooLarge(limit);
            }

            if (result.IsCompleted)
            {
                ReadOnlyMemory<byte> body = buffer.ToArray();
                request.BodyReader.AdvanceTo(buffer.End);
                return body;
            }

            request.BodyReader.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    /// <summary>Reads a JSON body.</summary>
    public async ValueTask<HubResult<T>> ReadJsonAsync<T>(JsonTypeInfo<T> type, int limit = int.MaxValue)
        where T : class
    {
        var body = await ReadBodyAsync(limit);
        if (!body.IsSuccess)
        {
            return body.Error;
        }

        return ApiJson.TryRead(body.Value.Span, type, out var value, out var error) ? value : error;
    }

    public Task WriteJsonAsync<T>(T value, JsonTypeInfo<T> type, int status = StatusCodes.Status200OK) =>
        WriteJsonAsync(System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(value, type), status);

    public async Task WriteJsonAsync(ReadOnlyMemory<byte> json, int status = StatusCodes.Status200OK)
    {
        var response = Context.Response;
        response.StatusCode = status;
        response.ContentType = JsonType;
        response.ContentLength = json.Length;
        await response.BodyWriter.WriteAsync(json, Aborted);
    }

    public Task NoContentAsync()
    {
        Context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    public virtual Task WriteErrorAsync(HubError error) => HttpErrors.WriteAsync(Context, error);

    private static HubError TooLarge(int limit) =>
        new(HubErrorCode.MessageTooLarge, $"The body is larger than the {limit} bytes permitted.");
}
