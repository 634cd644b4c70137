using System.Buffers;
using Nave.Api;
using Nave.Hub;
using Nave.Hub.Jobs;
using Nave.Hub.Security;

namespace Nave.Server.Http.Own;

/// <summary>
/// The whole registry as lines of JSON, in the form of Azure's export blobs: <c>GET /nave/registry?keys=true[&amp;id=…]</c> streams it (or 100
/// devices at most, by id), <c>POST /nave/registry</c> applies up to <see cref="RegistryLines.MaxLines"/> lines as an import job does.
/// </summary>
internal static class RegistryEndpoints
{
    private const int MaxIds = 100; // They have to fit a request line.
    private const int FlushBytes = 64 * 1024;

    // Parsed lines take some five times the bytes of their body: more callers than a clone and a mirror are take their turns.
    private const int MaxWriters = 8;

    public static void Map(HubRoutes routes)
    {
        routes.Service("GET", "/nave/registry", AccessRights.RegistryRead, ReadAsync);
        var writers = new SemaphoreSlim(MaxWriters);
        routes.Service("POST", "/nave/registry", AccessRights.RegistryWrite, request => WriteAsync(request, writers));
    }

    private static async Task ReadAsync(HubRequest request)
    {
        var query = request.Context.Request.Query;
        var keys = query["keys"].ToString();
        if (keys is not ("" or "true" or "false"))
        {
            await request.WriteErrorAsync(new HubError(HubErrorCode.ArgumentInvalid, $"'keys' is '{keys}'; true or false is permitted."));
            return;
        }

        var ids = query["id"];
        if (ids.Count > MaxIds)
        {
            await request.WriteErrorAsync(new HubError(HubErrorCode.ArgumentInvalid, $"'id' is given {ids.Count} times; at most {MaxIds} times is permitted."));
            return;
        }

        var wanted = ids.Count == 0 ? null : ids.Select(id => id ?? string.Empty).ToArray();
        if (wanted?.Select(id => IdentityRules.Check(new IdentityId(id))).FirstOrDefault(problem => problem is not null) is { } invalid)
        {
            await request.WriteErrorAsync(invalid);
            return;
        }

        request.Context.Response.ContentType = "application/x-ndjson; charset=utf-8";
        var buffer = new ArrayBufferWriter<byte>(FlushBytes * 2);
        await foreach (var line in request.Hub.Lines.ReadAsync(keys == "true", wanted, request.Aborted))
        {
            buffer.Write(line.Span);
            if (buffer.WrittenCount >= FlushBytes)
            {
                await FlushAsync(request, buffer);
            }
        }

        await FlushAsync(request, buffer);
    }

    private static async Task FlushAsync(HubRequest request, ArrayBufferWriter<byte> buffer)
    {
        // A key that is revoked meanwhile ends the stream: the connection is cut, so that half a registry is not taken for a whole one.
        if (!request.IsAuthorized())
        {
            request.Context.Abort();
            request.Aborted.ThrowIfCancellationRequested();
        }

        await request.Context.Response.BodyWriter.WriteWholeAsync(buffer.WrittenMemory, request.Aborted);
        buffer.Clear(); // It may have held keys.
    }

    private static async Task WriteAsync(HubRequest request, SemaphoreSlim writers)
    {
        var body = await request.ReadBodyAsync(int.MaxValue);
        if (!body.IsSuccess)
        {
            await request.WriteErrorAsync(body.Error);
            return;
        }

        var lines = new List<ReadOnlyMemory<byte>>();
        for (var rest = body.Value; !rest.IsEmpty;)
        {
            var end = rest.Span.IndexOf((byte)'\n');
            var line = end < 0 ? rest : rest[..end];
            rest = end < 0 ? default : rest[(end + 1)..];
            if (!line.Span.Trim(" \t\r"u8).IsEmpty)
            {
                lines.Add(line);
            }
        }

        HubResult<RegistryWriteResult> result;
        await writers.WaitAsync(request.Aborted);
        try
        {
            // Once it has begun, all of it is done: a caller who goes away does not leave half of it.
            result = await request.Hub.Lines.ApplyAsync(lines, CancellationToken.None);
        }
        finally
        {
            writers.Release();
        }

        await (result.IsSuccess ? request.WriteJsonAsync(result.Value, ApiJson.Wire.RegistryWriteResult) : request.WriteErrorAsync(result.Error));
    }
}
