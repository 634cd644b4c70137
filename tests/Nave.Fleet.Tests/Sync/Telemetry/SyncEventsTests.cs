using Nave.Fleet.Sync.Telemetry;

namespace Nave.Fleet.Tests.Sync.Telemetry;

public sealed class SyncEventsTests
{
    [Fact]
    public void Custom_events_have_the_names_that_dashboards_are_built_on()
    {
        var recorder = new EventRecorder();
        var events = new SyncEvents(recorder);
        foreach (var kind in Enum.GetValues<SyncEventKind>())
        {
            events.Emit(kind, "hub", "d1", "run-1", "a reason");
            Assert.Equal("d1", recorder.ValueOf("deviceId"));
            Assert.Equal("run-1", recorder.ValueOf("runId"));
            Assert.Equal("a reason", recorder.ValueOf("reason"));
        }

        Assert.Equal(
            [
                "ExternalDeviceCreated", "ExternalDeviceCreationError", "ExternalDeviceCreationFailed",
                "ExternalDeviceDeleted", "ExternalDeviceDeletedError", "ExternalDeviceDeleteFailed",
                "DeviceTwinCheckFail", "DeviceTwinCheckFailed",
                "IoTHubJobCheckNotComplete", "IoTHubJobFailed",
                "IoTHubDeviceCreated", "IoTHubDeviceDeleted",
            ],
            recorder.Names);
    }
}
