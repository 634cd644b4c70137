using System.Buffers;
using Nave.Hub.Telemetry;
using Nave.Storage;

namespace Nave.Hub.Twins;

/// <summary>Puts the events of twins and identities into the transaction that makes the change (wire facts 14.4, 14.5).</summary>
internal sealed class TwinEvents(HubEvents events)
{
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? s_body;

    /// <summary>Adds the event of a patch.</summary>
    /// <param name="transaction">The transaction that stores the twin.</param>
    /// <param name="twin">The twin afterwards.</param>
    /// <param name="patch">What was applied to each section.</param>
    /// <param name="time">When.</param>
    public void AddUpdated(StateTransaction transaction, TwinDocument twin, in TwinPatch patch, DateTimeOffset time)
    {
        if (!events.Wants(HubEventSources.TwinChanges))
        {
            return;
        }

        var body = Body();
        body.Write("{\"version\":"u8);
        TwinJson.WriteNumber(body, twin.Version);
        if (patch.Tags is not null)
        {
            body.Write(",\"tags\":"u8);
            TwinJson.Write(body, patch.Tags);
        }

        if (patch.Desired is not null || patch.Reported is not null)
        {
            body.Write(",\"properties\":{"u8);
            if (patch.Desired is not null)
            {
                body.Write("\"desired\":"u8);
                WriteChange(body, patch.Desired, new TwinStamp(time.UtcTicks, twin.Desired.Version), twin.Desired.Version);
            }

            if (patch.Reported is not null)
            {
                body.Write(patch.Desired is null ? "\"reported\":"u8 : ",\"reported\":"u8);
                WriteChange(body, patch.Reported, new TwinStamp(time.UtcTicks, 0), twin.Reported.Version);
            }

            body.Write("}"u8);
        }

        body.Write("}"u8);
        events.Publish(transaction, twin.Identity.ChangeHeader, HubEventKind.TwinUpdated, twin.Identity.Id, time, body.WrittenSpan);
    }

    /// <summary>Adds the event of a replacement: the whole twin.</summary>
    public void AddReplaced(StateTransaction transaction, TwinDocument twin, DateTimeOffset time)
    {
        if (events.Wants(HubEventSources.TwinChanges))
        {
            var body = Body();
            TwinView.WriteEvent(body, twin);
            events.Publish(transaction, twin.Identity.ChangeHeader, HubEventKind.TwinReplaced, twin.Identity.Id, time, body.WrittenSpan);
        }
    }

    /// <summary>Adds the event of an identity that is created or deleted: the whole twin.</summary>
    public void AddLifecycle(StateTransaction transaction, TwinDocument twin, HubEventKind kind, DateTimeOffset time)
    {
        if (events.Wants(HubEventSources.DeviceLifecycle))
        {
            var identity = twin.Identity;
            var header = EventHeader.Create(EventSource.DeviceLifecycle, identity.Id, identity.GenerationId, string.Empty);
            var body = Body();
            TwinView.WriteEvent(body, twin);
            events.Publish(transaction, header, kind, identity.Id, time, body.WrittenSpan);
        }
    }

    /// <summary>Makes the body of a push of desired properties (wire facts 4.5.6): the patch as applied, and the version.</summary>
    public static byte[] DesiredPush(TwinNode patch, long version)
    {
        var push = new ArrayBufferWriter<byte>(256);
        push.Write("{"u8);
        TwinJson.WriteMembers(push, patch);
        return WithVersion(push, version);
    }

    /// <summary>Makes the body of a push after a replacement: all desired properties, and the version.</summary>
    public static byte[] DesiredPush(in StoredSection section)
    {
        var push = new ArrayBufferWriter<byte>(section.Json.Length + 40);
        TwinView.WriteOpen(push, section.Json.Span);
        return WithVersion(push, section.Version);
    }

    private static byte[] WithVersion(ArrayBufferWriter<byte> push, long version)
    {
        push.Write("\"$version\":"u8);
        TwinJson.WriteNumber(push, version);
        push.Write("}"u8);
        return push.WrittenSpan.ToArray();
    }

    private static void WriteChange(ArrayBufferWriter<byte> body, TwinNode change, TwinStamp stamp, long version)
    {
        body.Write("{"u8);
        TwinJson.WriteMembers(body, change);
        body.Write("\"$metadata\":"u8);
        TwinMetadata.WriteJson(body, change, stamp);
        body.Write(",\"$version\":"u8);
        TwinJson.WriteNumber(body, version);
        body.Write("}"u8);
    }

    private static ArrayBufferWriter<byte> Body()
    {
        var body = s_body ??= new ArrayBufferWriter<byte>(4096);
        body.ResetWrittenCount();
        return body;
    }
}
