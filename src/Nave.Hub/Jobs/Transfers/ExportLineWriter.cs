using System.Buffers;
using System.Buffers.Text;
using System.Text;
using Nave.Api;
using Nave.Hub.Devices;
using Nave.Hub.Twins;

namespace Nave.Hub.Jobs;

/// <summary>Writes an identity and its twin as a line of an export: Azure's <c>ExportImportDevice</c>, without a line end.</summary>
internal static class ExportLineWriter
{
    /// <summary>Writes a line.</summary>
    /// <param name="target">Where to.</param>
    /// <param name="identity">The identity.</param>
    /// <param name="twin">Its twin, or <see langword="null"/> if it has none any more.</param>
    /// <param name="withKeys">Whether its keys are written; else they are <c>null</c>.</param>
    public static void Write(IBufferWriter<byte> target, IdentityRecord identity, TwinDocument? twin, bool withKeys)
    {
        target.Write("{\"id\":"u8);
        Text(target, identity.Id.DeviceId);
        Member(target, ",\"moduleId\":"u8, identity.Id.ModuleId);
        Member(target, ",\"eTag\":"u8, identity.Etag);
        target.Write(",\"importMode\":\"createOrUpdate\",\"status\":"u8);
        Text(target, WireNames.Of(identity.Status));
        Member(target, ",\"statusReason\":"u8, identity.StatusReason);
        WriteAuthentication(target, identity, withKeys);
        if (twin is not null)
        {
            Member(target, ",\"twinETag\":"u8, twin.Etag);
            target.Write(",\"tags\":"u8);
            target.Write(twin.Tags.Span);
            target.Write(",\"properties\":{\"desired\":"u8);
            TwinView.WriteSection(target, twin.Desired, withMetadata: true);
            target.Write(",\"reported\":"u8);
            TwinView.WriteSection(target, twin.Reported, withMetadata: true);
            target.Write("}"u8);
        }

        if (!identity.Id.IsModule)
        {
            target.Write(identity.IotEdge ? ",\"capabilities\":{\"iotEdge\":true}"u8 : ",\"capabilities\":{\"iotEdge\":false}"u8);
        }

        Member(target, ",\"managedBy\":"u8, identity.ManagedBy);
        Member(target, ",\"deviceScope\":"u8, identity.DeviceScope);
        if (identity.ParentScopes is { } parents)
        {
            target.Write(",\"parentScopes\":["u8);
            for (var i = 0; i < parents.Count; i++)
            {
                target.Write(i == 0 ? default : ","u8);
                Text(target, parents[i]);
            }

            target.Write("]"u8);
        }

        target.Write("}"u8);
    }

    private static void WriteAuthentication(IBufferWriter<byte> target, IdentityRecord identity, bool withKeys)
    {
        target.Write(",\"authentication\":{\"symmetricKey\":{\"primaryKey\":"u8);
        Key(target, withKeys ? identity.PrimaryKey : []);
        target.Write(",\"secondaryKey\":"u8);
        Key(target, withKeys ? identity.SecondaryKey : []);
        target.Write("},\"x509Thumbprint\":{\"primaryThumbprint\":"u8);
        TextOrNull(target, identity.PrimaryThumbprint);
        target.Write(",\"secondaryThumbprint\":"u8);
        TextOrNull(target, identity.SecondaryThumbprint);
        target.Write("},\"type\":"u8);
        Text(target, WireNames.Of(identity.Type));
        target.Write("}"u8);
    }

    private static void Key(IBufferWriter<byte> target, byte[] key)
    {
        if (key.Length == 0)
        {
            target.Write("null"u8);
            return;
        }

        target.Write("\""u8);
        var span = target.GetSpan(Base64.GetMaxEncodedToUtf8Length(key.Length));
        Base64.EncodeToUtf8(key, span, out _, out var written);
        target.Advance(written);
        target.Write("\""u8);
    }

    private static void Member(IBufferWriter<byte> target, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
        {
            target.Write(name);
            Text(target, value);
        }
    }

    private static void TextOrNull(IBufferWriter<byte> target, string? value)
    {
        if (value is null)
        {
            target.Write("null"u8);
        }
        else
        {
            Text(target, value);
        }
    }

    private static void Text(IBufferWriter<byte> target, string value)
    {
        Span<byte> utf8 = stackalloc byte[256];
        TwinJson.WriteString(target, Encoding.UTF8.TryGetBytes(value, utf8, out var count) ? utf8[..count] : Encoding.UTF8.GetBytes(value));
    }
}
