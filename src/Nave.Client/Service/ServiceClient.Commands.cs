using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using Nave.Api;

namespace Nave.Client;

/// <content>Direct methods and cloud-to-device messages.</content>
public sealed partial class ServiceClient
{
    /// <summary>Calls a method of a device or module and waits for its answer.</summary>
    /// <exception cref="ArgumentException">Name, time-outs or payload are out of range.</exception>
    /// <exception cref="HubException">404001, 404103 (not connected), 504101 (no answer in time), 403800.</exception>
    public async Task<DirectMethodResponse> InvokeAsync(IdentityId id, DirectMethodRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Validate() is { } error)
        {
            throw new ArgumentException(error.Message, nameof(request));
        }

        var call = new HubCall(HttpMethod.Post, TwinPath(id) + "/methods")
        {
            Body = Serialize(request, ApiJson.Wire.DirectMethodRequest),
            ExtraTime = request.ConnectTimeout + request.ResponseTimeout,
        };
        var answer = await _http.SendAsync(call, cancellationToken).ConfigureAwait(false);
        return Deserialize(answer.Body, ApiJson.Default.DirectMethodResponse);
    }

    /// <summary>Calls methods of many devices in one request, and yields what becomes of each as it comes (Nave only).</summary>
    /// <param name="calls">At most 10,000.</param>
    /// <param name="cancellationToken">Ends the request; calls under way are not answered any more.</param>
    /// <returns>A result for each call, in the order in which devices answer; <see cref="MethodResultLine.Index"/> says which call it is.</returns>
    /// <exception cref="HubException">The whole batch was refused: 400004.</exception>
    public async IAsyncEnumerable<MethodResultLine> InvokeManyAsync(
        IReadOnlyList<MethodCallLine> calls, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(calls);
        var body = new ArrayBufferWriter<byte>();
        foreach (var line in calls)
        {
            body.Write(Serialize(line, ApiJson.Wire.MethodCallLine));
            body.Write("\n"u8);
        }

        var call = new HubCall(HttpMethod.Post, "nave/methods") { Body = body.WrittenMemory, ContentType = "application/x-ndjson" };
        await foreach (var line in ReadLinesAsync(call, cancellationToken).ConfigureAwait(false))
        {
            yield return Deserialize(line.Span, ApiJson.Default.MethodResultLine);
        }
    }

    /// <summary>Sends a message to a device or module (Nave only: Azure takes these over AMQP).</summary>
    /// <param name="id">To whom.</param>
    /// <param name="properties">System properties such as message-id, absolute-expiry-time and <c>iothub-ack</c>, and the application's.</param>
    /// <param name="body">At most 64 KiB with the properties.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="ArgumentException">A property cannot be written as a header.</exception>
    /// <exception cref="HubException">404001, 403004 (50 wait), 413001, 403009 (expiry).</exception>
    public Task SendAsync(IdentityId id, EventProperties properties, ReadOnlyMemory<byte> body, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(properties);
        var call = new HubCall(HttpMethod.Post, RegistryPath(id) + "/messages/devicebound") { Body = body, ContentType = "application/octet-stream" };
        var reader = new EventPropertiesReader(properties.Encoded.Span);
        while (reader.TryRead())
        {
            var name = reader.System == SystemProperty.None
                ? "iothub-app-" + Encoding.UTF8.GetString(reader.Name)
                : SystemPropertyNames.Http(reader.System);
            if (name is not null)
            {
                call.Headers.Add(new(name, Encoding.UTF8.GetString(reader.Value)));
            }
        }

        return _http.SendAsync(call, cancellationToken);
    }

    /// <summary>Removes the messages that wait for a device.</summary>
    /// <exception cref="HubException">404001.</exception>
    public async Task<PurgeResult> PurgeAsync(string deviceId, CancellationToken cancellationToken = default)
    {
        var call = new HubCall(HttpMethod.Delete, $"devices/{Escape(deviceId)}/commands") { IsIdempotent = false };
        return Deserialize((await _http.SendAsync(call, cancellationToken).ConfigureAwait(false)).Body, ApiJson.Default.PurgeResult);
    }
}
