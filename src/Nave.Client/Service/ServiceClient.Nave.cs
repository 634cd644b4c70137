using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Nave.Api;

namespace Nave.Client;

/// <content>What only Nave has: events over HTTPS, and the administration of hubs.</content>
public sealed partial class ServiceClient
{
    // 256 KiB of body may grow to six times that as escaped JSON text; a longer line is not an event.
    private const int MaxLineBytes = 4 * 1024 * 1024;

    /// <summary>Reads events as they come, in the order of each partition.</summary>
    /// <param name="query">Which.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="HubException">400004: there is no such partition, or <see cref="EventQuery.From"/> is malformed.</exception>
    public async IAsyncEnumerable<EventLine> ReadEventsAsync(EventQuery query, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        await foreach (var line in ReadEventLinesAsync(query, cancellationToken).ConfigureAwait(false))
        {
            yield return EventJson.Parse(line);
        }
    }

    /// <summary>Reads events as the JSON lines that the hub sends, without line ends. A line is valid until the next is asked for.</summary>
    /// <param name="query">Which.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="HubException">400004: there is no such partition, or <see cref="EventQuery.From"/> is malformed.</exception>
    public IAsyncEnumerable<ReadOnlyMemory<byte>> ReadEventLinesAsync(EventQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        return ReadLinesAsync(new HubCall(HttpMethod.Get, "nave/events") { Query = ParametersOf(query) }, cancellationToken);
    }

    /// <summary>Lists the hubs of the process that serves this one.</summary>
    public async Task<RawJson> ListHubsAsync(CancellationToken cancellationToken = default) =>
        ToJson(await _http.SendAsync(new HubCall(HttpMethod.Get, "nave/hubs"), cancellationToken).ConfigureAwait(false));

    /// <summary>Creates a hub.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="definition">Its settings.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The hub as it was made.</returns>
    /// <exception cref="HubException">400004, 409000.</exception>
    public async Task<RawJson> CreateHubAsync(string name, RawJson definition, CancellationToken cancellationToken = default) =>
        ToJson(await _http.SendAsync(new HubCall(HttpMethod.Put, $"nave/hubs/{Escape(name)}") { Body = definition.Utf8 }, cancellationToken).ConfigureAwait(false));

    /// <summary>Gives a hub other host names besides its own.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="aliases"><c>{"aliases":["fleet.example.com"]}</c>, 10 at most; an empty list removes them.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The hub as it is then.</returns>
    /// <exception cref="HubException">400004, 404000, 409000.</exception>
    public async Task<RawJson> SetHubAliasesAsync(string name, RawJson aliases, CancellationToken cancellationToken = default) =>
        ToJson(await _http.SendAsync(new HubCall(HttpMethod.Put, $"nave/hubs/{Escape(name)}/aliases") { Body = aliases.Utf8 }, cancellationToken).ConfigureAwait(false));

    /// <summary>Tells whether the hub stands by: it takes no devices, because the hub that it mirrors has them. Nave only.</summary>
    /// <exception cref="HubException">404000: the hub is none of Nave's.</exception>
    public async Task<bool> GetStandbyAsync(CancellationToken cancellationToken = default) =>
        StandbyOf(await _http.SendAsync(new HubCall(HttpMethod.Get, "nave/standby"), cancellationToken).ConfigureAwait(false));

    /// <summary>Makes the hub stand by, or be active again. Devices are cut off at once. Nave only.</summary>
    /// <exception cref="HubException">404000: the hub is none of Nave's.</exception>
    public async Task<bool> SetStandbyAsync(bool standby, CancellationToken cancellationToken = default) => StandbyOf(await _http.SendAsync(
        new HubCall(HttpMethod.Put, "nave/standby") { Body = standby ? "{\"standby\":true}"u8.ToArray() : "{\"standby\":false}"u8.ToArray() },
        cancellationToken).ConfigureAwait(false));

    /// <summary>Deletes a hub with everything in it.</summary>
    /// <exception cref="HubException">404000.</exception>
    public Task DeleteHubAsync(string name, CancellationToken cancellationToken = default) =>
        _http.SendAsync(new HubCall(HttpMethod.Delete, $"nave/hubs/{Escape(name)}"), cancellationToken);

    private static bool StandbyOf(HubAnswer answer)
    {
        using var document = ToJson(answer).ToDocument();
        return document.RootElement.GetProperty("standby").GetBoolean();
    }

    /// <summary>Reads an answer of lines as they come. A line is valid until the next is asked for.</summary>
    private async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadLinesAsync(HubCall call, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var response = await _http.OpenAsync(call, cancellationToken).ConfigureAwait(false);
        var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var reader = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 64 * 1024));
        try
        {
            while (true)
            {
                var result = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                var buffer = result.Buffer;
                while (buffer.PositionOf((byte)'\n') is { } end)
                {
                    var line = buffer.Slice(0, end);
                    buffer = buffer.Slice(buffer.GetPosition(1, end));

                    // Blank lines keep a quiet connection alive.
                    if (!line.IsEmpty)
                    {
                        yield return line.IsSingleSegment ? line.First : line.ToArray();
                    }
                }

                if (buffer.Length > MaxLineBytes)
                {
                    throw new InvalidDataException($"The hub sent a line of more than {MaxLineBytes} bytes.");
                }

                var cut = buffer.Length;
                reader.AdvanceTo(buffer.Start, buffer.End);
                if (result.IsCompleted)
                {
                    if (cut > 0)
                    {
                        throw new EndOfStreamException("The hub's answer ends inside a line.");
                    }

                    break;
                }
            }
        }
        finally
        {
            await reader.CompleteAsync().ConfigureAwait(false);
        }
    }
}
