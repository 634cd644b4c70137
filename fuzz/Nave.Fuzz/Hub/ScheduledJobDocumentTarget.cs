using Nave.Api;
using Nave.Hub.Jobs;
using Nave.Storage;

namespace Nave.Fuzz.Hub;

/// <summary>A stored scheduled job.</summary>
internal sealed class ScheduledJobDocumentTarget() : StoredTarget("stored-scheduled-job", Texts(
    $$"""{"format":1,"request":"{{Request("""{"type":"scheduleUpdateTwin","queryCondition":"tags.site = 'rome'","updateTwin":{"etag":"*","tags":{"a":1}},"maxExecutionTimeInSeconds":60}"""u8)}}","status":"Running","created":"2026-01-02T03:04:05+00:00","start":"2026-01-02T03:04:05+00:00","started":"2026-01-02T03:04:05+00:00","expandedTo":"d1"}""",
    $$"""{"format":1,"request":"{{Request("""{"type":"scheduleDeviceMethod","queryCondition":"*","cloudToDeviceMethod":{"methodName":"x","payload":null}}"""u8)}}","status":"Completed","created":"2026-01-02T03:04:05+00:00","start":"2026-01-02T03:04:05+00:00","ended":"2026-01-02T03:04:05+00:00","isExpanded":true,"isSettled":true,"devices":3,"succeeded":2,"failed":1}"""))
{
    public override IReadOnlyList<byte[]> Words => JsonWords.All;

    public override void Verify(byte[] input)
    {
        var job = Decode(input);
        var again = Decode(ScheduledJobCodec.Encode(job));
        Check((again.Status, again.Start, again.ExpandedTo, again.Statistics) == (job.Status, job.Start, job.ExpandedTo, job.Statistics), "a job is read as it was written");
    }

    protected override void Read(byte[] input)
    {
        var job = Decode(input);
        _ = job.ToResponse(new DeviceJobStatistics());
        _ = job.MaxTime;
    }

    private static string Request(ReadOnlySpan<byte> json) => Convert.ToBase64String(json);

    private static ScheduledJob Decode(byte[] body) => ScheduledJobCodec.Decode(new StateDocument("j1", 1, body));
}
