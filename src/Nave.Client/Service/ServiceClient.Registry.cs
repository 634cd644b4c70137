using System.Buffers;
using System.Runtime.CompilerServices;
using Nave.Api;

namespace Nave.Client;

/// <content>The whole registry as lines, in and out. Nave only: Azure has import and export jobs, which need a storage account.</content>
public sealed partial class ServiceClient
{
    /// <summary>The most lines of one <see cref="WriteRegistryAsync"/>.</summary>
    public const int MaxRegistryLines = 1000;

    /// <summary>
    /// Streams identities with their twins (reported properties, metadata and versions included) in the order of their ids, the modules of a
    /// device after it. It is no snapshot: each is as it was at some moment of the stream.
    /// </summary>
    /// <param name="withKeys">Whether symmetric keys are given.</param>
    /// <param name="deviceIds">The devices that are wanted, with their modules, 100 at most; <see langword="null"/> = all.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    /// <exception cref="HubException">404000: the hub is none of Nave's.</exception>
    public async IAsyncEnumerable<ExportImportDevice> ReadRegistryAsync(
        bool withKeys, IReadOnlyCollection<string>? deviceIds = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var query = (withKeys ? "&keys=true" : "&keys=false") + string.Concat((deviceIds ?? []).Select(id => $"&id={Escape(id)}"));
        await foreach (var line in ReadLinesAsync(new HubCall(HttpMethod.Get, "nave/registry") { Query = query }, cancellationToken).ConfigureAwait(false))
        {
            yield return Deserialize(line.Span, ApiJson.Default.ExportImportDevice);
        }
    }

    /// <summary>
    /// Applies lines as an import job does, all modes, each on its own: a device with keys, scopes and its twin, reported properties included, in
    /// one write. The order of lines of different devices does not matter.
    /// </summary>
    /// <param name="lines">At most <see cref="MaxRegistryLines"/>, and 8 MiB as JSON.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="HubException">404000: the hub is none of Nave's; 400004, 413001: nothing was applied.</exception>
    public async Task<RegistryWriteResult> WriteRegistryAsync(IReadOnlyList<ExportImportDevice> lines, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(lines);
        var body = new ArrayBufferWriter<byte>(lines.Count * 512);
        foreach (var line in lines)
        {
            body.Write(Serialize(line, ApiJson.Wire.ExportImportDevice));
            body.Write("\n"u8);
        }

        var call = new HubCall(HttpMethod.Post, "nave/registry")
        {
            Body = body.WrittenMemory,
            ContentType = "application/x-ndjson",

            // Only what says "create" or asks for an etag is not the same done twice.
            IsIdempotent = lines.All(line => line.ImportMode is null or ImportMode.CreateOrUpdate or ImportMode.Update or ImportMode.UpdateTwin or ImportMode.Delete),
        };
        var answer = await _http.SendAsync(call, cancellationToken).ConfigureAwait(false);
        return Deserialize(answer.Body, ApiJson.Default.RegistryWriteResult);
    }
}
