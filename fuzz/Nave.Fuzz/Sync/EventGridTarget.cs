using System.Text;
using Nave.Api;
using Nave.Fleet.Sync.EventGrid;

namespace Nave.Fuzz.Sync;

/// <summary>Bodies that Event Grid delivers, in both schemas.</summary>
internal sealed class EventGridTarget() : FuzzTarget("event-grid", Texts(
    """[{"id":"1","topic":"/SUBSCRIPTIONS/x/IOTHUBS/h","subject":"devices/d1","eventType":"Microsoft.Devices.DeviceCreated","data":{"twin":{"deviceId":"d1"},"hubName":"h","deviceId":"d1"},"dataVersion":"1"}]""",
    """{"specversion":"1.0","type":"Microsoft.Devices.DeviceDeleted","source":"/x","id":"1","subject":"devices/d2","data":{"deviceId":"d2","moduleId":null}}""",
    """[{"eventType":"Microsoft.EventGrid.SubscriptionValidationEvent","data":{"validationCode":"512d38b6","validationUrl":"https://x"}},{"eventType":"Microsoft.Devices.DeviceConnected"}]"""))
{
    public override IReadOnlyList<byte[]> Words { get; } =
    [
        .. JsonWords.All,
        .. Texts("\"eventType\":", "\"type\":", "\"specversion\":\"1.0\",", "\"data\":{", "\"deviceId\":\"", "\"subject\":\"devices/", "Microsoft.Devices.DeviceCreated", "\"moduleId\":\"m\",", "},{"),
    ];

    public override bool Execute(byte[] input) => EventGridParser.TryParse(input, out _, out _);

    public override void Verify(byte[] input)
    {
        Check(EventGridParser.TryParse(input, out var batch, out _), "what was accepted is accepted again");
        Check(batch!.Events.Count + batch.Problems.Count <= EventGridParser.MaxEvents, "a batch has at most its limit"); // It was accepted.
        foreach (var read in batch.Events)
        {
            Check(read.Kind == GridEventKind.Other || IdentityRules.IsValidId(read.DeviceId), "a device's id is valid");
        }

        foreach (var problem in batch.Problems)
        {
            Check(Encoding.UTF8.GetByteCount(problem) < 200, "a problem repeats nothing of the body");
        }
    }
}
