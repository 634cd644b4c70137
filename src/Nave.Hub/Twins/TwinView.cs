using System.Buffers;
using System.Text;

namespace Nave.Hub.Twins;

/// <summary>Puts a stored twin together as its readers see it. Nothing but metadata is parsed.</summary>
internal static class TwinView
{
    /// <summary>Writes the twin as the service sees it (wire facts 11.1).</summary>
    public static void WriteService(IBufferWriter<byte> target, TwinDocument twin, in TwinLiveState live)
    {
        WriteNames(target, twin);
        target.Write(","u8);
        target.Write(twin.Identity.Json.Span);
        target.Write(live.IsConnected ? ",\"connectionState\":\"Connected\",\"lastActivityTime\":"u8 : ",\"connectionState\":\"Disconnected\",\"lastActivityTime\":"u8);
        WireTimes.Write(target, live.LastActivity);
        target.Write(",\"cloudToDeviceMessageCount\":"u8);
        TwinJson.WriteNumber(target, live.CloudToDeviceMessages);
        WriteContent(target, twin, withMetadata: true, withConfigurations: true);
    }

    /// <summary>Writes what is stored of a twin, for a query to look at.</summary>
    public static void WriteRow(IBufferWriter<byte> target, TwinDocument twin, bool withMetadata)
    {
        WriteNames(target, twin);
        target.Write(","u8);
        target.Write(twin.Identity.Json.Span);
        WriteContent(target, twin, withMetadata, withConfigurations: true);
    }

    /// <summary>Writes the twin as its device sees it (wire facts 4.5.1).</summary>
    public static void WriteDevice(IBufferWriter<byte> target, TwinDocument twin)
    {
        target.Write("{\"desired\":"u8);
        WriteSection(target, twin.Desired, withMetadata: false);
        target.Write(",\"reported\":"u8);
        WriteSection(target, twin.Reported, withMetadata: false);
        target.Write("}"u8);
    }

    /// <summary>Writes the twin as events carry it (wire facts 14.4, 14.5): without what changes with its connection.</summary>
    public static void WriteEvent(IBufferWriter<byte> target, TwinDocument twin)
    {
        WriteNames(target, twin);
        WriteContent(target, twin, withMetadata: true, withConfigurations: false);
    }

    /// <summary>Writes a section with <c>$version</c>, and <c>$metadata</c> if wanted.</summary>
    public static void WriteSection(IBufferWriter<byte> target, in StoredSection section, bool withMetadata)
    {
        WriteOpen(target, section.Json.Span);
        if (withMetadata)
        {
            target.Write("\"$metadata\":"u8);
            TwinMetadata.WriteJson(target, section.Json.Span, section.Metadata.Span);
            target.Write(","u8);
        }

        target.Write("\"$version\":"u8);
        TwinJson.WriteNumber(target, section.Version);
        target.Write("}"u8);
    }

    /// <summary>Writes an object up to where another member may follow.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static void WriteOpen(IBufferWriter<byte> target, ReadOnlySpan<byte> json)
    {
        if (json is not [(byte)'{', .., (byte)'}'])
        {
            throw TwinMetadata.Damaged();
        }

        target.Write(json[..^1]);
        if (json.Length > TwinJson.EmptyObject.Length)
        {
            target.Write(","u8);
        }
    }

    private static void WriteNames(IBufferWriter<byte> target, TwinDocument twin)
    {
        target.Write("{\"deviceId\":"u8);
        WriteText(target, twin.Identity.Id.DeviceId);
        if (twin.Identity.Id.ModuleId is { } module)
        {
            target.Write(",\"moduleId\":"u8);
            WriteText(target, module);
        }

        target.Write(",\"etag\":\""u8);
        Encoding.UTF8.GetBytes(twin.Etag, target);
        target.Write("\""u8);
    }

    private static void WriteContent(IBufferWriter<byte> target, TwinDocument twin, bool withMetadata, bool withConfigurations)
    {
        target.Write(",\"version\":"u8);
        TwinJson.WriteNumber(target, twin.Version);
        if (twin.Tags.Length > TwinJson.EmptyObject.Length)
        {
            target.Write(",\"tags\":"u8);
            target.Write(twin.Tags.Span);
        }

        target.Write(",\"properties\":{\"desired\":"u8);
        WriteSection(target, twin.Desired, withMetadata);
        target.Write(",\"reported\":"u8);
        WriteSection(target, twin.Reported, withMetadata);
        target.Write("}"u8);
        if (withConfigurations && twin.HasConfigurations)
        {
            target.Write(",\"configurations\":"u8);
            target.Write(twin.Configurations.Span);
        }

        target.Write("}"u8);
    }

    private static void WriteText(IBufferWriter<byte> target, string text)
    {
        Span<byte> utf8 = stackalloc byte[text.Length <= 128 ? text.Length * 3 : 0];
        TwinJson.WriteString(target, utf8.IsEmpty ? Encoding.UTF8.GetBytes(text) : utf8[..Encoding.UTF8.GetBytes(text, utf8)]);
    }
}
