using Nave.Api;
using Nave.Hub.Telemetry;

namespace Nave.Fuzz.Hub;

/// <summary>An event as the log holds it.</summary>
internal sealed class EventRecordTarget() : FuzzTarget("event-record",
[
    Convert.FromHexString("0101026431016D033633370108010161" + "00016B01767B7D"),
    EventRecord.Encode(EventHeader.Create(EventSource.TwinChange, new IdentityId("d"), "1", "{\"scope\":\"edge\"}"), default, "body"u8),
])
{
    public override bool Execute(byte[] input)
    {
        if (!EventRecord.TrySplit(input, out var headerLength, out var properties, out var bodyStart) || !EventOrigin.TryDecode(input.AsSpan(0, headerLength), out _))
        {
            return false;
        }

        try
        {
            return new EventProperties(input[properties]).ContentBytes <= bodyStart;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    public override void Verify(byte[] input)
    {
        Check(EventRecord.TrySplit(input, out var headerLength, out var properties, out var bodyStart), "a record splits twice");
        Check(headerLength <= properties.Start.Value && properties.End.Value == bodyStart && bodyStart <= input.Length, "the parts follow each other");
    }
}
