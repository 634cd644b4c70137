using System.Text.Encodings.Web;
using System.Text.Json;
using Nave.Api;

namespace Nave.Fleet.Recovery.Archive;

/// <summary>
/// Writes the state file of <c>az iot hub state export</c>, which <c>az iot hub state import</c> reads: one JSON object with
/// <c>devices</c> (by id: <c>identity</c>, <c>twin</c>, <c>parent</c>, <c>modules</c>) and <c>configurations</c> (<c>admConfigurations</c>,
/// <c>edgeDeployments</c>, by id). It has no reported properties, etags or versions, and is in clear. Source: Azure/azure-iot-cli-extension,
/// azext_iot/iothub/providers/state.py. The target stays open.
/// </summary>
public sealed class AzStateWriter : IArchiveWriter
{
    private const int WriteBytes = 256 * 1024;

    private readonly Utf8JsonWriter _json;
    private readonly DateTimeOffset _time;
    private readonly PartTally _registry = new(ArchivePart.Registry);
    private readonly PartTally _configurations = new(ArchivePart.Configurations);
    private readonly List<ExportImportConfiguration> _held = []; // A hub has a hundred of them, not a million.
    private string? _device;
    private bool _inModules;

    private AzStateWriter(Utf8JsonWriter json, DateTimeOffset time)
    {
        _json = json;
        _time = time;
    }

    /// <summary>Begins a state file.</summary>
    /// <param name="target">Where to.</param>
    /// <param name="time">When.</param>
    public static AzStateWriter Open(Stream target, DateTimeOffset time)
    {
        var json = new Utf8JsonWriter(target, new JsonWriterOptions { Indented = true, IndentSize = 4, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        json.WriteStartObject("devices");
        return new AzStateWriter(json, time);
    }

    /// <inheritdoc/>
    public async ValueTask AddAsync(string part, ReadOnlyMemory<byte> json, CancellationToken cancellationToken)
    {
        switch (part)
        {
            case ArchivePart.Registry:
                _registry.Add(json.Span);
                Write(JsonSerializer.Deserialize(json.Span, ApiJson.Default.ExportImportDevice)!); // An export's own line.
                break;
            case ArchivePart.Configurations:
                _configurations.Add(json.Span);
                _held.Add(JsonSerializer.Deserialize(json.Span, ApiJson.Default.ExportImportConfiguration)!); // The same.
                break;
            default:
                throw new RecoveryException($"A state file of az has no '{part}'.");
        }

        if (_json.BytesPending >= WriteBytes)
        {
            await _json.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async Task<ArchiveManifest> CompleteAsync(ArchiveManifest manifest, CancellationToken cancellationToken)
    {
        EndDevice();
        _json.WriteEndObject();
        _json.WriteStartObject("configurations");
        foreach (var (name, isEdge) in ((string, bool)[])[("admConfigurations", false), ("edgeDeployments", true)])
        {
            _json.WriteStartObject(name);
            foreach (var one in _held.Where(one => one.Content?.ModulesContent is { Count: > 0 } == isEdge))
            {
                AzStateForm.Write(_json, one);
            }

            _json.WriteEndObject();
        }

        _json.WriteEndObject();
        _json.WriteEndObject();
        await _json.FlushAsync(cancellationToken).ConfigureAwait(false);
        return manifest with { Created = _time, Parts = [_registry.ToInfo(), .. _held.Count > 0 ? [_configurations.ToInfo()] : Array.Empty<ArchivePartInfo>()] };
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _json.DisposeAsync().ConfigureAwait(false);
        _registry.Dispose();
        _configurations.Dispose();
    }

    private void Write(ExportImportDevice line)
    {
        if (string.IsNullOrEmpty(line.ModuleId))
        {
            EndDevice();
            _device = line.Id;
            _json.WriteStartObject(line.Id!); // An export's line has one.
            AzStateForm.Write(_json, line);
            return;
        }

        if (line.Id != _device)
        {
            throw new RecoveryException($"The module '{line.ModuleId}' came without its device '{line.Id}', which was deleted meanwhile; export again.");
        }

        if (!_inModules)
        {
            _inModules = true;
            _json.WriteStartObject("modules");
        }

        _json.WriteStartObject(line.ModuleId);
        AzStateForm.Write(_json, line);
        _json.WriteEndObject();
    }

    private void EndDevice()
    {
        if (_inModules)
        {
            _json.WriteEndObject();
        }

        if (_device is not null)
        {
            _json.WriteEndObject();
        }

        (_device, _inModules) = (null, false);
    }
}
