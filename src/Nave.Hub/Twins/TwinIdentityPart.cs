using System.Buffers;
using System.Text;
using Nave.Api;
using Nave.Hub.Telemetry;

namespace Nave.Hub.Twins;

/// <summary>What a stored twin holds of its identity: ready-made JSON. Shared by all versions of a twin until the identity changes.</summary>
/// <param name="id">Who.</param>
/// <param name="generationId">Which life of that id.</param>
/// <param name="json">The members, without braces: <c>"deviceEtag":…,"status":…</c> up to capabilities and scopes.</param>
internal sealed class TwinIdentityPart(IdentityId id, string generationId, ReadOnlyMemory<byte> json)
{
    private EventHeader? _changeHeader;

    /// <summary>Gets who.</summary>
    public IdentityId Id { get; } = id;

    /// <summary>Gets which life of that id.</summary>
    public string GenerationId { get; } = generationId;

    /// <summary>Gets the members of the twin's JSON, without braces.</summary>
    public ReadOnlyMemory<byte> Json { get; } = json;

    /// <summary>Gets a value indicating whether it is an edge device.</summary>
    public bool IsEdge { get; } = json.Span.IndexOf("\"capabilities\":{\"iotEdge\":true}"u8) >= 0;

    /// <summary>Gets what change events of this twin begin with.</summary>
    public EventHeader ChangeHeader => _changeHeader ??= EventHeader.Create(EventSource.TwinChange, Id, GenerationId, string.Empty);

    /// <summary>Makes the JSON of an identity.</summary>
    public static TwinIdentityPart From(TwinIdentity identity)
    {
        var json = new ArrayBufferWriter<byte>(384);
        Member(json, "\"deviceEtag\":"u8, identity.Etag);
        Member(json, ",\"status\":"u8, identity.Status);
        if (identity.StatusReason is not null)
        {
            Member(json, ",\"statusReason\":"u8, identity.StatusReason);
        }

        json.Write(",\"statusUpdateTime\":"u8);
        WireTimes.Write(json, identity.StatusUpdated);
        Member(json, ",\"authenticationType\":"u8, identity.AuthenticationType);
        Member(json, ",\"x509Thumbprint\":{\"primaryThumbprint\":"u8, identity.PrimaryThumbprint);
        Member(json, ",\"secondaryThumbprint\":"u8, identity.SecondaryThumbprint);
        json.Write(identity.IotEdge ? "},\"capabilities\":{\"iotEdge\":true}"u8 : "},\"capabilities\":{\"iotEdge\":false}"u8);
        if (identity.DeviceScope is not null)
        {
            Member(json, ",\"deviceScope\":"u8, identity.DeviceScope);
        }

        if (identity.ParentScopes is not null)
        {
            json.Write(",\"parentScopes\":["u8);
            for (var i = 0; i < identity.ParentScopes.Count; i++)
            {
                Member(json, i == 0 ? default : ","u8, identity.ParentScopes[i]);
            }

            json.Write("]"u8);
        }

        return new TwinIdentityPart(identity.Id, identity.GenerationId, json.WrittenSpan.ToArray());
    }

    private static void Member(ArrayBufferWriter<byte> json, ReadOnlySpan<byte> name, string? value)
    {
        json.Write(name);
        if (value is null)
        {
            json.Write("null"u8);
        }
        else
        {
            TwinJson.WriteString(json, Encoding.UTF8.GetBytes(value));
        }
    }
}
