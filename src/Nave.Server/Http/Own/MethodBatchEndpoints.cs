using System.Buffers;
using System.Text.Json;
using System.Threading.Channels;
using Nave.Api;
using Nave.Hub.Security;

namespace Nave.Server.Http.Own;

/// <summary>
/// Many direct methods in one call: <c>POST /nave/methods</c> takes lines of JSON (<see cref="MethodCallLine"/>), at most
/// <see cref="MaxCalls"/>, and answers with a line (<see cref="MethodResultLine"/>) for each, in the order in which devices answer. Each
/// call is a direct method as any other: same checks, same limits.
/// </summary>
internal static class MethodBatchEndpoints
{
    /// <summary>The most calls of one batch. All of them are under way at once.</summary>
    private const int MaxCalls = 10_000;

    private const int FlushBytes = 32 * 1024;

    public static void Map(HubRoutes routes) => routes.Service("POST", "/nave/methods", AccessRights.ServiceConnect, InvokeAsync);

    private static async Task InvokeAsync(HubRequest request)
    {
        var body = await request.ReadBodyAsync(int.MaxValue);
        if (!body.IsSuccess)
        {
            await request.WriteErrorAsync(body.Error);
            return;
        }

        if (!TryReadLines(body.Value, out var calls, out var error))
        {
            await request.WriteErrorAsync(error);
            return;
        }

        // Room for every answer: a caller who reads slowly holds up nobody.
        var results = Channel.CreateBounded<MethodResultLine>(new BoundedChannelOptions(calls.Count) { SingleReader = true });
        var running = RunAllAsync(request, calls, results.Writer);
        await WriteResultsAsync(request, results.Reader);
        await running;
    }

    private static async Task RunAllAsync(HubRequest request, List<MethodCallLine> calls, ChannelWriter<MethodResultLine> results)
    {
        try
        {
            await Task.WhenAll(calls.Select((call, index) => RunAsync(request, index, call, results)));
            results.Complete();
        }
        catch (Exception exception)
        {
            results.Complete(exception); // Thrown again by the one that writes, and told as every failure of a request is.
        }
    }

    private static async Task RunAsync(HubRequest request, int index, MethodCallLine call, ChannelWriter<MethodResultLine> results)
    {
        var answer = IdentityRules.Check(call.Id) is { } wrong
            ? wrong
            : await request.Hub.Methods.InvokeAsync(call.Id, call.ToRequest(), request.Aborted);
        var line = new MethodResultLine { Index = index, DeviceId = call.DeviceId, ModuleId = call.Id.ModuleId };
        results.TryWrite(answer.IsSuccess
            ? line with { Status = answer.Value.Status, Payload = answer.Value.Payload }
            : line with { ErrorCode = (int)answer.Error.Code, Message = answer.Error.Message });
    }

    private static async Task WriteResultsAsync(HubRequest request, ChannelReader<MethodResultLine> results)
    {
        var response = request.Context.Response;
        response.ContentType = "application/x-ndjson; charset=utf-8";
        var buffer = new ArrayBufferWriter<byte>(FlushBytes);
        using var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true, Encoder = ApiJson.Wire.Options.Encoder });
        while (await results.WaitToReadAsync(request.Aborted))
        {
            while (buffer.WrittenCount < FlushBytes && results.TryRead(out var line))
            {
                json.Reset(buffer);
                JsonSerializer.Serialize(json, line, ApiJson.Wire.MethodResultLine);
                buffer.Write("\n"u8);
            }

            await response.BodyWriter.WriteAsync(buffer.WrittenMemory, request.Aborted);
            buffer.ResetWrittenCount();
        }
    }

    private static bool TryReadLines(ReadOnlyMemory<byte> body, out List<MethodCallLine> calls, out HubError error)
    {
        calls = [];
        error = new HubError(HubErrorCode.ArgumentInvalid, $"The batch has no call; 1 to {MaxCalls} are permitted.");
        for (var rest = body; !rest.IsEmpty;)
        {
            var end = rest.Span.IndexOf((byte)'\n');
            var line = end < 0 ? rest : rest[..end];
            rest = end < 0 ? default : rest[(end + 1)..];
            if (line.Span.Trim(" \t\r"u8).IsEmpty)
            {
                continue;
            }

            if (calls.Count == MaxCalls)
            {
                error = new HubError(HubErrorCode.ArgumentInvalid, $"The batch has more than {MaxCalls} calls, which is what is permitted.");
                return false;
            }

            if (!ApiJson.TryRead(line.Span, ApiJson.Default.MethodCallLine, out var call, out var wrong))
            {
                error = new HubError(wrong.Code, $"Call {calls.Count}: {wrong.Message}");
                return false;
            }

            calls.Add(call);
        }

        return calls.Count > 0;
    }
}
