using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using Nave.Api;

namespace Nave.Client;

/// <content>Events in their binary form, for readers of many.</content>
public sealed partial class ServiceClient
{
    private const int FrameReadBytes = 256 * 1024;

    /// <summary>Reads events as they are stored, in the order of each partition: several times as fast as lines. A frame is valid until the next is asked for.</summary>
    /// <param name="query">Which; <see cref="EventQuery.DeviceId"/> is not permitted.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="HubException">400004: there is no such partition, or <see cref="EventQuery.From"/> is malformed.</exception>
    /// <exception cref="InvalidDataException">The hub sent what is no frame.</exception>
    /// <exception cref="EndOfStreamException">The hub's answer ends inside a frame.</exception>
    public async IAsyncEnumerable<EventFrame> ReadEventFramesAsync(
        EventQuery query, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        var call = new HubCall(HttpMethod.Get, "nave/events") { Query = ParametersOf(query) };
        call.Headers.Add(new("Accept", EventFrame.MediaType));
        using var response = await _http.OpenAsync(call, cancellationToken).ConfigureAwait(false);
        var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var buffer = ArrayPool<byte>.Shared.Rent(FrameReadBytes);
        try
        {
            var (start, end) = (0, 0);
            while (true)
            {
                int length;
                while (EventFrame.TryRead(buffer.AsMemory(start, end - start), out var frame, out length))
                {
                    start += length;
                    yield return frame;
                }

                // What is left of an incomplete frame goes to the front, of a larger buffer if it needs one.
                var left = buffer.AsSpan(start, end - start);
                if (length > buffer.Length)
                {
                    var larger = ArrayPool<byte>.Shared.Rent(length);
                    left.CopyTo(larger);
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = larger;
                }
                else
                {
                    left.CopyTo(buffer);
                }

                (start, end) = (0, end - start);
                var count = await stream.ReadAsync(buffer.AsMemory(end), cancellationToken).ConfigureAwait(false);
                if (count == 0)
                {
                    if (end > 0)
                    {
                        throw new EndOfStreamException("The hub's answer ends inside a frame.");
                    }

                    yield break;
                }

                end += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static string ParametersOf(EventQuery query) =>
        $"&from={Uri.EscapeDataString(query.From)}"
            + (query.Partition is { } partition ? string.Create(CultureInfo.InvariantCulture, $"&partition={partition}") : string.Empty)
            + (query.UntilEnd ? "&untilEnd=true" : string.Empty)
            + (query.DeviceId is { } device ? $"&deviceId={Uri.EscapeDataString(device)}" : string.Empty);
}
